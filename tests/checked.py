"""Runs programs with a check on the engine, and reads what they say as the lines of `tests/sentences.py`."""

import re
from typing import Any, Final, NamedTuple

from tests.checks import ADVISORY
from tests.on_engine import Watched, watch

_OWNER: Final = re.compile(r"SessionManager\w+ '[^']*': ")


class Told(NamedTuple):
    """What a run says, as the lines of a world, the denied actions, and whether it failed, which makes a line, too."""

    lines: list[str]
    denied: Any = None
    failed: bool = False


def told(stack: Any, command: str, **options: Any) -> Told:
    """Run a command, which may fail; return what its user sees of the check.

    What a check has ended the run for is told without its component and the way out, as a warning is.
    """
    return heard(watch(stack, command, **options))


def heard(run: Watched) -> Told:
    """Return what a run has said of the check; if it failed, each line once."""
    lines = [line for severity, text in run.said for line in _read(severity, text)]
    return Told(sorted(set(lines) if run.failed else lines), run.outputs.get("denied_actions"), run.failed)


def _read(severity: str, text: str) -> list[str]:
    if severity == "debug":
        return []
    if severity != "error":
        return [f"- {text}" if severity.startswith("info") else text]
    causes = [line.strip() for line in text.splitlines() if _OWNER.match(line.strip())]
    # The host of inline programs repeats what a program failed with.
    repeated = "Exception calling application" in text or "unhandled error" in text
    return [_OWNER.sub("", each).removesuffix(ADVISORY) for each in causes] or ([] if repeated else [f"error: {text}"])
