"""What `check_role` asks of the provider, and what it makes of the answers, with mocks in the provider's place."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests.answers import (
    ALLOW_ALL,
    ARN,
    GET_PARTITION,
    GET_ROLE,
    HEARTBEAT,
    NO_SUCH_ROLE,
    SIMULATE,
    iam,
    messages,
    role_of,
)
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Record, ran, unknown
from tests.permissions import COMPONENT, OWNER, STACK, declare, declared


def with_options(opts: Callable[[], pulumi.ResourceOptions], **how: Any) -> Record:
    """Run a program that declares a component with options that it makes itself."""

    def program() -> None:
        SessionManagerPermissions("web", {"role": "web", "check_role": True}, opts())

    return ran(program, **how)


def asked(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the functions that were called, with their arguments."""
    return [(invoke.token, invoke.args) for invoke in record.invokes]


@pytest.mark.parametrize("given", [{}, {"check_role": False}, {"check_role": None}], ids=str)
def test_nothing_is_asked_without_it(given: Mapping[str, Any]) -> None:
    """Without check_role there is no call and no list; the mocks refuse every call."""
    record = declared(given)

    assert (record.invokes, record.results["denied_actions"]) == ([], None)


@pytest.mark.parametrize("denied", [[], [HEARTBEAT]], ids=["nothing", "something"])
def test_a_program_gets_a_list(denied: list[str]) -> None:
    """What a program compares with a list is a list, with nothing in it where nothing is denied."""
    seen: list[object] = []

    def program() -> None:
        web = SessionManagerPermissions("web", {"role": "web", "check_role": True})
        web.denied_actions.apply(seen.append)

    ran(program, answer=iam(denied=denied))

    assert seen == [denied]


def test_the_list_is_all_that_it_adds() -> None:
    """Asking changes nothing of what the engine is asked to make, but for the component's new output."""
    without, record = declared({}), declared({"check_role": True}, answer=iam())
    outputs = (each.registered_outputs[f"{STACK}${COMPONENT}::web"] for each in (record, without))

    assert [(made.type, made.name, made.inputs) for made in record.registrations] == [
        (made.type, made.name, made.inputs) for made in without.registrations
    ]
    assert [set(each) for each in outputs] == [
        {"role_name", "policy_name", "policy_json", "denied_actions"},
        {"role_name", "policy_name", "policy_json"},
    ]


def test_one_simulation_for_each_set_of_resources() -> None:
    """The document counts as one of the role's policies; where it says `*`, no resource is named.

    All actions are asked about there, as only then it is sure to be told which context keys they miss.
    """
    record = declared({"check_role": True, "kms_key_arns": [KEY, OTHER_KEY]}, answer=iam())
    subject = {"policySourceArn": ARN, "additionalPoliciesJsons": [record.results["policy_json"]]}

    assert asked(record) == [
        (GET_ROLE, {"name": "web"}),
        (SIMULATE, {**subject, "actionNames": [*CHANNEL_ACTIONS, HEARTBEAT, "kms:Decrypt"]}),
        (SIMULATE, {**subject, "actionNames": ["kms:Decrypt"], "resourceArns": [KEY, OTHER_KEY]}),
    ]


def test_a_boundary_is_lifted_for_what_was_denied() -> None:
    """What is denied is asked about once more as if the boundary allowed everything."""
    bound = {"arn": ARN, "permissionsBoundary": "arn:aws:iam::123456789012:policy/limit"}
    record = declared({"check_role": True, "kms_key_arns": [KEY]}, answer=iam(role=bound, denied=[HEARTBEAT]))
    subject = {"policySourceArn": ARN, "additionalPoliciesJsons": [record.results["policy_json"]]}

    assert asked(record)[3:] == [
        (SIMULATE, {**subject, "actionNames": [HEARTBEAT], "permissionsBoundaryPoliciesJsons": [ALLOW_ALL]})
    ]


def test_without_a_boundary_none_is_lifted() -> None:
    """What is denied to a role without a boundary is asked about once."""
    record = declared({"check_role": True}, answer=iam(denied=[HEARTBEAT]))

    assert [token for token, _ in asked(record)].count(SIMULATE) == 1


def test_calls_follow_the_components_provider() -> None:
    """Role and simulator are asked with the provider that the component was given."""

    def program_opts() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=aws.Provider("other"))

    record = with_options(program_opts, answer=iam())

    assert {invoke.provider.split("::")[-2:][0] for invoke in record.invokes} == {"other"}


@pytest.mark.parametrize(
    ("make", "preview"),
    [(str, True), (str, False), (pulumi.Output.from_input, False)],
    ids=["plain, preview", "plain, up", "Output, up"],
)
def test_a_role_that_does_not_exist_is_an_error(make: Callable[[str], Any], preview: bool) -> None:  # noqa: FBT001 - a parameter
    """A plain name or ARN is that of an existing role, already in preview; by `up` what makes a role has made it."""
    record = declare(lambda: {"role": make(ARN), "check_role": True}, preview=preview, answer=iam(role=NO_SUCH_ROLE))

    assert messages(record) == [
        (
            f"{OWNER}: role {ARN!r}: IAM has no such role in the account of the provider; write the name of an "
            "existing role"
        )
    ]


def test_an_output_role_that_does_not_exist_yet_is_not_known_in_preview() -> None:
    """The same program may make it: the list is unknown, and the policy is planned on the role's name."""
    record = declared(
        lambda: {"role": pulumi.Output.from_input("web"), "check_role": True},
        preview=True,
        answer=iam(role=NO_SUCH_ROLE),
    )

    assert (record.results["denied_actions"], role_of(record)) == (UNKNOWN, "web")


def test_an_unknown_role_is_not_asked_about() -> None:
    """Without a name there is nothing to ask, and nothing known."""
    record = declared(lambda: {"role": unknown(), "check_role": True}, preview=True, answer=iam())

    assert (record.invokes, record.results["denied_actions"]) == ([], UNKNOWN)


def test_a_provider_that_is_not_known_yet_knows_nothing() -> None:
    """A preview calls no provider whose configuration is unknown, and the answer is empty."""
    record = declared({"check_role": True}, preview=True, answer=iam(role={}))

    assert (record.results["denied_actions"], role_of(record)) == (UNKNOWN, "web")


def test_a_role_of_another_account_is_not_asked_about() -> None:
    """IAM is asked about a role only once its ARN is known to be of the provider's account."""
    record = declare({"role": "arn:aws:iam::999999999999:role/web", "check_role": True}, answer=iam())

    assert (len(messages(record)), [token for token, _ in asked(record)]) == (1, [CALLER_IDENTITY])


def test_an_awaitable_role_is_read_once() -> None:
    """A coroutine gives its value a single time; its name is used."""

    async def late() -> str:
        await asyncio.sleep(0)
        return ARN

    record = declared(lambda: {"role": late(), "check_role": True}, answer=iam())

    assert (asked(record)[:2], role_of(record)) == ([(CALLER_IDENTITY, {}), (GET_ROLE, {"name": "web"})], "web")


def test_dependencies_are_waited_for() -> None:
    """Policies that the program gives the role count: what the component depends on is there before it is asked."""

    def program_opts() -> pulumi.ResourceOptions:
        own = aws.iam.RolePolicy("own", role="web", policy="{}")
        return pulumi.ResourceOptions(depends_on=[own])

    record = with_options(program_opts, answer=iam())

    assert [invoke.token for invoke in record.invokes if invoke.token != GET_ROLE] == [GET_PARTITION, SIMULATE]
