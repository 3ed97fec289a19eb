"""`check` on the engine, in some worlds of `tests/worlds.py`: the real bridge passes on what IAM is told and says.

SCPs and throttled providers are worlds of the mocks alone.
"""

import json
from typing import Any, Final

import pytest
from pulumi.automation import CommandError

from sandbox import Sandbox
from tests.answers import HEARTBEAT
from tests.on_engine import permissions
from tests.worlds import TAKEN_AWAY, WORLDS, Held, ok, trust

CHOSEN: Final = (
    "1 the heartbeat by another policy",
    "5 a boundary of one Region, there",
    "6 a boundary of one Region, elsewhere",
    "10 keys in two Regions, a boundary of one",
    "12 a condition of an unrelated statement",
    "14 a data perimeter",
    "16 a role of CodeBuild",
    "19 a managed policy of the component's own name",
    "25 a boundary that denies",
    "27 a key of another account",
)


def make(box: Sandbox, held: Held) -> None:
    """Make a role as a world has it."""
    iam = box.client("iam")

    def managed(name: str, document: Any) -> str:
        return str(iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"])

    limit = managed("limit", held.boundary) if held.boundary else None
    box.create_role("web", path="/team/", policies=held.inline, boundary=limit)
    iam.update_assume_role_policy(RoleName="web", PolicyDocument=trust(*held.services))
    for name, document in held.attached.items():
        iam.attach_role_policy(RoleName="web", PolicyArn=managed(name, document))
    box.forget()


def said(stack: Any, command: str) -> tuple[list[str], object, bool]:
    """Run a command; return its lines as a world has them, the denied actions, and whether it failed."""
    lines: list[str] = []
    denied: object = None
    failed = False

    def listen(event: Any) -> None:
        nonlocal denied
        found = event.diagnostic_event
        if found and found.severity in ("warning", "info#err", "info") and "from $PATH" not in found.message:
            lines.append(("" if found.severity == "warning" else "- ") + found.message.strip())
        if (made := event.res_outputs_event) and made.metadata.type == "pulumi:pulumi:Stack" and made.metadata.new:
            denied = (made.metadata.new.outputs or {}).get("denied_actions")

    try:
        getattr(stack, command)(on_event=listen)
    except CommandError:
        failed = True
    return sorted(line for line in lines if "does not see" not in line), denied, failed


@pytest.mark.parametrize("name", CHOSEN)
def test_a_world_on_the_engine(box: Sandbox, name: str) -> None:
    """Lines and denied actions of both commands, and calls of an update; a mandatory check ends both, or neither."""
    world = WORLDS[name]
    make(box, world.held)

    def stack(level: str) -> Any:
        return box.stack(permissions(check=level, **world.inputs), config={"aws:region": world.region})

    ended = {command: said(stack("mandatory"), command)[2] for command in ("preview", "up")} if any(world.ends) else {}
    assert [call for call in box.writes if ended] == []
    box.forget()
    runs = {"preview": said(stack("advisory"), "preview")}
    box.forget()
    runs["up"] = said(stack("advisory"), "up")
    asked = [call.action for call in box.calls if call.action in ("GetRole", "SimulatePrincipalPolicy")]

    assert tuple(ended.values()) in ((), world.ends)
    assert runs == {command: (sorted(world.lines), [*world.denied], False) for command in runs}  # type: ignore[misc]
    assert len(asked) == world.calls


def test_a_heartbeat_is_not_taken_away(box: Sandbox) -> None:
    """The component's own policy alone has it: a mandatory preview ends, an advisory update warns and lists it."""
    make(box, Held())
    box.stack(permissions(check="mandatory", allow_update_instance_information=True)).up()
    box.forget()

    assert said(box.stack(permissions(check="mandatory")), "preview")[2]
    assert box.writes == []
    lines, denied, failed = said(box.stack(permissions(check="advisory")), "preview")
    assert (lines, denied, failed) == (sorted([TAKEN_AWAY, ok(4, None)]), [HEARTBEAT], False)
