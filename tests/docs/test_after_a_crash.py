"""docs/after-a-crash.md: the engine is killed for real, and the page's commands put everything in order."""

import re
from collections.abc import Mapping
from typing import Any

import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.fleets import fleet
from tests.on_engine import Program, inline_documents, permissions

PAGE = "docs/after-a-crash.md"

OURS = policy_document()


def killed_at(box: Sandbox, action: str, program: Program) -> auto.Stack:
    """Return a stack whose first `up` was killed when AWS had been asked for something, and did it."""

    def kill(_: Mapping[str, Any]) -> None:
        box.kill()

    stack = box.stack(program)
    box.answer(action, kill)
    with pytest.raises(auto.CommandError):
        stack.up()
    box.answer(action, lambda _: None)
    return stack


@shows(PAGE, "Run it again", "A second, identical policy")
def test_a_killed_up_step_by_step(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Followed from top to bottom, the page finds the lock, the second policy, and leaves the one that Pulumi knows."""
    message, again, look, known, delete = shown
    stack = killed_at(box, "PutRolePolicy", permissions())
    console = terminal(stack)
    with pytest.raises(auto.CommandError) as locked:
        stack.up()
    console.run(again.text)
    [found] = console.run(look.text)
    [ids] = console.run(known.text)
    [name] = re.findall(r"web:(web-session-manager-\w+)", ids)
    [second] = set(found.split()) - {name}
    twice = inline_documents(box)
    console.run(delete.changed("web-session-manager-0123456", second).text)

    assert message.text.strip() in str(locked.value)
    assert twice == [OURS, OURS]
    assert box.role_policies("web") == {name: OURS}


@pytest.mark.parametrize("empty", ["dev.json.attrs", "dev.json"])
@shows(PAGE, "failed to load checkpoint")
def test_a_half_written_state(box: Sandbox, shown: list[Block], terminal: OpenTerminal, empty: str) -> None:
    """The engine says so in the words of the heading; the page's command for that file lets it go on."""
    mend = {block.text.strip().rpartition("/")[2]: block for block in shown}[empty]
    stack = box.stack(permissions())
    stack.up()
    box.state_file().with_name(empty).write_text("")
    with pytest.raises(auto.CommandError, match=shown[0].heading):
        stack.up()
    terminal(stack).run(mend.text)
    stack.up(refresh=True)

    assert inline_documents(box) == [OURS]


@shows(PAGE, "A second managed policy")
def test_a_second_managed_policy(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The list shows which one is attached to nobody; without it, the other one is still on the role."""
    look, delete = shown
    stack = killed_at(box, "CreatePolicy", fleet(["web"]))
    stack.cancel()
    stack.up()
    console = terminal(stack)
    [found] = console.run(look.text)
    attached = dict(line.split() for line in found.splitlines())
    [second] = [arn for arn, count in attached.items() if count == "0"]
    console.run(delete.changed("arn:aws:iam::123456789012:policy/fleet-session-manager-0123456", second).text)
    [left] = box.client("iam").list_policies(Scope="Local")["Policies"]

    assert sorted(attached.values()) == ["0", "1"]
    assert box.attached_policies("web") == {left["Arn"]: OURS}
