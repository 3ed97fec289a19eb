"""A role that is given by its ARN is of the provider's account, or refused; with mocks in the provider's place."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import InvalidInputError, SessionManagerManagedPolicy, SessionManagerPermissions
from tests import fleets
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer, Record, Secret, ran, unknown
from tests.permissions import OWNER, ROLE_POLICY, declare

OWN: Final = "123456789012"
OTHER: Final = "999999999999"
HERE: Final = f"arn:aws:iam::{OWN}:role/team/web"
THERE: Final = f"arn:aws:iam::{OTHER}:role/team/web"
REFUSED: Final = (
    f"it belongs to account {OTHER}, and the provider to account {OWN}, where a role of the same name is another role; "
    f"give the component a provider of account {OTHER}, or write the role's name for the role of account {OWN}"
)
SECRETLY: Final = (
    f"it belongs to another account than {OWN}, the provider's, where a role of the same name is another role; give "
    f"the component a provider of the role's account, or write the role's name for the role of account {OWN}"
)
IN_BOTH: Final = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])


async def awaited(value: str) -> str:
    """Return the value, later."""
    await asyncio.sleep(0)
    return value


HOW: Final[Mapping[str, Callable[[str], Any]]] = {
    "plain": str,
    "Output": pulumi.Output.from_input,
    "secret": pulumi.Output.secret,
    "awaitable": awaited,
}


def account(found: Any) -> Answer:
    """Answer the one question with this."""

    def answer(call: MockCallArgs) -> Mapping[str, Any] | str:
        assert call.token == CALLER_IDENTITY
        return {"accountId": found}

    return answer


def fleet(*roles: str, **how: Any) -> Record:
    """Declare a component for many roles."""
    return fleets.declare({"roles": roles}, **{"answer": account(OWN), **how})


@IN_BOTH
@pytest.mark.parametrize("how", HOW)
def test_a_role_of_another_account_is_refused(how: str, preview: bool) -> None:  # noqa: FBT001 - a parameter
    """One line names both accounts and the way out, without a secret; no policy is asked for."""
    record = declare(lambda: {"role": HOW[how](THERE)}, preview=preview, answer=account(OWN))
    said = f"role [secret]: {SECRETLY}" if how == "secret" else f"role '{THERE}': {REFUSED}"

    assert isinstance(record.error, InvalidInputError)
    assert str(record.error) == f"{OWNER}: {said}"
    assert [made.type for made in record.registrations if made.type == ROLE_POLICY] == []


@IN_BOTH
@pytest.mark.parametrize("how", HOW)
def test_a_role_of_the_providers_account_gets_the_policy(how: str, preview: bool) -> None:  # noqa: FBT001 - a parameter
    """One question is asked, and the role's name, which is known in preview, is as secret as its ARN."""
    record = declare(lambda: {"role": HOW[how](HERE)}, preview=preview, answer=account(OWN))
    name = Secret("web") if how == "secret" else "web"

    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
    assert (record.results["role_name"], record.only(ROLE_POLICY).inputs["role"]) == (name, name)


@pytest.mark.parametrize("how", HOW)
def test_a_role_by_name_asks_nothing(how: str) -> None:
    """A name is that of a role of the provider's account, whichever that is; a fleet of names asks nothing either."""
    records = [declare(lambda: {"role": HOW[how]("web")}, answer=account(OWN)), fleet(), fleet("web", "api")]

    assert [(record.error, record.invokes) for record in records] == [(None, [])] * 3


def test_an_exact_name_is_checked_too() -> None:
    """A policy with an exact name is asked for only once its role is of the right account."""
    record = declare({"role": THERE, "policy_name": "ssm"}, answer=account(OWN))

    assert str(record.error) == f"{OWNER}: role '{THERE}': {REFUSED}"
    assert [made.type for made in record.registrations if made.type == ROLE_POLICY] == []


@IN_BOTH
def test_each_wrong_role_of_a_fleet_has_its_line(preview: bool) -> None:  # noqa: FBT001 - a parameter
    """All are told together, and neither the policy nor an attachment is asked for."""
    record = fleet(THERE, "api", f"arn:aws:iam::{OTHER}:role/batch", preview=preview)

    assert str(record.error).splitlines() == [
        f"SessionManagerManagedPolicy 'fleet': roles[0] '{THERE}': {REFUSED}",
        f"SessionManagerManagedPolicy 'fleet': roles[2] 'arn:aws:iam::{OTHER}:role/batch': {REFUSED}",
    ]
    assert [made.type for made in record.registrations if made.type.startswith("aws:")] == []


def test_a_fleet_of_the_providers_account_is_attached() -> None:
    """One question is asked for all roles, and policy and attachments follow."""
    record = fleet(HERE, "api", f"arn:aws:iam::{OWN}:role/batch")

    assert ([invoke.token for invoke in record.invokes], record.error) == ([CALLER_IDENTITY], None)
    assert [made.name for made in record.registrations if made.type.startswith("aws:")] == [
        "fleet-session-manager",
        "fleet/web",
        "fleet/api",
        "fleet/batch",
    ]


@IN_BOTH
@pytest.mark.parametrize(
    "answer",
    [lambda _: {}, lambda _: "ExpiredToken: the security token is expired", account(None), account("")],
    ids=["nothing", "an error", "None", "empty"],
)
def test_without_an_answer_the_run_goes_on(answer: Answer, preview: bool) -> None:  # noqa: FBT001 - a parameter
    """Where nobody says which account the provider is of, an ARN is taken for its role's name."""
    single = declare({"role": THERE}, answer=answer, preview=preview)
    many = fleet(THERE, answer=answer, preview=preview)

    assert (single.error, single.only(ROLE_POLICY).inputs["role"]) == (None, "web")
    assert (many.error, many.only("aws:iam/policy:Policy").name) == (None, "fleet-session-manager")


def test_the_document_does_not_wait() -> None:
    """`policy_json` and `role_name` of a plain role are known before and without the answer."""

    def program() -> Mapping[str, object]:
        provider = aws.Provider("late", region=unknown())
        opts = pulumi.ResourceOptions(provider=provider)
        made = SessionManagerPermissions("web", {"role": THERE}, opts)
        many = SessionManagerManagedPolicy("fleet", {"roles": [THERE]}, opts)
        return {"role_name": made.role_name, "json": made.policy_json, "fleet": many.policy_json}

    results = ran(program, preview=True, answer=lambda _: {}).results

    assert (results["role_name"], results["json"] == results["fleet"], UNKNOWN in results.values()) == (
        "web",
        True,
        False,
    )


def test_a_role_that_is_not_known_yet_is_not_judged() -> None:
    """A preview asks nothing for a role that it does not know."""
    record = declare(lambda: {"role": unknown()}, preview=True, answer=account(OWN))

    assert (record.error, record.invokes, record.results["role_name"]) == (None, [], UNKNOWN)


def test_one_question_for_each_provider() -> None:
    """However many components and roles there are, each provider is asked once in a run."""

    def program() -> None:
        for number in range(5):
            SessionManagerPermissions(f"role-{number}", {"role": f"{HERE}-{number}"})
            SessionManagerManagedPolicy(f"fleet-{number}", {"roles": [HERE, f"{HERE}-{number}"]})
        other = pulumi.ResourceOptions(provider=aws.Provider("other"))
        for number in range(5):
            SessionManagerPermissions(f"other-{number}", {"role": f"{HERE}-{number}"}, other)

    record = ran(program, answer=account(OWN))

    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY] * 2
    assert len({invoke.provider for invoke in record.invokes}) == 2
