"""What a failed test of a committed file says: first what differs, then the command that writes it anew."""

import difflib

import pytest


def assert_current(file: object, committed: str, made: str, command: str) -> None:
    """Require that a committed file, or its made part, is what the code makes now; show first what differs."""
    names = (f"{file}, as committed", f"{file}, from the code")
    changes = [*difflib.unified_diff(committed.splitlines(), made.splitlines(), *names, n=1, lineterm="")]
    if committed != made:
        pytest.fail(
            "\n".join([*changes, "", f"Is this change wanted? `{command}` writes it to {file}."]), pytrace=False
        )
