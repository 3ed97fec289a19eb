"""The engine killed or interrupted in the middle of its work: what is lost is nothing, what is left is counted."""

import contextlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pulumi.automation as auto
import pytest

from sandbox import Sandbox
from tests.assurance.extent import extent
from tests.assurance.fleets import RIGHT, Held, at_line, create, held, inline, interrupt_engine, lost, managed

NUMBER: Final = extent(6, 20)
KEY: Final = {"allow_update_instance_information": True}

# `creating` and `created` of the stack, the components and their policies.
LINES: Final = extent([5], list(range(1, 2 * (2 * NUMBER + 1) + 1)))
CALLS: Final = extent([3], list(range(1, NUMBER + 1)))


def mend(box: Sandbox, program: Callable[[], None]) -> None:
    """Do what the documentation says about a crash: `pulumi cancel`, and `pulumi up --refresh`."""
    restore(Path(box.env["PULUMI_BACKEND_URL"].removeprefix("file://")) / ".pulumi" / "stacks" / "app" / "dev.json")
    stack = box.stack(program)
    stack.cancel()
    stack.up(refresh=True)


def restore(state: Path) -> None:
    """Mend what a kill of the file backend leaves half written: the state, or the small file of attributes beside it.

    The state has a backup; the attributes may be missing.
    """
    attributes, backup = (state.with_name(f"{state.name}.{end}") for end in ("attrs", "bak"))
    if attributes.exists() and not is_whole(attributes):
        attributes.unlink()
    if backup.exists() and not is_whole(state):
        shutil.copy(backup, state)


def is_whole(file: Path) -> bool:
    """Say whether a file is there and holds JSON to its end."""
    try:
        json.loads(file.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return True


@pytest.mark.parametrize("line", LINES)
def test_a_kill_at_any_step_loses_nothing(box: Sandbox, line: int) -> None:
    """Killed at any line that it prints, the engine goes on after `pulumi cancel` and `up`; no role is left out."""
    roles = create(box, NUMBER)
    stack = box.stack(inline(roles))
    kill = at_line(line, " creat", box.kill)
    try:
        stack.up(on_output=kill)
    except auto.CommandError:
        mend(box, inline(roles))
    found = held(box, roles)

    assert (found.without, found.other, lost(box, roles)) == ([], [], [])
    assert found.twice <= NUMBER


@pytest.mark.parametrize("call", CALLS)
def test_a_kill_between_answer_and_state_leaves_a_second_policy_at_most(box: Sandbox, call: int) -> None:
    """A policy that AWS has made and the state does not know stays beside the one that the next `up` makes."""
    roles = create(box, NUMBER)
    seen = 0

    def kill(params: Mapping[str, Any]) -> None:
        nonlocal seen
        seen += params["RoleName"] in roles
        if seen == call:
            box.kill()

    stack = box.stack(inline(roles))
    box.answer("PutRolePolicy", kill)
    with pytest.raises(auto.CommandError):
        stack.up(parallel=1)
    box.answer("PutRolePolicy", lambda _: None)
    mend(box, inline(roles))
    found = held(box, roles)

    assert (found.without, found.other, lost(box, roles)) == ([], [], [])
    # Two where the state had to be taken from its backup, which is one step behind.
    assert found.twice in (1, 2)


@pytest.mark.parametrize("end", ["", ".attrs"], ids=["state", "attributes"])
def test_a_half_written_state_can_be_mended(box: Sandbox, end: str) -> None:
    """Where a kill has cut a file of the state short, the engine says so; the backup beside it is whole."""
    roles = create(box, 2)
    box.stack(inline(roles)).up()
    state = Path(box.env["PULUMI_BACKEND_URL"].removeprefix("file://")) / ".pulumi" / "stacks" / "app" / "dev.json"
    state.with_name(f"{state.name}{end}").write_text("")
    with pytest.raises(auto.CommandError, match="failed to load checkpoint"):
        box.stack(inline(roles)).up()
    mend(box, inline(roles))
    found = held(box, roles)

    assert (found.without, found.other, lost(box, roles)) == ([], [], [])


def test_the_second_policy_is_found_by_its_name(box: Sandbox) -> None:
    """What a kill has left is called after the component, and is the one that the stack's outputs do not name."""
    [role] = create(box, 1)

    def kill(_: Mapping[str, Any]) -> None:
        box.kill()

    box.answer("PutRolePolicy", kill)
    with pytest.raises(auto.CommandError):
        box.stack(inline([role])).up()
    box.answer("PutRolePolicy", lambda _: None)
    mend(box, inline([role]))
    resources = (box.stack(inline([role])).export_stack().deployment or {})["resources"]
    known = {each["outputs"]["name"] for each in resources if each["type"] == "aws:iam/rolePolicy:RolePolicy"}
    names = {name for name in box.role_policies(role) if name.startswith(f"{role}-session-manager-")}

    assert (len(names), len(names - known)) == (2, 1)


class Interruption(NamedTuple):
    """A command that Ctrl-C ends: what it prints when it does something, and how to run it."""

    prints: str
    command: str


def interrupt(command: Callable[..., Any], line: int, prints: str) -> None:
    """Run a command of a stack, and send Ctrl-C when it prints such a line for the so-manieth time."""
    lines: list[str] = []
    act = at_line(line, prints, interrupt_engine)

    def listen(printed: str) -> None:
        lines.append(printed)
        act(printed)

    # An interrupted `destroy` ends with success, although resources are left.
    with contextlib.suppress(auto.CommandError):
        command(parallel=2, on_output=listen)
    assert any("^C received" in printed for printed in lines)


INTERRUPTIONS: Final = {
    "up": Interruption(" creating", "up"),
    "refresh": Interruption(" refreshing", "refresh"),
    "destroy": Interruption(" deleting", "destroy"),
}


@pytest.mark.parametrize("kind", extent([inline], [inline, managed]))
@pytest.mark.parametrize("line", extent([2], [1, 2, 5, 9, 14]))
@pytest.mark.parametrize("interruption", INTERRUPTIONS.values(), ids=INTERRUPTIONS)
def test_ctrl_c_loses_nothing(box: Sandbox, interruption: Interruption, line: int, kind: Any) -> None:
    """Interrupted in `up`, `refresh` or `destroy`, the engine stops in order; the next `up` finds or makes all."""
    roles = create(box, NUMBER)
    stack = box.stack(kind(roles))
    if interruption.command != "up":
        stack.up()
    interrupt(getattr(stack, interruption.command), line, interruption.prints)
    own_after = held(box, roles).other
    stack.up()

    assert (own_after, held(box, roles)) == ([], RIGHT)


@pytest.mark.parametrize("kind", extent([managed], [inline, managed]))
def test_an_interrupted_destroy_can_be_finished(box: Sandbox, kind: Any) -> None:
    """After Ctrl-C in the middle of it, another `destroy` leaves every role as it was before the component."""
    roles = create(box, NUMBER)
    stack = box.stack(kind(roles))
    stack.up()
    interrupt(stack.destroy, 2, " deleting")
    stack.destroy()

    assert held(box, roles) == Held(roles, [], 0)
