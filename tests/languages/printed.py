"""What of the engine's output a reader has to act on: its warnings, and what it says is wrong."""

import re
from subprocess import CompletedProcess

import pytest

from pulumi_ssm_perms import InvalidInputError, policy_document


def complaints(done: CompletedProcess[str]) -> set[str]:
    """Return what is wrong according to an engine's output: the components' own lines, and whatever shows Python's."""
    shown = r"SessionManager\w+ '[^\n]*|Traceback[^\n]*|File \"[^\n]*|[^\n]*\.py\b[^\n]*"
    return set(re.findall(shown, done.stdout + done.stderr))


def alias_refused(component: str, language: str, value: str) -> str:
    """Return how a component refuses an alias in the place of a key's ARN, which Python's tests hold to its words."""
    with pytest.raises(InvalidInputError) as caught:
        policy_document(kms_key_arns=["alias/ssm"])
    (problem,) = caught.value.problems
    name = "kms_key_arns" if language == "python" else "kmsKeyArns"
    return f"SessionManagerPermissions '{component}': {name}[0] {value}: {problem.rule}; {problem.remedy}"


def warnings(output: str) -> list[str]:
    """Return the lines of an engine's output that warn, in colour or not.

    That a plugin is taken from PATH is of the sandbox, whose provider stands there, and of no user.
    """
    plain = re.sub(r"\x1b\[[\d;]*m", "", output)
    return [line for line in re.findall(r"(?i).*warning:.*", plain) if " from $PATH at " not in line]
