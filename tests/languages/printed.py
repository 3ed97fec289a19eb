"""What of the engine's output a reader has to act on: its warnings, and what it says is wrong."""

import re
from typing import Any
from unittest.mock import patch

from pulumi_ssm_perms import SessionManagerPermissions, _errors
from tests.wrong_inputs import refusal


def complaints(output: str) -> set[str]:
    """Return what is wrong according to an engine's output: the components' own lines, and whatever shows Python's."""
    shown = r"SessionManager\w+ '[^\n]*|Traceback[^\n]*|File \"[^\n]*|[^\n]*\.py\b[^\n]*"
    return set(re.findall(shown, output))


def refused(component: str, **inputs: Any) -> set[str]:
    """Return the lines with which a component refuses plain inputs, with the inputs' names in the schema."""
    with patch.object(_errors, "_in_schema", new=True):
        return {*str(refusal(SessionManagerPermissions, component, role="web", **inputs)).splitlines()}


def warnings(output: str) -> list[str]:
    """Return the lines of an engine's output that warn, in colour or not.

    That a plugin is taken from PATH is of the sandbox, whose provider stands there, and of no user.
    """
    plain = re.sub(r"\x1b\[[\d;]*m", "", output)
    return [line for line in re.findall(r"(?i).*warning:.*", plain) if " from $PATH at " not in line]
