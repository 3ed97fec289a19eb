"""Runs programs with `check_role` on the engine, for tests that compare what a run says."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi.automation as auto
from pulumi.automation import events

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.policies import KEY, allow, decrypt, policy
from tests.warned import HEARTBEAT

READY: Final = policy(allow([HEARTBEAT]))
TRUST: Final = json.dumps(
    policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
)

Program = Callable[[], None]


def check(role: Any = "web", opts: Callable[[], pulumi.ResourceOptions] | None = None, **inputs: Any) -> Program:
    """Return a program that declares a checked component; what is callable, the program makes."""

    def program() -> None:
        made = {key: value() if callable(value) else value for key, value in {"role": role, **inputs}.items()}
        args: Any = {"check_role": True, "kms_key_arns": [KEY], **made}
        web = SessionManagerPermissions("web", args, opts() if opts else None)
        pulumi.export("denied_actions", web.denied_actions)

    return program


@dataclass
class Run:
    """What a run of the engine said, and what the stack's output was; it failed if there is an error."""

    said: list[str] = field(default_factory=list)
    denied_actions: object = None


def run(stack: auto.Stack, command: str) -> Run:
    """Run `preview` or `up`, and return its warnings and errors (but not the one that our plugin is on PATH)."""
    outcome = Run()

    def listen(event: events.EngineEvent) -> None:
        if (found := event.diagnostic_event) and found.severity in ("warning", "error"):
            text = f"{found.severity}: {found.message.strip()}"
            # The host of inline programs repeats what a program failed with.
            if "from $PATH" not in text and "Exception calling application" not in text:
                outcome.said.append(text)
        if (made := event.res_outputs_event) and made.metadata.type == "pulumi:pulumi:Stack" and made.metadata.new:
            outcome.denied_actions = (made.metadata.new.outputs or {}).get("denied_actions")

    try:
        getattr(stack, command)(on_event=listen)
    except auto.CommandError:
        assert any(line.startswith("error:") for line in outcome.said)
    return outcome


def preview_and_up(box: Sandbox, program: Program, config: Mapping[str, Any] | None = None) -> list[Run]:
    """Run a program both ways."""
    stack = box.stack(program, config=config)
    return [run(stack, "preview"), run(stack, "up")]


def ready(box: Sandbox) -> None:
    """Make the role that can do all."""
    box.create_role("web", policies={"own": READY})


def without_heartbeat(box: Sandbox) -> None:
    """Make the role that does not register."""
    box.create_role("web", path="/team/")


def denied(box: Sandbox) -> None:
    """Make the role with a policy that denies the key."""
    box.create_role("web", policies={"own": READY, "no": policy({**decrypt(KEY), "Effect": "Deny"})})
