"""A role that is given by its ARN is of the provider's account, or refused; with mocks in the provider's place."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from tests.answers import ACCOUNT, GROUP_THERE, HERE, THERE, account, expired, rule_for
from tests.components import (
    OWNER,
    PERMISSIONS,
    ROLE_POLICY,
    Kind,
    declare,
    depending,
    output,
    secret,
    try_declare,
    written,
)
from tests.documents import CHANNELS
from tests.fleets import FLEET, compact
from tests.messages import sentence
from tests.mocks import CALLER_IDENTITY, Answer, Secret, run, unknown

Wrong = tuple[str, Answer, str]
"""A role's ARN, what AWS answers, and the name of the rule."""


@pytest.mark.parametrize(
    "wrong",
    [(THERE, account(ACCOUNT), "role of another account"), (HERE, expired, "no account for a role")],
    ids=["another account", "no answer"],
)
def test_a_role_by_arn_is_refused(way: Callable[[str], Any], wrong: Wrong, *, preview: bool) -> None:
    """One line names both accounts, or AWS's words, and the way out, but no secret; no policy is planned or written."""
    role, answer, said = wrong
    record = try_declare(lambda: {"role": way(role)}, preview=preview, answer=answer)
    shown, kind = ("[secret]", "a secret") if way is secret else (f"'{role}'", "a")

    assert str(record.error) == f"{OWNER}: role {shown}: {rule_for(f'{kind} {said}' if role is THERE else said)}"
    assert ROLE_POLICY not in written(record)


def test_roles_of_a_fleet_are_refused_in_one_line() -> None:
    """It names the wrong ones by ARN, and none by name; neither the policy nor an attachment is asked for."""
    record = FLEET.try_declare({"roles": [THERE, "api", f"{THERE}-2"]}, answer=account(ACCOUNT))

    assert str(record.error) == f"{FLEET.owner}: roles '{THERE}', '{THERE}-2': {rule_for('a role of another account')}"
    assert [made.type for made in record.registrations if made.type.startswith("aws:")] == []


def test_a_role_of_the_providers_account_gets_the_policy(way: Callable[[str], Any], *, preview: bool) -> None:
    """One question is asked, and the role's name, which is known in preview, is as secret as its ARN."""
    record = declare(lambda: {"role": way(HERE)}, preview=preview, answer=account(ACCOUNT))
    name = Secret("web") if way is secret else "web"

    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
    assert (record.results["role_name"], PERMISSIONS.policy(record)["role"]) == (name, name)


def test_each_provider_is_asked_once_for_its_account() -> None:
    """The answer is the same for all components of a provider in a run; the next run asks anew."""

    def program() -> None:
        providers = [aws.Provider(name) for name in ("one", "two")]
        for position in range(4):
            opts = pulumi.ResourceOptions(provider=providers[position % 2])
            SessionManagerPermissions(f"web-{position}", {"role": HERE}, opts)

    runs = [run(program, answer=account(ACCOUNT)) for _ in range(2)]

    assert [[each.provider.split("::")[-2] for each in record.invokes] for record in runs] == [["one", "two"]] * 2


@pytest.mark.parametrize("opts", [None, depending], ids=["alone", "after another policy"])
def test_a_role_by_name_asks_nothing(way: Callable[[str], Any], opts: Any) -> None:
    """A name is that of a role of the provider's account; what a component depends on matters to a check alone."""
    assert declare(lambda: {"role": way("web")}, opts).invokes == []
    assert FLEET.declare({"roles": ["web", "api"]}, opts).invokes == []
    assert declare(lambda: {"role": unknown()}, opts, preview=True).invokes == []


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
    assert PERMISSIONS.policy(record) == {"role": "web", "policy": compact(CHANNELS)}
    assert FLEET.policy(record) == {"policy": compact(CHANNELS)}


@pytest.mark.parametrize(
    ("way", "shown"), [(output, f"'{GROUP_THERE}'"), (secret, "[secret]")], ids=["Output", "secret"]
)
@pytest.mark.parametrize(("kind", "roles"), [(PERMISSIONS, {"role": HERE}), (FLEET, {"roles": [HERE]})], ids=str)
def test_a_log_group_that_the_role_cannot_reach_is_refused(
    kind: Kind, roles: Mapping[str, Any], way: Callable[[str], Any], shown: str
) -> None:
    """One line says so once the group is known, without a secret; no policy is asked for."""
    inputs = {**roles, "cloudwatch_log_group_arns": lambda: [way(GROUP_THERE)]}
    record = kind.try_declare(inputs, answer=account(ACCOUNT))
    rule = sentence("a log group", "of another account")

    assert str(record.error) == f"{kind.owner}: cloudwatch_log_group_arns[0] {shown}: {rule}"
    assert kind.policy_type not in kind.written(record)
