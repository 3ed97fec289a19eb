"""Answers commands of the CLI from the files of its backend, because the CLI takes longer for that than for an update.

The CLI, measured on a free core: 0.2 s for a new stack, 0.2 s for the outputs (the SDK asks twice), and 0.1 s for the
last update. An update without resources takes 0.1 s.
"""

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pulumi.automation as auto

# The key of a state that marks a secret, an asset and the like, with its kind as the value.
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"


def state_file(backend: Path, project: str, stack: str) -> Path:
    """Return where the backend keeps a stack's state."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def answer(backend: Path, project: str, args: Sequence[str]) -> str | None:
    """Return what a command about a project's stack prints; `None` if the CLI must be asked.

    Raises:
        StackNotFoundError: The stack to select isn't there.
    """
    stack = args[-1]
    match args:
        case ["stack", "select", "--stack", _]:
            if not state_file(backend, project, stack).exists():
                raise auto.StackNotFoundError(auto.CommandResult(stdout="", stderr="no such stack", code=1))
            return ""
        case ["stack", "init", _]:
            return _make(backend, project, stack)
        case ["stack", "output", "--json", *_, "--stack", _]:
            return _outputs(state_file(backend, project, stack))
        case ["stack", "history", "--json", *_, "--page-size", "1", "--page", "1", "--stack", _]:
            return _last_update(backend / ".pulumi" / "history" / project / stack)
    return None


def _make(backend: Path, project: str, stack: str) -> str:
    """Make a stack without resources; the engine adds the rest at the first update."""
    meta, state = backend / ".pulumi" / "meta.yaml", state_file(backend, project, stack)
    state.parent.mkdir(parents=True, exist_ok=True)
    if not meta.exists():
        meta.write_text("version: 1\n")
    state.write_text(json.dumps({"version": 3, "checkpoint": {"stack": f"organization/{project}/{stack}"}}))
    return ""


def _outputs(state: Path) -> str | None:
    """Return a stack's outputs; `None` if one is not plain, such as a secret."""
    latest = json.loads(state.read_text())["checkpoint"].get("latest") or {}
    roots = [each for each in latest.get("resources", []) if each["type"] == "pulumi:pulumi:Stack"]
    found = json.dumps({name: value for root in roots for name, value in root.get("outputs", {}).items()})
    return None if _SIGNATURE in found else found


def _last_update(history: Path) -> str:
    """Return the summary of a stack's last update, without its configuration, some of which may be secret."""
    found = sorted(history.glob("*.history.json"))[-1:]
    updates: list[dict[str, Any]] = [json.loads(file.read_text()) for file in found]
    times = [{name: _time(update[name]) for name in ("startTime", "endTime")} for update in updates]
    return json.dumps([{**update, **when, "config": {}} for update, when in zip(updates, times, strict=True)])


def _time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
