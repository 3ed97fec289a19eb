"""A role that is given by its ARN is of the provider's account, or refused; with mocks in the provider's place."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from tests.answers import account
from tests.components import OWNER, PERMISSIONS, ROLE_POLICY, declare, depending, try_declare, written
from tests.documents import CHANNELS
from tests.fleets import FLEET, compact
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer, Secret, run, unknown

ACCOUNT: Final = "123456789012"
OTHER: Final = "999999999999"
HERE: Final = f"arn:aws:iam::{ACCOUNT}:role/team/web"
THERE: Final = f"arn:aws:iam::{OTHER}:role/team/web"
REFUSED: Final = (
    f"it belongs to account {OTHER}, but the provider belongs to account {ACCOUNT}; give the component a provider of "
    f"account {OTHER}, or write the role's name if you mean the role in {ACCOUNT}"
)
SECRETLY: Final = (
    f"it belongs to another account, but the provider belongs to account {ACCOUNT}; give the component a provider of "
    f"the role's account, or write the role's name if you mean the role in {ACCOUNT}"
)
in_preview_and_update: Final = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])


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


@in_preview_and_update
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("named", [{}, {"policy_name": "ssm"}], ids=["generated name", "exact name"])
def test_a_role_of_another_account_is_refused(how: str, named: Mapping[str, str], *, preview: bool) -> None:
    """One line names both accounts and the way out, without a secret; no policy is asked for."""
    record = try_declare(lambda: {**named, "role": HOW[how](THERE)}, preview=preview, answer=account(ACCOUNT))
    said = f"role [secret]: {SECRETLY}" if how == "secret" else f"role '{THERE}': {REFUSED}"

    assert str(record.error) == f"{OWNER}: {said}"
    assert ROLE_POLICY not in written(record)


@in_preview_and_update
@pytest.mark.parametrize("how", HOW)
def test_a_role_of_the_providers_account_gets_the_policy(how: str, *, preview: bool) -> None:
    """One question is asked, and the role's name, which is known in preview, is as secret as its ARN."""
    record = declare(lambda: {"role": HOW[how](HERE)}, preview=preview, answer=account(ACCOUNT))
    name = Secret("web") if how == "secret" else "web"

    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
    assert record.results["role_name"] == name
    assert PERMISSIONS.policy(record)["role"] == name


@pytest.mark.parametrize("how", HOW)
def test_a_role_by_name_asks_nothing(how: str) -> None:
    """A name is that of a role of the provider's account, whichever that is."""
    assert declare(lambda: {"role": HOW[how]("web")}).invokes == []


@pytest.mark.parametrize("roles", [[], ["web", "api"]], ids=["none", "two"])
def test_a_fleet_by_name_asks_nothing(roles: list[str]) -> None:
    """So are the names of a fleet."""
    assert FLEET.declare({"roles": roles}).invokes == []


@in_preview_and_update
def test_the_wrong_roles_of_a_fleet_have_a_line(*, preview: bool) -> None:
    """All of one account are in it, and neither the policy nor an attachment is asked for."""
    batch = f"arn:aws:iam::{OTHER}:role/batch"
    record = FLEET.try_declare({"roles": [THERE, "api", batch]}, preview=preview, answer=account(ACCOUNT))

    assert str(record.error) == f"{FLEET.owner}: roles '{THERE}', '{batch}': {REFUSED}"
    assert [made.type for made in record.registrations if made.type.startswith("aws:")] == []


def test_a_fleet_of_the_providers_account_is_attached() -> None:
    """One question is asked for all roles, and policy and attachments follow."""
    record = FLEET.declare({"roles": [HERE, "api", f"arn:aws:iam::{ACCOUNT}:role/batch"]}, answer=account(ACCOUNT))

    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
    assert [made.name for made in record.registrations if made.type.startswith("aws:")] == [
        "fleet-session-manager",
        "fleet/web",
        "fleet/api",
        "fleet/batch",
    ]


@in_preview_and_update
@pytest.mark.parametrize("answer", [lambda _: {}, account(None), account("")], ids=["nothing", "None", "empty"])
def test_with_an_empty_answer_the_run_goes_on(answer: Answer, *, preview: bool) -> None:
    """Mocks, and a provider that a preview does not know yet, say no account: an ARN is taken for its role's name."""
    single = declare({"role": THERE}, answer=answer, preview=preview)
    many = FLEET.declare({"roles": [THERE]}, answer=answer, preview=preview)

    assert PERMISSIONS.policy(single)["role"] == "web"
    assert FLEET.policy(many)["policy"] == compact(CHANNELS)


