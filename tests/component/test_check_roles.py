"""`check`: roles that need the heartbeat, that IAM shows late, and of another account."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import GET_ROLE, HEARTBEAT, NO_SUCH_ROLE, THERE, iam, rule_for
from tests.checks import asked, said
from tests.components import PERMISSIONS, depending, output, plain, secret
from tests.documents import CHANNEL_ACTIONS
from tests.fleets import FLEET
from tests.mocks import CALLER_IDENTITY, Secret
from tests.sentences import ok, silent
from tests.world import Aws, Held, World, trust

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


@pytest.mark.parametrize(
    ("way", "opts"), [(output, None), (secret, None), (plain, depending)], ids=["Output", "secret", "after another"]
)
def test_a_role_that_iam_shows_late(way: Callable[[str], Any], opts: Any) -> None:
    """An update asks four times more about a role that the program may have made."""
    left = iter([NO_SUCH_ROLE] * 4)

    def answer(call: MockCallArgs) -> Any:
        return (next(left, None) if call.token == GET_ROLE else None) or iam()(call)

    record = PERMISSIONS.declare({"role": lambda: way("web"), "check": "advisory"}, opts, answer=answer)

    assert [each.token for each in record.invokes].count(GET_ROLE) == 5
    assert record.results["denied_actions"] == (Secret([]) if way is secret else [])


def test_a_role_of_another_account_is_refused_while_others_wait() -> None:
    """A preview asks nothing about roles to which the program has yet to give something, and still refuses that one."""
    record = FLEET.try_declare({"roles": ["api", THERE], "check": "advisory"}, depending, preview=True, answer=iam())

    assert str(record.error) == f"{FLEET.owner}: roles[1] '{THERE}': {rule_for('a role of another account')}"
    assert [each.token for each in record.invokes] == [CALLER_IDENTITY]
