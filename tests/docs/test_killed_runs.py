"""docs/living-with-it.md: a killed up, a killed destroy, and a state that is lost."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.runs import up
from tests.mocks import Program
from tests.on_engine import gaps, inline_documents, permissions
from tests.pages import ROLE, Block, shows

PAGE: Final = "docs/living-with-it.md"
KILLED: Final = "A run was killed"

OURS: Final = policy_document()
EXACT: Final[Any] = {"policy_name": "SessionManager"}


def web(**args: Any) -> Program:
    """Return a program with the component of the page."""
    return permissions(role=ROLE, **args)


def kill_at(box: Sandbox, action: str, command: Callable[[], object]) -> None:
    """Run a command that is killed when AWS was asked for something, and did it."""

    def kill(_: Mapping[str, Any]) -> None:
        box.kill()

    box.answer(action, kill)
    with pytest.raises(auto.CommandError):
        command()
    box.answer(action, lambda _: None)


@shows(PAGE, KILLED)
def test_a_killed_up_step_by_step(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Followed from top to bottom, the page finds the lock, the second policy, and leaves the one that Pulumi knows."""
    cancel, write, clean = shown
    look, known, delete = (f"$ {command}" for command in clean.text.removeprefix("$ ").split("\n$ "))
    stack = box.stack(web())
    kill_at(box, "PutRolePolicy", stack.up)
    console = terminal(stack)
    with pytest.raises(auto.CommandError) as locked:
        stack.up()
    console.run(cancel.text + write.text)
    [found], [ids] = console.run(look), console.run(known)
    [name] = re.findall(rf"{ROLE}:(web-session-manager-\w+)", ids)
    [second] = set(found.split()) - {name}
    twice = inline_documents(box, ROLE)
    console.run(delete.replace("web-session-manager-0123456", second))

    assert "the stack is currently locked by 1 lock(s)" in str(locked.value)
    assert twice == [OURS, OURS]
    assert box.role_policies(ROLE) == {name: OURS}


@pytest.mark.parametrize("kept", [False, True], ids=["repeated", "taken back"])
@shows(PAGE, (KILLED, 1), (KILLED, 2))
def test_a_killed_destroy(box: Sandbox, shown: list[Block], terminal: OpenTerminal, *, kept: bool) -> None:
    """After the lock is gone, the role loses the policy by another `destroy`, and has it by the page's commands."""
    cancel, write = shown
    stack = up(box, web())
    kill_at(box, "DeleteRolePolicy", stack.destroy)
    again = write.text
    terminal(stack).run(cancel.text + (again if kept else "$ pulumi destroy"))

    assert inline_documents(box, ROLE) == ([OURS] if kept else [])


@pytest.mark.parametrize("named", [{}, EXACT], ids=["generated name", "exact name"])
@shows(PAGE, "The state is lost")
def test_a_lost_state_costs_no_role_its_policy(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, named: dict[str, Any]
) -> None:
    """With a generated name there are two policies after the step, and with an exact one still one."""
    up(box, web(**named))
    box.state_file().unlink()
    terminal(box.stack(web(**named), project="again")).run(shown[0].text)

    assert inline_documents(box, ROLE) == [OURS] * (1 if named else 2)
    assert gaps(box, [ROLE]) == []
