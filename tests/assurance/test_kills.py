"""The engine killed or interrupted in the middle of its work: what is lost is nothing, what is left is counted."""

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pulumi.automation as auto
import pytest

from sandbox import Sandbox
from tests.assurance.extent import extent
from tests.assurance.fleets import RIGHT, Held, at_line, create, held, inline, interrupt_engine, lost, managed, most

NUMBER: Final = extent(6, 20)
KEY: Final = {"allow_update_instance_information": True}

# What the engine prints of its steps: `creating` of the stack, the components and their policies, `created` of the
# stack and the policies. A step that has a warning is printed again.
STEP: Final = r" creat(ing|ed) \([\d.]+s\)(?! warning)"
LINES: Final = extent([5], list(range(1, 3 * NUMBER + 2 + 1)))
CALLS: Final = extent([3], list(range(1, NUMBER + 1)))


def mend(box: Sandbox, program: Callable[[], None]) -> int:
    """Do what the documentation says about a crash: `pulumi cancel`, and `pulumi up --refresh`.

    Return how many policies were in IAM before that and not in the state.
    """
    restore(box.state_file())
    stack = box.stack(program)
    stack.cancel()
    made = {(each.params["RoleName"], each.params["PolicyName"]) for each in box.writes}
    forgotten = made - {tuple(known.split(":")) for known in policy_ids(stack)}
    stack.up(refresh=True)
    return len(forgotten)


def policy_ids(stack: auto.Stack) -> list[str]:
    """Return the ids of the inline policies that the state has: `ROLE:NAME`."""
    resources = (stack.export_stack().deployment or {}).get("resources") or []
    return [str(each["id"]) for each in resources if each["type"] == "aws:iam/rolePolicy:RolePolicy" and each.get("id")]


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
    """Killed at any step that it prints, the engine goes on after `pulumi cancel` and `up`; no role is left out."""
    roles = create(box, NUMBER)
    killed: list[int] = []
    with contextlib.suppress(auto.CommandError):  # at the last line there is nothing left to fail
        box.stack(inline(roles)).up(on_output=at_line(line, STEP, lambda: killed.append(box.kill())))
    forgotten = mend(box, inline(roles))

    assert killed == [1]
    assert (held(box, roles), lost(box, roles)) == (Held([], [], forgotten), [])
    assert most(box, roles) <= 2


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
    forgotten = mend(box, inline(roles))

    assert (held(box, roles), lost(box, roles)) == (Held([], [], forgotten), [])
    # Two where the state had to be taken from its backup, which is one step behind.
    assert forgotten in (1, 2)


@pytest.mark.parametrize("end", ["", ".attrs"], ids=["state", "attributes"])
def test_a_half_written_state_can_be_mended(box: Sandbox, end: str) -> None:
    """Where a kill has cut a file of the state short, the engine says so; the backup beside it is whole."""
    roles = create(box, 2)
    box.stack(inline(roles)).up()
    state = box.state_file()
    state.with_name(f"{state.name}{end}").write_text("")
    with pytest.raises(auto.CommandError, match="failed to load checkpoint"):
        box.stack(inline(roles)).up()
    forgotten = mend(box, inline(roles))

    assert (held(box, roles), lost(box, roles)) == (Held([], [], forgotten), [])
    assert forgotten <= 1


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
    stack = box.stack(inline([role]))
    known = {found.removeprefix(f"{role}:") for found in policy_ids(stack)}
    names = {name for name in box.role_policies(role) if re.fullmatch(rf"{role}-session-manager-[0-9a-f]{{7}}", name)}
    stack.destroy()

    assert (len(names), len(names - known)) == (2, 1)
    assert set(box.role_policies(role)) == {"own"} | names - known


class Interruption(NamedTuple):
    """A command that Ctrl-C ends: what it prints when it does something, and how to run it."""

    prints: str
    command: str


def interrupt(command: Callable[..., Any], line: int, prints: str) -> str:
    """Run a command of a stack, and send Ctrl-C when it prints such a line for the so-manieth time.

    Return what it has printed, and its error, if it ended with one.
    """
    lines: list[str] = []
    act = at_line(line, prints, interrupt_engine)

    def listen(printed: str) -> None:
        lines.append(printed)
        act(printed)

    try:
        command(parallel=2, on_output=listen)
    except auto.CommandError as error:
        lines.append(str(error))
    assert any("^C received" in printed for printed in lines)
    return "\n".join(lines)


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
    lost_until_then = [] if interruption.command == "destroy" else lost(box, roles)
    stack.up()

    assert (own_after, lost_until_then, held(box, roles)) == ([], [], RIGHT)


@pytest.mark.parametrize("kind", extent([managed], [inline, managed]))
def test_an_interrupted_destroy_can_be_finished(box: Sandbox, kind: Any) -> None:
    """It says that all is deleted, and is not; another `destroy` leaves every role as it was before the component."""
    roles = create(box, NUMBER)
    stack = box.stack(kind(roles))
    stack.up()
    printed = interrupt(stack.destroy, 2, " deleting")
    left = [each for each in (stack.export_stack().deployment or {})["resources"] if each.get("custom")]
    stack.destroy()

    assert "The resources in the stack have been deleted" in printed
    assert "error:" not in printed
    assert left
    assert held(box, roles) == Held(roles, [], 0)
