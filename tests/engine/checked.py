"""Runs programs with a check on the engine, reads what they say, and makes the worlds of `tests/worlds.py` in IAM."""

import json
import re
from typing import Any, Final, NamedTuple

from pulumi.automation import CommandError, events

from pulumi_ssm_perms._check_role._causes import Cause
from pulumi_ssm_perms._input_names import named
from sandbox import Sandbox
from tests.fleets import fleet
from tests.on_engine import Program, permissions
from tests.worlds import GENERATED, OF_FLEET, Document, Held, World, trust

ASKING: Final = ("GetRole", "SimulatePrincipalPolicy")
_OWNER: Final = re.compile(r"SessionManager\w+ '[^']*': ")
_WAYS: Final = [f" {named(cause.value.way_out)}" for cause in Cause if cause.value.way_out]


class Told(NamedTuple):
    """What a run says, as the lines of a world, the denied actions, and whether it failed, which makes a line, too."""

    lines: list[str]
    denied: Any = None
    failed: bool = False


def told(stack: Any, command: str, **options: Any) -> Told:
    """Run a command, which may fail; return what its user sees of the check, without what the simulator does not see.

    What a check has ended the run for is told without its component and the way out, as a warning is.
    """
    lines: list[str] = []
    denied: Any = None

    def listen(event: events.EngineEvent) -> None:
        nonlocal denied
        if found := event.diagnostic_event:
            lines.extend(_read(found.severity, found.message.strip()))
        if (made := event.res_outputs_event) and made.metadata.type == "pulumi:pulumi:Stack" and made.metadata.new:
            denied = (made.metadata.new.outputs or {}).get("denied_actions")

    try:
        getattr(stack, command)(on_event=listen, **options)
    except CommandError:
        return Told(sorted(set(lines)), denied, failed=True)
    return Told(sorted(lines), denied)


def _read(severity: str, text: str) -> list[str]:
    if severity == "debug" or "from $PATH" in text or "does not see" in text:
        return []
    if severity.startswith("info"):
        return [f"- {text}"]
    if severity == "warning":
        return [text]
    causes = [line.strip() for line in text.splitlines() if _OWNER.match(line.strip())]
    # The host of inline programs repeats what a program failed with.
    return [without_way_out(_OWNER.sub("", each)) for each in causes] or (
        [] if "Exception calling application" in text or "unhandled error" in text else [f"error: {text}"]
    )


def without_way_out(text: str) -> str:
    """Return what a check says, without what an error adds."""
    ways = [way for way in _WAYS if text.endswith(way)]
    return text.removesuffix(max(ways, key=len)) if ways else text


def questions(box: Sandbox) -> list[str]:
    """Return what IAM was asked for checks."""
    return [call.action for call in box.calls if call.action in ASKING]


def declaring(world: World, level: str, **more: Any) -> Program:
    """Return a world's program. Component, role and policy have different names."""
    inputs: Any = {**world.inputs, "check": level, **more}
    return fleet(**inputs) if "roles" in inputs else permissions("app", **inputs)


def stack_of(box: Sandbox, world: World, level: str, **more: Any) -> Any:
    """Return the stack of a world's program in its Region."""
    return box.stack(declaring(world, level, **more), config={"aws:region": world.region})


def make(box: Sandbox, world: World) -> None:
    """Make a world: what IAM has, what Pulumi's state has, and what was then done to the component's policy by hand."""
    box.limit_account(*world.scps)
    for name, held in world.roles.items():
        if held:
            _make_role(box, name, held)
    if world.state:
        before = {**world.inputs}
        if world.state == "changed":
            before["allow_update_instance_information"] = not before.get("allow_update_instance_information")
        stack_of(box, world, "disabled", **before).up()
        for name, held in world.roles.items():
            if held:
                _change_by_hand(box, name, held, of_fleet="roles" in world.inputs)
    box.forget()


def _make_role(box: Sandbox, role: str, held: Held) -> None:
    iam = box.client("iam")

    def managed(name: str, document: Document) -> str:
        arn = f"arn:aws:iam::{box.account_id}:policy/{name}"
        if arn not in [each["Arn"] for each in iam.list_policies(Scope="Local")["Policies"]]:
            iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        return arn

    inline = {name: document for name, document in held.inline.items() if name not in (GENERATED, "fixed")}
    limit = managed("limit", held.boundary) if held.boundary else None
    box.create_role(role, path="/team/", policies=inline, boundary=limit)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(*held.services))
    for name, document in held.attached.items():
        if name != OF_FLEET:
            iam.attach_role_policy(RoleName=role, PolicyArn=managed(name, document))


def _change_by_hand(box: Sandbox, role: str, held: Held, *, of_fleet: bool) -> None:
    """Leave of what Pulumi has written on a role what it has in a world."""
    iam = box.client("iam")
    if of_fleet:
        [arn] = [arn for arn in box.attached_policies(role) if "-session-manager-" in arn]
        if OF_FLEET not in held.attached:
            iam.detach_role_policy(RoleName=role, PolicyArn=arn)
        return
    own = {each: held.inline[each] for each in (GENERATED, "fixed") if each in held.inline}
    [name] = set(box.role_policies(role)) - {each for each in held.inline if each not in own}
    if own:
        [document] = own.values()
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
