"""`check`: which roles need the heartbeat, who allows it, and an update that takes it away."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import NotAllowedError
from tests.answers import ACCOUNT, GET_ROLE, HEARTBEAT
from tests.checks import asked, expected, in_worlds, runs, said
from tests.components import PERMISSIONS, plain, secret
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.sentences import TAKEN_AWAY, ok, silenced, silenced_by_boundary, silent
from tests.world import (
    ALL,
    BOTH,
    CORE,
    FILES,
    FIXED,
    GENERATED,
    OF_FILES,
    ON,
    OWN_BEFORE,
    READY,
    Aws,
    Role,
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
    (trusting(ECS, "*"), UNCERTAIN),
    (trusting("*", EC2), NODES),
    (trusting({"AWS": "ec2.amazonaws.com"}), UNCERTAIN),
    (trusting("*"), UNCERTAIN),
    (trusting(EC2, effect="Deny"), UNCERTAIN),
    (json.dumps({"Statement": [{"Effect": "Allow", "NotPrincipal": ECS}]}), UNCERTAIN),
    ("no JSON", UNCERTAIN),
    ("[" * 100_000, UNCERTAIN),
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

    record = PERMISSIONS.declare({"check": "advisory"}, answer=Trusting(World(role=Role())))
    about = [each for each in asked(record)[0]["actionNames"] if each not in CHANNEL_ACTIONS]

    assert (said(record), about) == expected


WHO_ALLOWS: Final = {
    "the component": World(role=Role(), said=Said([ok(5, None)]), inputs=ON),
    "the component, of a role of ECS": World(role=Role(services=("ecs-tasks",)), said=Said([ok(5, None)]), inputs=ON),
    "two policies": World(
        role=Role(attached={CORE: READY}, inline={"node": READY}), said=Said([ok(4, f"'{CORE}', 'node'")])
    ),
    "a managed policy of the own policy's name": World(
        role=Role(attached={"fixed": READY}), said=Said([ok(4, "'fixed'")]), inputs=FIXED
    ),
    "the boundary, which is attached as well": World(
        role=Role(inline={GENERATED: OWN_BEFORE}, attached={"limit": policy(ALL)}, boundary=policy(ALL)),
        said=Said([ok(4, f"'limit', '{GENERATED}'")]),
        preview=Said([ok(4, "'limit'")]),
        in_state=True,
    ),
    "nobody": World(role=Role(inline={"files": FILES}), said=Said([silent(keys=OF_FILES), ok(4, None)], [HEARTBEAT])),
    "nobody, and the boundary does not either": World(
        role=Role(boundary=policy(allow([*CHANNEL_ACTIONS]))), said=Said([silent(), ok(4, None)], [HEARTBEAT])
    ),
    "somebody, and not the boundary": World(
        role=node(boundary=policy(allow([*CHANNEL_ACTIONS]))),
        said=Said([silenced_by_boundary(), ok(4, None)], [HEARTBEAT]),
    ),
    "somebody, and another policy denies it": World(
        role=node(inline={"no": policy(deny(HEARTBEAT))}), said=Said([silenced("'no'"), ok(4, None)], [HEARTBEAT])
    ),
}


@in_worlds(WHO_ALLOWS)
def test_who_allows_the_heartbeat(world: World) -> None:
    """Policies that do are named; that nobody does, or that somebody denies it, ends no run."""
    assert runs(world) == expected(world)


TAKEN: Final = Said([TAKEN_AWAY, ok(4, None)], [HEARTBEAT])
PREVIEW: Final = (True, False)


def still(policy_name: str) -> Said:
    """Return what is said of a heartbeat that a policy allows, which may be the component's own."""
    return Said([ok(4, f"'{policy_name}'")])


# A component that declares no heartbeat, of a role whose policy has one.
SWITCHED_OFF: Final = {
    "generated name": World(
        role=Role(inline={GENERATED: OWN_BEFORE}), said=still(GENERATED), preview=TAKEN, ends=PREVIEW, in_state=True
    ),
    "exact name": World(role=Role(inline={"fixed": OWN_BEFORE}), said=TAKEN, ends=BOTH, inputs=FIXED, in_state=True),
    "exact name, of a policy that is not imported": World(
        role=Role(inline={"fixed": OWN_BEFORE}), said=TAKEN, ends=BOTH, inputs=FIXED
    ),
    "of a fleet": World(
        role=Role(attached={"fixed": OWN_BEFORE}),
        said=Said(TAKEN.lines, {"web": [HEARTBEAT]}),
        ends=BOTH,
        inputs={"roles": ["web"], **FIXED},
        in_state=True,
    ),
    # Nobody knows whether nodes use it.
    "of a role that an account may assume": World(
        role=Role(inline={"fixed": OWN_BEFORE}, services=(f"arn:aws:iam::{ACCOUNT}:root",)),
        said=TAKEN,
        inputs=FIXED,
        in_state=True,
    ),
    "another policy has it": World(
        role=Role(inline={"fixed": OWN_BEFORE}, attached={CORE: READY}), said=Said([ok(4)]), inputs=FIXED, in_state=True
    ),
    # Only Pulumi knows which of these it deletes.
    "the own policy gets another name": World(role=Role(inline={"old": OWN_BEFORE}), said=still("old"), inputs=FIXED),
    "another component has it, of a name that looks generated": World(
        role=Role(inline={"app-session-manager-e635e01": OWN_BEFORE}),
        said=still("app-session-manager-e635e01"),
        in_state=True,
    ),
}


@in_worlds(SWITCHED_OFF)
def test_an_update_takes_the_heartbeat_away(world: World) -> None:
    """A mandatory run of a node's role ends where only the own policy allows it, if that policy's name is known.

    An update knows an exact name, a preview the name of a policy that exists. No name is guessed.
    """
    assert runs(world) == expected(world)


@pytest.mark.parametrize("way", [plain, secret])
def test_a_heartbeat_taken_away_has_no_easy_way_out(way: Callable[[str], Any]) -> None:
    """The line of the error offers no advisory check, which would take it away."""
    world = World(role=Role(inline={"fixed": OWN_BEFORE}))
    error = PERMISSIONS.try_declare(
        {"check": "mandatory", "policy_name": lambda: way("fixed")}, answer=Aws(world)
    ).error

    assert isinstance(error, NotAllowedError)
    assert error.causes == (TAKEN_AWAY,)
