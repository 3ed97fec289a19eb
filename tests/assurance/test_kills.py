"""The engine killed or interrupted, or its state lost: no permission is lost, and what is left is counted."""

import contextlib
import itertools
import json
import re
import shutil
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import psutil
import pulumi.automation as auto
import pytest

from sandbox import Sandbox
from tests.assurance.extent import extent
from tests.assurance.roles import Damage, create, damage, inline
from tests.fleets import fleet
from tests.mocks import Program

NUMBER: Final = extent(6, 20)

# What the engine prints of its steps: `creating` of the stack, the components and their policies, `created` of the
# stack and the policies. A step that has a warning is printed again.
STEP: Final = r" creat(ing|ed) \([\d.]+s\)(?! warning)"
LINES: Final = extent([5], list(range(1, 3 * NUMBER + 2 + 1)))


def interrupt_engine() -> None:
    """Send the engine what Ctrl-C sends."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # another child that has just ended
            if child.name() == "pulumi":
                child.send_signal(signal.SIGINT)


def at_line(number: int, pattern: str, act: Callable[[], object]) -> Callable[[str], None]:
    """Return a listener for the engine's output that acts once, at the so-manieth line that matches a pattern."""
    matching = itertools.count(1)

    def listen(line: str) -> None:
        if re.search(pattern, line) and next(matching) == number:
            act()

    return listen


def mend(box: Sandbox, program: Program) -> int:
    """Do what the documentation says about a crash: `pulumi cancel`, and `pulumi up --refresh`.

    Return how many policies were in IAM before that and not in the state.
    """
    restore(box.state_file())
    stack = box.stack(program)
    stack.cancel()
    made = {(each.params["RoleName"], each.params["PolicyName"]) for each in box.writes}
    resources = (stack.export_stack().deployment or {}).get("resources") or []
    known = {tuple(each.get("id", "").split(":")) for each in resources}
    stack.up(refresh=True)
    return len(made - known)


def restore(state: Path) -> None:
    """Put the backup into the place of a state that a kill of the file backend has left half written."""
    backup = state.with_name(f"{state.name}.bak")
    if backup.exists() and not is_whole(state):
        shutil.copy(backup, state)


def is_whole(file: Path) -> bool:
    """Say whether a file is there and holds JSON to its end."""
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        return bool(json.loads(file.read_text()))
    return False


@pytest.mark.parametrize("line", LINES)
def test_a_kill_at_any_step_loses_nothing(box: Sandbox, line: int) -> None:
    """Killed at any step that it prints, the engine goes on after `pulumi cancel` and `up`; no role is left out."""
    roles = create(box, NUMBER)
    killed: list[int] = []
    with contextlib.suppress(auto.CommandError):  # at the last line there is nothing left to fail
        box.stack(inline(roles)).up(on_output=at_line(line, STEP, lambda: killed.append(box.kill())))
    forgotten = mend(box, inline(roles))

    assert killed == [1]
    assert damage(box, roles) == Damage(spare=forgotten)
    assert max(len(box.role_policies(role)) for role in roles) <= 3  # two of ours, beside its own


# What each command prints when it does something, and what it asks AWS then.
STEPS: Final[Mapping[str, tuple[str, Sequence[str]]]] = {
    "up": (" creating", ["PutRolePolicy", "AttachRolePolicy"]),
    "refresh": (" refreshing", ["GetRolePolicy", "ListAttachedRolePolicies"]),
    "destroy": (" deleting", ["DeleteRolePolicy", "DetachRolePolicy"]),
}


@pytest.mark.parametrize("kind", extent([inline], [inline, fleet]))
@pytest.mark.parametrize("line", extent([2], [1, 2, 5, 9, 14]))
@pytest.mark.parametrize("command", STEPS)
def test_ctrl_c_loses_nothing(box: Sandbox, command: str, line: int, kind: Any) -> None:
    """Interrupted in `up`, `refresh` or `destroy`, the engine stops in order; the next `up` finds or makes all."""
    roles = create(box, NUMBER)
    stack = box.stack(kind(roles))
    if command != "up":
        stack.up()
    prints, actions = STEPS[command]
    lines: list[str] = []
    calls, interrupted = itertools.count(1), threading.Event()

    def interrupt() -> None:
        interrupt_engine()
        interrupted.set()

    def wait(_: Mapping[str, Any]) -> None:
        # A fast engine would be done before the interruption reaches it.
        if next(calls) >= line:
            interrupted.wait(30)

    act = at_line(line, prints, interrupt)

    def listen(printed: str) -> None:
        lines.append(printed)
        act(printed)

    for action in actions:
        box.answer(action, wait)
    with contextlib.suppress(auto.CommandError):
        getattr(stack, command)(parallel=2, on_output=listen)
    other = damage(box, roles).other
    stack.up()
    found = damage(box, roles)
    lost = [] if command == "destroy" else found.gaps

    assert [line for line in lines if "^C received" in line]
    assert (other, lost) == ([], [])
    assert found._replace(gaps=[]) == Damage()
