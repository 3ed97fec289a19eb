"""`check`: which roles need the heartbeat, who allows it, and an update that takes it away."""

import json
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import ACCOUNT, GET_ROLE, HEARTBEAT
from tests.checks import asked, expected, in_worlds, runs, said
from tests.components import PERMISSIONS
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.sentences import TAKEN_AWAY, ok, silenced, silent
from tests.world import (
    ALL,
    CORE,
    FILES,
    FIXED,
    GENERATED,
    LIMIT,
    OF_FILES,
    ON,
    OWN_BEFORE,
    READY,
    Aws,
    Held,
    Said,
    World,
    deny,
    node,
    trust,
)

EC2: Final = {"Service": "ec2.amazonaws.com"}
ECS: Final = {"Service": "ecs-tasks.amazonaws.com"}
NODES: Final = ([silent(), ok(4, None)], [HEARTBEAT])
UNCERTAIN: Final = ([ok(4, None)], [HEARTBEAT])
OTHERS: Final[tuple[list[str], list[str]]] = ([ok(4, None)], [])


def trusting(*principals: object, effect: str = "Allow") -> str:
    """Return a trust policy with a statement for each principal."""
    return json.dumps({"Statement": [{"Effect": effect, "Principal": each} for each in principals]})


TRUSTS: Final = [
    (trusting(EC2), NODES),
    (trusting(ECS, EC2), NODES),
    (trusting({"Service": ["codebuild.amazonaws.com", "ssm.amazonaws.com"]}), NODES),
    (trusting({"AWS": "123456789012"}, EC2), NODES),
    (trust("ssm.amazonaws.com.cn"), NODES),
    (trust("ec2.c2s.ic.gov"), NODES),  # a partition of its own
    (trusting({"Service": "ec2fleet.amazonaws.com"}), OTHERS),
    (trust("pods.eks", "lambda"), OTHERS),
    (trust("ecs-tasks").replace("2012", "%22"), OTHERS),  # the AWS provider has decoded it
    (json.dumps({"Statement": {"Effect": "Allow", "Principal": ECS}}), OTHERS),
    (trusting({**ECS, "AWS": "arn:aws:iam::123456789012:root"}), UNCERTAIN),
    (trusting({"Federated": "cognito-identity.amazonaws.com"}), UNCERTAIN),
    (trusting({"AWS": "ec2.amazonaws.com"}), UNCERTAIN),
    (trusting("*"), UNCERTAIN),
    (trusting(EC2, effect="Deny"), UNCERTAIN),
    (json.dumps({"Statement": [{"Effect": "Allow", "NotPrincipal": ECS}]}), UNCERTAIN),
    ("no JSON", UNCERTAIN),
    ("[]", UNCERTAIN),
    (None, UNCERTAIN),
]
"""Who may assume a role, what is said if nobody allows the heartbeat, and whether IAM was asked about it."""


@pytest.mark.parametrize(("trusted", "expected"), TRUSTS)
def test_who_needs_the_heartbeat(trusted: str | None, expected: object) -> None:
    """It is missed where EC2 or Systems Manager may assume the role, and not asked about if only other services may."""

    class Trusting(Aws):
        def __call__(self, call: MockCallArgs) -> Any:
            found: Any = super().__call__(call)
            return {**found, "assumeRolePolicy": trusted} if call.token == GET_ROLE else found

    record = PERMISSIONS.declare({"check": "advisory"}, answer=Trusting(World(Held())))
    about = [each for each in asked(record)[0]["actionNames"] if each not in CHANNEL_ACTIONS]

    assert (said(record), about) == expected


SILENT: Final = Said([silent(), ok(4, None)], [HEARTBEAT])
WHO_ALLOWS: Final = {
    "the component": World(Held(), Said([ok(5, None)]), inputs=ON),
    "the component, of a role of ECS": World(Held(services=("ecs-tasks",)), Said([ok(5, None)]), inputs=ON),
    "two policies": World(Held(attached={CORE: READY, "node": READY}), Said([ok(5, f"'{CORE}', 'node'")])),
    "a managed policy of the own policy's name": World(
        Held(attached={"fixed": READY}), Said([ok(5, "'fixed'")]), inputs=FIXED
    ),
    "nobody": World(Held(inline={"files": FILES}), Said([silent(keys=OF_FILES), ok(4, None)], [HEARTBEAT])),
    "nobody, or not the boundary": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS]))), Said([silent(limit=LIMIT), ok(4, None)], [HEARTBEAT])
    ),
    "somebody, and another policy denies it": World(
        node(inline={"no": policy(deny(HEARTBEAT))}), Said([silenced("'no'"), ok(4, None)], [HEARTBEAT])
    ),
}


@in_worlds(WHO_ALLOWS)
def test_who_allows_the_heartbeat(world: World) -> None:
    """Other policies that do must stay; that nobody does, or that somebody denies it, ends no run."""
    assert runs(world) == expected(world)


TAKEN: Final = Said([TAKEN_AWAY, ok(4, None)], [HEARTBEAT])
SWITCHED_OFF: Final = {
    "generated name": World(
        Held(inline={GENERATED: OWN_BEFORE}), SILENT, (True, False), preview=TAKEN, state="changed"
    ),
    "exact name": World(
        Held(inline={"fixed": OWN_BEFORE}), SILENT, (True, False), FIXED, preview=TAKEN, state="changed"
    ),
    "of a fleet": World(
        Held(attached={"fixed": OWN_BEFORE}),
        Said(SILENT.lines, {"web": [HEARTBEAT]}),
        (True, False),
        {"roles": ["web"], **FIXED},
        preview=Said(TAKEN.lines, {"web": [HEARTBEAT]}),
        state="changed",
    ),
    "of a role that others than nodes may use": World(
        Held(inline={GENERATED: OWN_BEFORE}, services=(f"arn:aws:iam::{ACCOUNT}:root",)),
        Said([ok(4, None)]),
        (True, False),
        preview=TAKEN,
        state="changed",
    ),
    "another policy has it": World(
        Held(inline={GENERATED: OWN_BEFORE}, attached={CORE: READY}), Said([ok(5)]), state="changed"
    ),
    "the boundary is attached as well": World(
        Held(inline={GENERATED: OWN_BEFORE}, attached={"limit": policy(ALL)}, boundary=policy(ALL)),
        Said([ok(5, "'limit'")]),
        state="changed",
    ),
    # Then neither the write nor Pulumi's state has it.
    "written by hand": World(
        Held(inline={GENERATED: OWN_BEFORE}), Said([ok(4, None)]), (True, False), preview=TAKEN, state="same"
    ),
    "IAM shows the write late": World(
        Held(inline={GENERATED: OWN_BEFORE}), Said([ok(4, None)]), (True, False), preview=TAKEN, state="changed", late=2
    ),
    # The check cannot know that Pulumi deletes that policy later.
    "the own policy gets another name": World(
        Held(inline={"app-session-manager-e635e01": OWN_BEFORE}), Said([ok(5, "'app-session-manager-e635e01'")])
    ),
}


@in_worlds(SWITCHED_OFF)
def test_an_update_takes_the_heartbeat_away(world: World) -> None:
    """A mandatory preview ends, and no update does, if only the component's own policy allows it until then."""
    assert runs(world) == expected(world)
