"""`check` on the engine: what an update moves is no drift, and of what a run does not write nothing is said."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pytest

from sandbox import Fault, Sandbox
from tests.answers import HEARTBEAT
from tests.documents import CHANNEL_ACTIONS, KEY, allow, policy
from tests.engine.checked import Told, told
from tests.engine.moves.items import FLEET, SSM, WEB, options
from tests.engine.moves.loops import LOOPS
from tests.engine.moves.managed_policies import FLEETS
from tests.engine.moves.renames import RENAMES
from tests.engine.moves.replaced_roles import REPLACED_ROLES
from tests.moves import Role, Secret
from tests.on_engine import READY, permissions
from tests.sentences import ALLOWED, NOT_WRITTEN, ok
from tests.stage import Row, Stage

pytestmark = pytest.mark.usefixtures("without_pauses")

FINE: Final = ok(5, "'own'")

TABLES: Final = {**RENAMES, **LOOPS, **REPLACED_ROLES, **FLEETS}
MOVES: Final[Mapping[str, Row]] = {
    "a creation, and another document": Row([[], [WEB], [WEB._replace(keys=[KEY])]]),
    "a creation, exact name, and another role": Row([[], [SSM], [SSM._replace(role="api")]]),
    "a secret name": Row([[WEB], [WEB._replace(policy_name=Secret("ssm"))]]),
    **{
        kind: TABLES[kind]
        for kind in (
            "another name",
            "a first name, and none",
            "another component name of a generated name, with an alias",
            "another role",
            "two components swap roles",
            "a secret, and plain again",
            "generated names: a role of the program is replaced",
            "name and description",
            "fleet: another component name, with an alias",
            "a role more, a role less",
        )
    },
}


def test_no_drift(box: Sandbox) -> None:
    """What an update moves, replaces or creates is not lost: all previews and updates say that all is allowed.

    No role may send the heartbeat, which ends no run.
    """
    stage = Stage(box, MOVES, ours=True, check="mandatory")
    stage.stack(stage.updates(0)).up()
    runs = [told(stage.stack(stage.updates(number)), command) for number in (1, 2, 3) for command in ("preview", "up")]

    assert [run.failed for run in runs] == [False] * len(runs)
    assert [line for run in runs for line in run.lines if HEARTBEAT not in line and not line.startswith(ALLOWED)] == []
    assert min(sum(line.startswith(ALLOWED) for line in run.lines) for run in runs) >= len(MOVES)


def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Write another document, without a channel."""
    if args.type_ != "aws:iam/rolePolicy:RolePolicy":
        return None
    props = {**args.props, "policy": json.dumps(policy(allow(CHANNEL_ACTIONS[:3])))}
    return pulumi.ResourceTransformResult(props, args.opts)


TRANSFORMED: Final = options(transforms=[transform])
TRANSFORMS: Final[Mapping[str, Row]] = {
    "a transform": Row([[], [WEB._replace(opts=TRANSFORMED)]]),
    "a transform, exact name": Row([[], [SSM._replace(opts=TRANSFORMED)]]),
}
NOT_WRITING: Final[Mapping[str, Row]] = {
    **TRANSFORMS,
    "a first run": Row([[], [WEB]]),
    "a first run, exact name": Row([[], [SSM]]),
    "a first run of a fleet": Row([[], [FLEET._replace(roles=["web"])]]),
    "another role": Row([[WEB._replace(role="api")], [WEB]]),
    "another role of a fleet": Row([[FLEET._replace(roles=["api"])], [FLEET._replace(roles=["web"])]]),
    "another key": Row([[WEB], [WEB._replace(keys=[KEY])]]),
}
ROWS: Final = {
    **NOT_WRITING,
    "nothing new": Row([[WEB], [WEB]]),
    "what is written": Row([[], [Role(name="other")]]),
}
# Options of a run, and what it does not write.
RUNS: Final[Sequence[tuple[Mapping[str, Any], Mapping[str, Row]]]] = (
    ({"target": ["**Role::other**"]}, NOT_WRITING),
    ({"exclude": ["**:RolePolicy::**", "**:Policy::**", "**:RolePolicyAttachment::**"]}, NOT_WRITING),
    ({}, TRANSFORMS),
)


def test_a_run_that_does_not_write(box: Sandbox) -> None:
    """It says so, neither that anything is allowed nor that it is lost."""
    stage = Stage(box, ROWS, ours=True, check="mandatory")
    stage.stack(stage.updates(0)).up()
    stack = stage.stack(stage.updates(1))
    for how, left_out in RUNS:
        expected = sorted(NOT_WRITTEN.replace("'web'", f"'web{stage.suffixes[kind]}'") for kind in left_out)
        for run in [told(stack, command, **how) for command in ("preview", "up")]:
            assert [line for line in run.lines if HEARTBEAT not in line and not line.startswith(ALLOWED)] == expected
            assert sum(line.startswith(ALLOWED) for line in run.lines) == len(ROWS) - len(left_out) - 1


def test_a_write_that_fails(box: Sandbox) -> None:
    """With `--continue-on-error`, the run that has not written the policy says so; the next one writes it."""
    box.create_role("web", policies={"own": READY})
    box.fail("PutRolePolicy", Fault.denied(), times=1)
    stack = box.stack(permissions(check="mandatory"))
    run = told(stack, "up", continue_on_error=True)

    assert (run.lines[0], run.failed, box.faults_left) == (NOT_WRITTEN, True, 0)
    assert told(stack, "up") == Told([FINE], [])


def test_a_refresh_runs_the_program(box: Sandbox) -> None:
    """`pulumi refresh --run-program` writes nothing: it finds the policy, or says that it doesn't write it."""
    box.create_role("web", policies={"own": READY})
    stack = box.stack(permissions(check="mandatory", policy_name="fixed"))
    stack.up()
    assert told(stack, "refresh", run_program=True) == Told([FINE], [])
    box.client("iam").delete_role_policy(RoleName="web", PolicyName="fixed")
    assert told(stack, "refresh", run_program=True) == Told([NOT_WRITTEN])
    assert told(stack, "up") == Told([FINE], [])
