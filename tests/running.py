"""Runs programs with a `SessionManagerPermissions` on the engine, and reads what a user sees and AWS was told."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine's events show for a value that a preview does not know."""

# A program that runs in the tests' own process has its error reported a second time, by the server that runs it.
_REPEATED: Final = ("an unhandled error occurred: ", "Exception calling application: ")

Program = Callable[[], None]


class Step(NamedTuple):
    """One thing that the engine does or would do, and the inputs that the resource then has."""

    op: str
    type: str
    name: str
    inputs: Mapping[str, Any]


def permissions(
    name: str = "web", opts: Callable[[], pulumi.ResourceOptions] | None = None, *, role: Any = "web", **args: Any
) -> Program:
    """Return a program that declares one component and exports its outputs.

    An argument that is a function is called by the program: an Output belongs to the event loop that it is made in.
    """

    def program() -> None:
        now: Any = {key: value() if callable(value) else value for key, value in {"role": role, **args}.items()}
        made = SessionManagerPermissions(name, now, opts() if opts else None)
        for output in ("role_name", "policy_name", "policy_json"):
            pulumi.export(output, getattr(made, output))

    return program


def steps(operation: Callable[..., Any]) -> list[Step]:
    """Run an operation of a stack, and return its steps on resources of AWS, without those that change nothing."""
    events: list[auto.EngineEvent] = []
    operation(on_event=events.append)
    found = [event.resource_pre_event.metadata for event in events if event.resource_pre_event]
    return [
        Step(step.op.value, step.type, step.urn.rpartition("::")[2], (step.new and step.new.inputs) or {})
        for step in found
        if step.type.startswith("aws:") and step.op is not auto.OpType.SAME
    ]


def errors(operation: Callable[[], Any]) -> list[str]:
    """Run an operation that must fail, and return the errors that its user sees, each whole."""
    with pytest.raises(auto.CommandError) as caught:
        operation()
    _, _, diagnostics = str(caught.value).partition("\nDiagnostics:\n")
    diagnostics, _, _ = diagnostics.partition("\nResources:\n")
    found = re.findall(r"^    error: (.*(?:\n    (?!(?:error|warning): ).*)*)", diagnostics, re.MULTILINE)
    return [re.sub(r"\n\s+", "\n", error) for error in found if not error.startswith(_REPEATED)]


def pulumi_up(stack: auto.Stack) -> None:
    """Do what `pulumi up` does: a preview, and only if that succeeds the update."""
    stack.preview()
    stack.up()


def writes(box: Sandbox) -> list[tuple[str, str]]:
    """Return action and target of each write, in order."""
    return [(call.action, call.target) for call in box.writes]


def documents(box: Sandbox, role: str = "web") -> list[dict[str, Any]]:
    """Return the documents of a role's inline policies, in the order of their names."""
    return [document for _, document in sorted(box.role_policies(role).items())]


def gaps(box: Sandbox, roles: Sequence[str] = ("web",)) -> list[tuple[str, str]]:
    """List the writes after which a role was without its channels, by action and target."""
    return [(gap.action, gap.target) for role in roles for gap in box.gaps(role, "ssmmessages:OpenControlChannel")]
