"""Runs programs on the engine, and reads what their user sees, what AWS was told, and what a check of a role says."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pytest
import yaml
from pulumi.automation import events

from sandbox import Sandbox
from tests.components import PERMISSIONS
from tests.mocks import Program
from tests.world import trust

NOT_KNOWN_YET: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine's events show for a value that a preview does not know."""

# A program that runs in the tests' own process has its error reported a second time, by the server that runs it.
_REPEATED: Final = ("an unhandled error occurred: ", "Exception calling application: ")

TRUST: Final = trust("ec2")


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
    return PERMISSIONS.exporting({"role": role, **args}, opts, name)


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


def taint(stack: auto.Stack, patterns: Sequence[str]) -> None:
    """Taint the resources whose URNs have one of these patterns, and no others, as `pulumi state taint` does."""
    state = stack.export_stack()
    for resource in (state.deployment or {})["resources"]:
        resource["taint"] = any(fnmatch(resource["urn"], pattern) for pattern in patterns)
    stack.import_stack(state)


def errors(operation: Callable[[], Any]) -> list[str]:
    """Run an operation that must fail, and return the errors that its user sees, each whole."""
    with pytest.raises(auto.CommandError) as caught:
        operation()
    _, _, diagnostics = str(caught.value).partition("\nDiagnostics:\n")
    diagnostics, _, _ = diagnostics.partition("\nResources:\n")
    found = re.findall(r"^    error: (.*(?:\n    (?!(?:error|warning): ).*)*)", diagnostics, re.MULTILINE)
    return [re.sub(r"\n\s+", "\n", error) for error in found if not error.startswith(_REPEATED)]


def writes(box: Sandbox) -> list[tuple[str, str]]:
    """Return action and target of each write, in order."""
    return [(call.action, call.target) for call in box.writes]


def inline_documents(box: Sandbox, role: str = "web") -> list[dict[str, Any]]:
    """Return the documents of a role's inline policies, in the order of their names."""
    return [document for _, document in sorted(box.role_policies(role).items())]


def gaps(box: Sandbox, roles: Sequence[str] = ("web",)) -> list[str]:
    """Return a sentence for each write after which a role could open no control channel."""
    action = "ssmmessages:OpenControlChannel"
    return [f"after {call.action} {role} lacks {action}" for role in roles for call in box.gaps(role, action)]


@dataclass
class EngineRun:
    """What a run of the engine said, and what the stack's output was; it failed if there is an error."""

    said: list[str] = field(default_factory=list)
    denied_actions: object = None


class Watched(NamedTuple):
    """What a command of the engine said, each with its severity, the stack's outputs, and whether it failed."""

    said: list[tuple[str, str]]
    outputs: Mapping[str, Any]
    failed: bool


def watch(stack: auto.Stack, command: str, **options: Any) -> Watched:
    """Run a command, which may fail; return what its user sees of it, but not that our plugin is on PATH."""
    said: list[tuple[str, str]] = []
    outputs: Mapping[str, Any] = {}

    def listen(event: events.EngineEvent) -> None:
        nonlocal outputs
        if (found := event.diagnostic_event) and "from $PATH" not in found.message:
            said.append((found.severity, found.message.strip()))
        if (made := event.res_outputs_event) and made.metadata.type == "pulumi:pulumi:Stack" and made.metadata.new:
            outputs = made.metadata.new.outputs or {}

    try:
        getattr(stack, command)(on_event=listen, **options)
    except auto.CommandError:
        return Watched(said, outputs, failed=True)
    return Watched(said, outputs, failed=False)


def try_run(stack: auto.Stack, command: str) -> EngineRun:
    """Run `preview` or `up`, which may fail; return its warnings and errors."""
    said, outputs, failed = watch(stack, command)
    found = [f"{severity}: {text}" for severity, text in said if severity in ("warning", "error")]
    # The host of inline programs repeats what a program failed with.
    lines = [line for line in found if "Exception calling application" not in line]

    assert not failed or any(line.startswith("error:") for line in lines), f"a failed run must say why: {lines}"
    return EngineRun(lines, outputs.get("denied_actions"))


def yaml_project(box: Sandbox, **program: Any) -> Path:
    """Write a program in YAML to the folder of the stack that a program in Python would have; return the folder."""
    whole = {"name": "app", "runtime": "yaml", **program}
    folder = Path(box.stack(lambda: None, project=whole["name"]).workspace.work_dir)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(whole))
    return folder


def in_yaml(box: Sandbox, resources: Any, command: str = "up", *, fails: bool = False, **more: Any) -> str:
    """Run a command for a program in YAML, on the stack of programs in Python; return all that it prints."""
    folder = yaml_project(box, resources=resources, **more)
    done = box.pulumi(command, *([] if command == "preview" else ["--yes", "--skip-preview"]), cwd=folder)
    printed = done.stdout + done.stderr

    assert (done.returncode != 0) == fails, printed
    return printed
