"""A role that is given by its ARN is of the provider's account, or refused; with mocks in the provider's place."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from tests.answers import account
from tests.aws_errors import ACCOUNT, GROUP, HERE, THERE, expired, rule_for
from tests.components import (
    OWNER,
    PERMISSIONS,
    ROLE_POLICY,
    declare,
    depending,
    secret,
    try_declare,
    written,
)
from tests.documents import CHANNELS
from tests.fleets import FLEET, compact
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer, Secret, run, unknown


class Wrong(NamedTuple):
    """A role, what AWS answers about the account, and what is said of the role and of a secret one."""

    role: str
    answer: Answer
    said: str
    of_secret: str


WRONG: Final = {
    "another account": Wrong(THERE, account(ACCOUNT), "a role of another account", "a secret role of another account"),
    "no answer": Wrong(HERE, expired, "no account for a role", "no account for a role"),
}
each_wrong: Final = pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
each_name: Final = pytest.mark.parametrize("named", [{}, {"policy_name": "ssm"}], ids=["generated name", "exact name"])


@each_name
@each_wrong
def test_a_role_by_arn_is_refused(
    way: Callable[[str], Any], named: Mapping[str, str], wrong: Wrong, *, preview: bool
) -> None:
    """One line names both accounts, or AWS's words, and the way out, without a secret; no policy is asked for."""
    record = try_declare(lambda: {**named, "role": way(wrong.role)}, preview=preview, answer=wrong.answer)
    shown, said = ("[secret]", wrong.of_secret) if way is secret else (f"'{wrong.role}'", wrong.said)

    assert str(record.error) == f"{OWNER}: role {shown}: {rule_for(said)}"
    assert ROLE_POLICY not in written(record)


@each_wrong
def test_roles_of_a_fleet_are_refused_in_one_line(wrong: Wrong, *, preview: bool) -> None:
    """It names the wrong ones by ARN, and none by name; neither the policy nor an attachment is asked for."""
    roles = [wrong.role, "api", f"{wrong.role}-2"]
    record = FLEET.try_declare({"roles": roles}, preview=preview, answer=wrong.answer)

    assert str(record.error) == f"{FLEET.owner}: roles '{roles[0]}', '{roles[2]}': {rule_for(wrong.said)}"
    assert [made.type for made in record.registrations if made.type.startswith("aws:")] == []


def test_a_role_of_the_providers_account_gets_the_policy(way: Callable[[str], Any], *, preview: bool) -> None:
    """One question is asked, and the role's name, which is known in preview, is as secret as its ARN."""
    record = declare(lambda: {"role": way(HERE)}, preview=preview, answer=account(ACCOUNT))
    name = Secret("web") if way is secret else "web"

    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
    assert record.results["role_name"] == name
    assert PERMISSIONS.policy(record)["role"] == name


def test_a_fleet_of_the_providers_account_is_attached() -> None:
    """One question is asked for all roles, and policy and attachments follow."""
    record = FLEET.declare({"roles": [HERE, "api", f"{HERE}-2"]}, answer=account(ACCOUNT))
    names = [made.name for made in record.registrations if made.type.startswith("aws:")]

    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
    assert names == ["fleet-session-manager", "fleet/web", "fleet/api", "fleet/web-2"]


@pytest.mark.parametrize("opts", [None, depending], ids=["alone", "after another policy"])
def test_a_role_by_name_asks_nothing(way: Callable[[str], Any], opts: Any) -> None:
    """A name is that of a role of the provider's account; what a component depends on matters to a check alone."""
    assert declare(lambda: {"role": way("web")}, opts).invokes == []
    assert FLEET.declare({"roles": ["web", "api"]}, opts).invokes == []
    assert FLEET.declare({"roles": []}, opts).invokes == []


@each_name
def test_a_role_by_name_needs_no_answer(named: Mapping[str, str], *, preview: bool) -> None:
    """The way out works where AWS does not say the account."""
    record = declare({"role": "web", **named}, answer=expired, preview=preview)

    assert PERMISSIONS.policy(record)["role"] == "web"


@pytest.mark.parametrize("answer", [lambda _: {}, account(None), account("")], ids=["nothing", "None", "empty"])
def test_with_an_empty_answer_the_run_goes_on(answer: Answer, *, preview: bool) -> None:
    """Mocks, and a provider that a preview does not know yet, say no account: an ARN is taken for its role's name.

    The outputs do not wait for it.
    """

    def program() -> Mapping[str, object]:
        opts = pulumi.ResourceOptions(provider=aws.Provider("late", region=unknown()))
        made = SessionManagerPermissions("web", {"role": THERE}, opts)
        many = SessionManagerManagedPolicy("fleet", {"roles": [THERE]}, opts)
        return {"role_name": made.role_name, "json": made.policy_json, "fleet": many.policy_json}

    record = run(program, preview=preview, answer=answer)

    assert record.results == {"role_name": "web", "json": compact(CHANNELS), "fleet": compact(CHANNELS)}
    assert PERMISSIONS.policy(record)["role"] == "web"
    assert FLEET.policy(record)["policy"] == compact(CHANNELS)


def test_a_role_that_is_not_known_yet_is_not_judged() -> None:
    """A preview asks nothing for a role that it does not know."""
    record = declare(lambda: {"role": unknown()}, preview=True)

    assert record.invokes == []
    assert record.results["role_name"] == UNKNOWN


def test_one_question_for_each_provider() -> None:
    """However many components and roles there are, each provider is asked once in a run."""

    def program() -> None:
        for name in ("one", "other"):
            opts = pulumi.ResourceOptions(provider=aws.Provider(name))
            for number in range(5):
                SessionManagerPermissions(f"{name}-{number}", {"role": f"{HERE}-{number}"}, opts)
                SessionManagerManagedPolicy(f"{name}-fleet-{number}", {"roles": [HERE, f"{HERE}-{number}"]}, opts)
        SessionManagerPermissions("default", {"role": HERE})

    record = run(program, answer=account(ACCOUNT))

    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY] * 3
    assert len({invoke.provider for invoke in record.invokes}) == 3


def test_a_log_group_that_the_role_cannot_reach_is_refused(way: Callable[[str], Any]) -> None:
    """One line says so once the group is known, without a secret; no policy is asked for."""
    inputs = {"role": HERE, "cloudwatch_log_group_arns": lambda: [way(GROUP)]}
    record = try_declare(inputs, answer=account(ACCOUNT))
    shown = "[secret]" if way is secret else f"'{GROUP}'"
    rule = rule_for("a log group of another account")

    assert str(record.error) == f"{OWNER}: cloudwatch_log_group_arns[0] {shown}: {rule}"
    assert ROLE_POLICY not in written(record)
