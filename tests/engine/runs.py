"""Runs a stack's commands, and reads what their user sees and what AWS was told."""

import json
from pathlib import Path
from typing import NamedTuple

import pulumi.automation as auto
from documents import allow

ROOT = Path(__file__).parents[2]
NOBODY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}
)
"""The trust policy of a role that nobody can assume."""
HEARTBEAT_POLICY = {"Version": "2012-10-17", "Statement": [allow(["ssm:UpdateInstanceInformation"])]}
"""Another policy of a role, which programs do not know: it allows the heartbeat."""


def preferences(**inputs):
    """Return the content of a Session document."""
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


class CommandResult(NamedTuple):
    """How a command went: what its user reads, its steps that change something in AWS, and whether it failed."""

    lines: list[str]
    steps: list[tuple[str, str, dict]]
    failed: bool


def run(stack, command="up", **options):
    """Run a command of a stack, which may fail."""
    events = []
    try:
        getattr(stack, command)(on_event=events.append, **options)
        failed = False
    except auto.CommandError:
        failed = True
    diagnostics = [event.diagnostic_event for event in events if event.diagnostic_event]
    shown = [diagnostic for diagnostic in diagnostics if diagnostic.severity in ("info", "warning", "error")]
    steps = [event.resource_pre_event.metadata for event in events if event.resource_pre_event]
    # A plugin on PATH is the sandbox's doing. The error of a program in this process comes twice. What the engine says
    # of a failed run depends on what was still running.
    noise = ("from $PATH", "calling application", "an unhandled error", "update failed", "monitor has terminated")
    heard = [diagnostic for diagnostic in shown if not any(map(diagnostic.message.count, noise))]
    lines = {f"{diagnostic.severity}: {diagnostic.message.strip()}" for diagnostic in heard}
    changes = [step for step in steps if step.type.startswith("aws:") and step.op is not auto.OpType.SAME]
    by_type = [(step.op.value, step.type.rpartition(":")[2], (step.new and step.new.inputs) or {}) for step in changes]
    return CommandResult(sorted(lines), by_type, failed)


def writes(box):
    """Return each write in order, such as "PutRolePolicy web"."""
    return [f"{call.action} {call.target}" for call in box.writes]


def gaps(box, *roles, since=0):
    """Return the writes after which one of the roles could open no session any more, although it had been able to."""
    gaps_by_role = {role: box.writes_losing(role, "ssmmessages:OpenControlChannel") for role in roles}
    return [f"{gap.action} {role}" for role in roles for gap in gaps_by_role[role] if gap in box.calls[since:]]


def documents_of_program(box, role="web"):
    """Return the documents that a role has from the program: all but that of its policy "own"."""
    inline = {name: document for name, document in box.role_policies(role).items() if name != "own"}
    return [*inline.values(), *box.attached_policies(role).values()]


def in_yaml(box, program, *command, config=None, fails=False):
    """Run a command, `up` if none is given, of a program in YAML; return all that it prints."""
    stack = box.stack(lambda: None, config=config)
    project = {**program, "name": "app", "runtime": "yaml"}
    Path(stack.workspace.work_dir, "Pulumi.yaml").write_text(json.dumps(project))  # JSON is YAML
    done = box.pulumi(*(command or ("up", "--yes", "--skip-preview")), stack=stack)
    printed = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, printed
    return printed
