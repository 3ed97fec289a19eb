"""What `check_role` asks of the provider, and what it makes of the answers, with mocks in the provider's place."""

import asyncio
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import InvalidInputError
from tests.answers import (
    ALLOW_ALL,
    ARN,
    BOUND,
    GET_PARTITION,
    GET_ROLE,
    HEARTBEAT,
    NO_SUCH_ROLE,
    SIMULATE,
    iam,
)
from tests.components import COMPONENT, OWNER, PERMISSIONS, STACK, declare, depending, try_declare
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer, Record, unknown


def asked(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the functions that were called, with their arguments."""
    return [(invoke.token, invoke.args) for invoke in record.invokes]


@pytest.mark.parametrize("given", [False, None], ids=str)
def test_nothing_is_asked_without_it(given: object) -> None:
    """Without check_role there is no call and no list; the mocks refuse every call."""
    record = declare({"check_role": given})

    assert record.invokes == []
    assert record.results["denied_actions"] is None


@pytest.mark.parametrize("denied", [[], [*CHANNEL_ACTIONS, HEARTBEAT]], ids=["nothing", "several"])
def test_the_list_is_all_that_it_adds(denied: list[str]) -> None:
    """Asking changes nothing of what is made, and adds an output, whose order is that of the document."""
    without, record = declare({}), declare({"check_role": True}, answer=iam(denied=denied))
    outputs = (each.registered_outputs[f"{STACK}${COMPONENT}::web"] for each in (without, record))
    before, after = outputs

    assert [(made.type, made.name, made.inputs) for made in record.registrations] == [
        (made.type, made.name, made.inputs) for made in without.registrations
    ]
    assert record.results == {**without.results, "denied_actions": denied}
    assert after == {**before, "denied_actions": denied}


def test_one_simulation_for_each_set_of_resources() -> None:
    """The document counts as one of the role's policies; where it says `*`, no resource is named.

    All actions are asked about there, as only then it is sure to be told which context keys they miss. What is denied
    to a role without a boundary is asked about once.
    """
    answer = iam(denied=[HEARTBEAT])
    record = declare({"check_role": True, "kms_key_arns": [KEY, OTHER_KEY]}, answer=answer)
    subject = {"policySourceArn": ARN, "additionalPoliciesJsons": [record.results["policy_json"]]}

    assert asked(record) == [
        (GET_ROLE, {"name": "web"}),
        (SIMULATE, {**subject, "actionNames": [*CHANNEL_ACTIONS, HEARTBEAT, "kms:Decrypt"]}),
        (SIMULATE, {**subject, "actionNames": ["kms:Decrypt"], "resourceArns": [KEY, OTHER_KEY]}),
    ]


def test_a_boundary_is_lifted_for_what_was_denied() -> None:
    """What is denied is asked about once more as if the boundary allowed everything."""
    record = declare({"check_role": True, "kms_key_arns": [KEY]}, answer=iam(role=BOUND, denied=[HEARTBEAT]))
    subject = {"policySourceArn": ARN, "additionalPoliciesJsons": [record.results["policy_json"]]}

    assert asked(record)[3:] == [
        (SIMULATE, {**subject, "actionNames": [HEARTBEAT], "permissionsBoundaryPoliciesJsons": [ALLOW_ALL]})
    ]


def test_calls_follow_the_components_provider() -> None:
    """Role and simulator are asked with the provider that the component was given."""
    record = declare({"check_role": True}, lambda: pulumi.ResourceOptions(provider=aws.Provider("other")), answer=iam())

    assert {invoke.provider for invoke in record.invokes} == {f"{STACK}$pulumi:providers:aws::other::other-id"}


def test_calls_are_made_with_the_version_of_the_other_resources() -> None:
    """Without it, the engine would start another default provider, which may have another configuration."""
    record = declare({"check_role": True}, answer=iam())

    assert [invoke.version for invoke in record.invokes] == [metadata.version("pulumi-aws")] * 2


def test_dependencies_are_waited_for() -> None:
    """Policies that the program gives the role count: what the component depends on is there before it is asked."""
    record = declare({"check_role": True}, depending, answer=iam())

    assert [token for token, _ in asked(record) if token != GET_ROLE] == [GET_PARTITION, SIMULATE]


def test_a_preview_without_what_it_depends_on_asks_nothing() -> None:
    """What the program gives the role is not there yet, so that the answer would be another one."""
    record = declare({"check_role": True}, depending, preview=True)

    assert record.invokes == []
    assert record.results["denied_actions"] == UNKNOWN


@pytest.mark.parametrize(
    ("make", "preview", "shown"),
    [
        (str, True, repr(ARN)),
        (str, False, repr(ARN)),
        (pulumi.Output.from_input, False, repr(ARN)),
        (pulumi.Output.secret, False, "[secret]"),
    ],
    ids=["plain, preview", "plain, up", "Output, up", "secret, up"],
)
def test_a_role_that_does_not_exist_is_an_error(make: Callable[[str], Any], shown: str, *, preview: bool) -> None:
    """A plain name or ARN is that of an existing role, already in preview; by `up` what makes a role has made it."""
    record = try_declare(
        lambda: {"role": make(ARN), "check_role": True}, preview=preview, answer=iam(role=NO_SUCH_ROLE)
    )

    assert str(record.error) == (
        f"{OWNER}: role {shown}: IAM has no such role in the account of the provider; write the name of an existing "
        "role, or give the component a provider of the role's account"
    )


@pytest.mark.parametrize(
    ("make", "answer", "role"),
    [
        (lambda: pulumi.Output.from_input("web"), iam(role=NO_SUCH_ROLE), "web"),
        (lambda: "web", iam(role={}), "web"),
        (unknown, None, UNKNOWN),
    ],
    ids=["a role that the program may make", "a provider without an answer yet", "a role that is not known"],
)
def test_what_a_preview_does_not_know_yet(make: Callable[[], Any], answer: Answer | None, role: str) -> None:
    """The list is unknown, and the policy is planned; of a role without a name nothing is asked."""
    record = declare({"role": make, "check_role": True}, preview=True, answer=answer)

    assert record.results["denied_actions"] == UNKNOWN
    assert PERMISSIONS.policy(record)["role"] == role


def test_a_role_of_another_account_is_not_asked_about() -> None:
    """IAM is asked about a role only once its ARN is known to be of the provider's account."""
    record = try_declare({"role": "arn:aws:iam::999999999999:role/web", "check_role": True}, answer=iam())

    assert isinstance(record.error, InvalidInputError)
    assert [token for token, _ in asked(record)] == [CALLER_IDENTITY]


def test_an_awaitable_role_is_read_once() -> None:
    """A coroutine gives its value a single time; its name is used."""

    async def late() -> str:
        await asyncio.sleep(0)
        return ARN

    record = declare(lambda: {"role": late(), "check_role": True}, answer=iam())

    assert asked(record)[:2] == [(CALLER_IDENTITY, {}), (GET_ROLE, {"name": "web"})]
    assert PERMISSIONS.policy(record)["role"] == "web"