def expired(_: MockCallArgs) -> str:
    """Answer as the AWS provider does whose credentials are no good any more."""
    return "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: 1, " + EXPIRED


EXPIRED: Final = "ExpiredToken: The security token included in the request is expired"
NO_ANSWER: Final = (
    f"AWS does not return the provider's account ({EXPIRED} (aws)), so the role's account cannot be checked; "
    "renew or correct the provider's credentials, or write the role's name instead of its ARN"
)


@in_preview_and_update
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("named", [{}, {"policy_name": "ssm"}], ids=["generated name", "exact name"])
def test_no_answer_is_no_permission(how: str, named: Mapping[str, str], *, preview: bool) -> None:
    """Where AWS refuses to say the account, a role by ARN ends the run: one line repeats AWS's words, and a way out."""
    record = try_declare(lambda: {**named, "role": HOW[how](HERE)}, answer=expired, preview=preview)
    shown = "[secret]" if how == "secret" else f"'{HERE}'"

    assert str(record.error) == f"{OWNER}: role {shown}: {NO_ANSWER}"
    assert ROLE_POLICY not in written(record)


@in_preview_and_update
def test_a_fleet_without_an_answer(*, preview: bool) -> None:
    """The line names the roles by ARN, and not those by name."""
    record = FLEET.try_declare({"roles": [HERE, "api", f"{HERE}-2"]}, answer=expired, preview=preview)

    assert str(record.error) == f"{FLEET.owner}: roles '{HERE}', '{HERE}-2': {NO_ANSWER}"
    assert [made.type for made in record.registrations if made.type.startswith("aws:")] == []


@in_preview_and_update
@pytest.mark.parametrize("named", [{}, {"policy_name": "ssm"}], ids=["generated name", "exact name"])
def test_a_role_by_name_needs_no_answer(named: Mapping[str, str], *, preview: bool) -> None:
    """The way out works: the role's name is that of a role of the provider's account, whichever that is."""
    record = declare({"role": "web", **named}, answer=expired, preview=preview)

    assert PERMISSIONS.policy(record)["role"] == "web"


def test_the_document_does_not_wait() -> None:
    """`policy_json` and `role_name` of a plain role are known before and without the answer."""

    def program() -> Mapping[str, object]:
        opts = pulumi.ResourceOptions(provider=aws.Provider("late", region=unknown()))
        made = SessionManagerPermissions("web", {"role": THERE}, opts)
        many = SessionManagerManagedPolicy("fleet", {"roles": [THERE]}, opts)
        return {"role_name": made.role_name, "json": made.policy_json, "fleet": many.policy_json}

    record = run(program, preview=True, answer=lambda _: {})

    assert record.results == {"role_name": "web", "json": compact(CHANNELS), "fleet": compact(CHANNELS)}


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


def test_what_a_component_depends_on_asks_nothing() -> None:
    """Only a check asks AWS after the resources that the component depends on."""
    one = declare({"role": "web"}, depending)
    many = FLEET.declare({"roles": ["web"]}, depending)

    assert one.invokes == []
    assert many.invokes == []


@pytest.mark.parametrize("how", ["Output", "secret", "awaitable"])
def test_a_log_group_that_the_role_cannot_reach_is_refused_once_it_is_known(how: str) -> None:
    """One line says so, without a secret; no policy is asked for."""
    group = f"arn:aws:logs:eu-west-1:{OTHER}:log-group:/ssm/sessions"
    record = try_declare(
        lambda: {"role": HERE, "cloudwatch_log_group_arns": [HOW[how](group)]}, answer=account(ACCOUNT)
    )
    shown = "[secret]" if how == "secret" else f"'{group}'"

    assert str(record.error) == (
        f"{OWNER}: cloudwatch_log_group_arns[0] {shown}: it is in another account than the role: the agent sends only "
        "the group's name, so its logs go to the group of that name in the role's own account; write the ARN of a log "
        f"group of account {ACCOUNT}"
    )
    assert ROLE_POLICY not in written(record)
