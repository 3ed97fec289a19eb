"""What of the engine's output a reader has to act on: its warnings, and what it says is wrong."""

import re
from subprocess import CompletedProcess
from typing import Any

import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerPermissions, SessionManagerPermissionsArgs


def complaints(done: CompletedProcess[str]) -> set[str]:
    """Return what is wrong according to an engine's output: the components' own lines, and whatever shows Python's."""
    shown = r"SessionManager\w+ '[^\n]*|Traceback[^\n]*|File \"[^\n]*|[^\n]*\.py\b[^\n]*"
    return set(re.findall(shown, done.stdout + done.stderr))


def refused(language: str, component: str, **inputs: Any) -> set[str]:
    """Return the lines with which a component refuses plain inputs, with the inputs' names in a language."""

    def named(text: str) -> str:
        return (
            text
            if language == "python"
            else re.sub("|".join(SessionManagerPermissionsArgs.__annotations__), camel, text)
        )

    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions(component, role="web", **inputs)
    return {
        f"{caught.value.owner}: {named(path)} {value}: {named(rule)}; {named(remedy)}"
        for path, value, rule, remedy in caught.value.problems
    }


def camel(name: re.Match[str]) -> str:
    """Return an input's name as the schema has it."""
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), name[0])


def warnings(output: str) -> list[str]:
    """Return the lines of an engine's output that warn, in colour or not.

    That a plugin is taken from PATH is of the sandbox, whose provider stands there, and of no user.
    """
    plain = re.sub(r"\x1b\[[\d;]*m", "", output)
    return [line for line in re.findall(r"(?i).*warning:.*", plain) if " from $PATH at " not in line]
