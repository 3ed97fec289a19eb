"""What `check_role` asks AWS, when it asks nothing, and roles that do not exist, with mocks for AWS."""

import asyncio
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from tests.answers import (
    ALLOW_ALL,
    ARN,
    BOUND,
    GET_PARTITION,
    GET_ROLE,
    HEARTBEAT,
    NO_SUCH_ROLE,
    SIMULATE,
    TASK_TRUST,
    TRUST,
    iam,
    simulated,
)
from tests.components import COMPONENT, OWNER, PERMISSIONS, STACK, declare, depending, try_declare
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY
from tests.fleets import FLEET
from tests.messages import sentence
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer, Record, unknown
from tests.wrong_inputs import refused

NO_ROLE: Final = sentence("AWS's answers", "no such role")
ANOTHER_ACCOUNT: Final = sentence("AWS's answers", "a role of another account")


def asked(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the functions that were called, with their arguments."""
    return [(invoke.token, invoke.args) for invoke in record.invokes]


@pytest.mark.parametrize("given", [False, None], ids=str)
def test_nothing_is_asked_without_it(given: object) -> None:
    """Without check_role there is no call and no list; the mocks refuse every call."""
    record = declare({"check_role": given})

    assert record.invokes == []
    assert record.results["denied_actions"] is None


def test_the_list_is_all_that_it_adds() -> None:
    """A check changes nothing of what is declared, and registers its list in the order of the document."""
    denied = [*CHANNEL_ACTIONS, HEARTBEAT]
    without, record = declare({}), declare({"check_role": True}, answer=iam(denied=denied))
    [before, after] = (each.registered_outputs[f"{STACK}${COMPONENT}::web"] for each in (without, record))

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


def test_every_question_follows_the_components_provider() -> None:
    """So do those about a single resource, without the boundary, and what they wait for."""
    record = FLEET.declare(
        {"roles": ["web"], "check_roles": True, "kms_key_arns": [KEY, OTHER_KEY]},
        lambda: depending(provider=aws.Provider("other")),
        answer=iam(role=BOUND, denied=["kms:Decrypt"]),
    )

    assert {invoke.provider.split("::")[-2] for invoke in record.invokes} == {"other"}


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

    assert str(record.error) == f"{OWNER}: role {shown}: {NO_ROLE}"


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


def test_an_awaitable_role_is_read_once() -> None:
    """A coroutine gives its value a single time; its name is used."""

    async def late() -> str:
        await asyncio.sleep(0)
        return ARN

    record = declare(lambda: {"role": late(), "check_role": True}, answer=iam())

    assert asked(record)[:2] == [(CALLER_IDENTITY, {}), (GET_ROLE, {"name": "web"})]
    assert PERMISSIONS.policy(record)["role"] == "web"


def test_each_set_of_resources_is_one_question() -> None:
    """All actions on the same resources are asked about together, whatever statement they are in."""
    inputs = {"s3_log_bucket_arn": BUCKET, "s3_log_kms_key_arn": KEY, "cloudwatch_log_group_arns": [LOG_GROUP]}
    record = declare({"check_role": True, "kms_key_arns": [KEY, OTHER_KEY], **inputs}, answer=iam())
    on_group = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    on_keys = ["kms:Decrypt", "kms:GenerateDataKey"]
    on_bucket = ["s3:PutObject", "s3:GetEncryptionConfiguration"]

    assert simulated(record) == [
        ([*CHANNEL_ACTIONS, "logs:DescribeLogGroups", HEARTBEAT, *on_group, *on_bucket, *on_keys], None),
        (on_group, [f"{LOG_GROUP}:*"]),
        (["s3:PutObject"], [f"{BUCKET}/*"]),
        (["s3:GetEncryptionConfiguration"], [BUCKET]),
        (["kms:Decrypt"], [KEY, OTHER_KEY]),
        (["kms:GenerateDataKey", "kms:Decrypt"], [KEY]),
    ]


def test_resources_are_asked_about_one_by_one_if_a_set_is_denied() -> None:
    """IAM sums up what it says of a set: only the answers about each resource tell what is denied on it."""
    record = declare({"check_role": True, "kms_key_arns": [KEY, OTHER_KEY]}, answer=iam(denied=["kms:Decrypt"]))

    assert simulated(record)[1:] == [
        (["kms:Decrypt"], [KEY, OTHER_KEY]),
        (["kms:Decrypt"], [KEY]),
        (["kms:Decrypt"], [OTHER_KEY]),
    ]


@pytest.mark.parametrize(
    ("granted", "trust", "asked_about"),
    [(True, TRUST, True), (True, TASK_TRUST, True), (False, TRUST, True), (False, TASK_TRUST, False)],
    ids=["granted to nodes", "granted to tasks", "needed by nodes", "tasks"],
)
def test_the_heartbeat_is_asked_about_once(*, granted: bool, trust: str, asked_about: bool) -> None:
    """If the document grants it, or if the role is not one of tasks alone."""
    answer = iam(role={"arn": ARN, "assumeRolePolicy": trust})
    record = declare({"check_role": True, "allow_update_instance_information": granted}, answer=answer)

    assert simulated(record) == [([*CHANNEL_ACTIONS, *([HEARTBEAT] if asked_about else [])], None)]


FOREIGN: Final = "arn:aws:iam::999999999999:role/db"


def test_roles_that_do_not_exist_are_one_line() -> None:
    """They are named as they were given, and one of another account has its own line, whether it exists or not."""
    roles = ["gone", "web", "left", FOREIGN]
    error = refused(
        FLEET,
        {"roles": roles, "check_roles": True},
        answer=lambda call: iam(role=None if call.args.get("name") == "web" else NO_SUCH_ROLE)(call),
    )

    assert str(error) == "\n".join(
        [
            f"{FLEET.owner}: roles 'gone', 'left': {NO_ROLE}",
            f"{FLEET.owner}: roles[3] '{FOREIGN}': {ANOTHER_ACCOUNT}",
        ]
    )


def test_a_role_of_another_account_is_refused_while_others_wait() -> None:
    """A preview asks nothing about roles to which the program has yet to give something, and still refuses that one."""
    record = FLEET.try_declare({"roles": ["web", FOREIGN], "check_roles": True}, depending, preview=True, answer=iam())

    assert str(record.error).startswith(f"{FLEET.owner}: roles[1] '{FOREIGN}': ")
    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
