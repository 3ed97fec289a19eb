"""`check`: roles that do not exist, that IAM shows late, and who needs the heartbeat."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import GET_ROLE, HEARTBEAT, NO_SUCH_ROLE, THERE, iam, rule_for
from tests.checks import FINE, LEVELS, asked, said
from tests.components import PERMISSIONS, Kind, depending, output, plain, secret
from tests.documents import CHANNEL_ACTIONS
from tests.fleets import FLEET
from tests.mocks import CALLER_IDENTITY, Answer, Secret
from tests.worlds import NODE, Aws, Held, Said, World, ok, silent, trust

MISSING: Final = rule_for("no such role")
MISSING_IN_FLEET: Final = rule_for("no such roles")
DELETED: Final = (
    f"{MISSING.rpartition(', pass ')[0]}, it was deleted outside of Pulumi, or IAM shows it late: run `pulumi up "
    "--refresh`"
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
    (trusting({"Service": "ec2fleet.amazonaws.com"}), OTHERS),
    (trusting(ECS), OTHERS),
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

    record = PERMISSIONS.declare({"check": "advisory"}, answer=Trusting(World(Held(), Said([]))))
    about = [each for each in asked(record)[0]["actionNames"] if each not in CHANNEL_ACTIONS]

    assert (said(record), about) == expected


def late_role(times: int) -> Answer:
    """Return an IAM that does not find a role the first times."""
    left = iter([NO_SUCH_ROLE] * times)
    return lambda call: (next(left, None) or iam()(call)) if call.token == GET_ROLE else iam()(call)


@pytest.mark.parametrize(
    ("way", "preview", "shown"),
    [(plain, True, "'web'"), (plain, False, "'web'"), (output, False, "'web'"), (secret, False, "[secret]")],
    ids=["plain, preview", "plain, update", "Output, update", "secret, update"],
)
@LEVELS
def test_a_role_that_does_not_exist(way: Callable[[str], Any], level: str, shown: str, *, preview: bool) -> None:
    """It ends the run at any level, in a preview for a plain name; the line says what to do if it is to be made."""
    inputs = {"role": lambda: way("web"), "check": level}
    record = PERMISSIONS.try_declare(inputs, preview=preview, answer=iam(NO_SUCH_ROLE))

    assert str(record.error) == f"{PERMISSIONS.owner}: role {shown}: {MISSING if way is plain else DELETED}"
    assert "if this program creates it, pass role.name, or make the component depend on it (depends_on)" in MISSING


@pytest.mark.parametrize(
    ("way", "opts"), [(output, None), (secret, None), (plain, depending)], ids=["Output", "secret", "after another"]
)
@pytest.mark.parametrize("times", [1, 4])
def test_a_role_that_iam_shows_late(way: Callable[[str], Any], opts: Any, times: int) -> None:
    """An update asks again about a role that the program may have made."""
    record = PERMISSIONS.declare({"role": lambda: way("web"), "check": "advisory"}, opts, answer=late_role(times))

    assert [each.token for each in record.invokes].count(GET_ROLE) == times + 1
    assert record.results["denied_actions"] == (Secret([]) if way is secret else [])


@pytest.mark.parametrize(("way", "times", "said"), [(plain, 1, MISSING), (output, 5, DELETED)], ids=["plain", "Output"])
def test_how_often_a_role_is_asked_for(way: Callable[[str], Any], times: int, said: str) -> None:
    """A plain name is asked for once, and an Output five times."""
    record = PERMISSIONS.try_declare({"role": lambda: way("web"), "check": "advisory"}, answer=late_role(times))

    assert [each.token for each in record.invokes] == [GET_ROLE] * times
    assert str(record.error) == f"{PERMISSIONS.owner}: role 'web': {said}"


@pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=["a role", "a fleet"])
def test_a_role_that_was_deleted(kind: Kind) -> None:
    """Where the component depends on the role already, the line does not tell to do that."""
    record = kind.try_declare({"check": "advisory"}, depending, answer=iam(NO_SUCH_ROLE))

    assert str(record.error).endswith(f": {DELETED}")


def test_roles_that_do_not_exist_are_one_line() -> None:
    """They are named as they were given, and one of another account has its own line, whether it exists or not.

    They are not told to be Outputs, which a fleet does not take.
    """
    world = replace(FINE, more={"gone": None, "api": NODE, "left": None})
    record = FLEET.try_declare({"roles": ["gone", "api", "left", THERE], "check": "advisory"}, answer=Aws(world))

    assert str(record.error).splitlines() == [
        f"{FLEET.owner}: roles 'gone', 'left': {MISSING_IN_FLEET}",
        f"{FLEET.owner}: roles[3] '{THERE}': {rule_for('a role of another account')}",
    ]
    assert "role.name" not in MISSING_IN_FLEET


def test_a_role_of_another_account_is_refused_while_others_wait() -> None:
    """A preview asks nothing about roles to which the program has yet to give something, and still refuses that one."""
    record = FLEET.try_declare({"roles": ["api", THERE], "check": "advisory"}, depending, preview=True, answer=iam())

    assert str(record.error) == f"{FLEET.owner}: roles[1] '{THERE}': {rule_for('a role of another account')}"
    assert [each.token for each in record.invokes] == [CALLER_IDENTITY]
