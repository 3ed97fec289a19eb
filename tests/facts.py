"""What a failed test says before its values: facts as sentences, and the command that writes a committed file anew."""

import difflib
from typing import Final

import pytest

OPEN_CONTROL_CHANNEL: Final = "ssmmessages:OpenControlChannel"


def gap(write: str, role: str, action: str = OPEN_CONTROL_CHANNEL) -> str:
    """Return the sentence for a write after which a role lacked an action that it had had."""
    return f"after {write} {role} lacks {action}"


def assert_current(file: object, committed: str, made: str, command: str) -> None:
    """Require that a committed file, or its made part, is what the code makes now; show first what differs."""
    names = (f"{file}, as committed", f"{file}, from the code")
    changes = [*difflib.unified_diff(committed.splitlines(), made.splitlines(), *names, n=1, lineterm="")]
    if committed != made:
        pytest.fail(
            "\n".join([*changes, "", f"Is this change wanted? `{command}` writes it to {file}."]), pytrace=False
        )
