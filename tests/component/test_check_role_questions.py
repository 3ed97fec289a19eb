"""What `check_role` asks AWS, when it asks nothing, and roles that do not exist, with mocks for AWS."""

from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from typing import Any, Final

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
from tests.aws_errors import THERE, rule_for
from tests.components import (
    COMPONENT,
    PERMISSIONS,
    STACK,
    awaited,
    declare,
    depending,
    output,
)
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY
from tests.fleets import FLEET
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer, Record, unknown
from tests.wrong_inputs import refused


def asked(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the functions that were called, with their arguments."""
    return [(invoke.token, invoke.args) for invoke in record.invokes]


def test_the_list_is_all_that_it_adds() -> None:
    """A check changes nothing of what is declared, and registers its list in the order of the document.

    Without it nothing is asked: the mocks refuse every call.
    """
    denied = [*CHANNEL_ACTIONS, HEARTBEAT]
    without, record = declare({"check_role": False}), declare({"check_role": True}, answer=iam(denied=denied))
    declare({"check_role": None})
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
    ("make", "answer", "role"),
    [
        (lambda: output("web"), iam(role=NO_SUCH_ROLE), "web"),
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
    record = declare(lambda: {"role": awaited(ARN), "check_role": True}, answer=iam())

    assert asked(record)[:2] == [(CALLER_IDENTITY, {}), (GET_ROLE, {"name": "web"})]
    assert PERMISSIONS.policy(record)["role"] == "web"


ON_GROUP: Final = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
ON_BUCKET: Final = ["s3:PutObject", "s3:GetEncryptionConfiguration"]
ON_KEYS: Final = ["kms:Decrypt", "kms:GenerateDataKey"]
FOUR_SETS: Final = {"s3_log_bucket_arn": BUCKET, "s3_log_kms_key_arn": KEY, "cloudwatch_log_group_arns": [LOG_GROUP]}
TWO_KEYS: Final = {"kms_key_arns": [KEY, OTHER_KEY]}
WITH_HEARTBEAT: Final = [([*CHANNEL_ACTIONS, HEARTBEAT], None)]


def trusting(trust: str) -> Answer:
    """Return IAM's answers about a role with a trust policy."""
    return iam(role={"arn": ARN, "assumeRolePolicy": trust})


QUESTIONS: Final[Mapping[str, tuple[Mapping[str, Any], Answer, Sequence[Any]]]] = {
    "a set of resources, whatever statement it is in": (
        {**TWO_KEYS, **FOUR_SETS},
        iam(),
        [
            ([*CHANNEL_ACTIONS, "logs:DescribeLogGroups", HEARTBEAT, *ON_GROUP, *ON_BUCKET, *ON_KEYS], None),
            (ON_GROUP, [f"{LOG_GROUP}:*"]),
            (["s3:PutObject"], [f"{BUCKET}/*"]),
            (["s3:GetEncryptionConfiguration"], [BUCKET]),
            (["kms:Decrypt"], [KEY, OTHER_KEY]),
            (["kms:GenerateDataKey", "kms:Decrypt"], [KEY]),
        ],
    ),
    # IAM sums up what it says of a set: only the answers about each resource tell what is denied on it.
    "each resource of a denied set": (
        TWO_KEYS,
        iam(denied=["kms:Decrypt"]),
        [
            ([*CHANNEL_ACTIONS, HEARTBEAT, "kms:Decrypt"], None),
            *((["kms:Decrypt"], keys) for keys in ([KEY, OTHER_KEY], [KEY], [OTHER_KEY])),
        ],
    ),
    "a heartbeat granted to nodes": ({"allow_update_instance_information": True}, trusting(TRUST), WITH_HEARTBEAT),
    "a heartbeat granted to tasks": ({"allow_update_instance_information": True}, trusting(TASK_TRUST), WITH_HEARTBEAT),
    "a heartbeat needed by nodes": ({}, trusting(TRUST), WITH_HEARTBEAT),
    "no heartbeat of tasks": ({}, trusting(TASK_TRUST), [([*CHANNEL_ACTIONS], None)]),
}


@pytest.mark.parametrize(("inputs", "answer", "questions"), QUESTIONS.values(), ids=QUESTIONS)
def test_each_question_is_asked_once(inputs: Mapping[str, Any], answer: Answer, questions: Sequence[Any]) -> None:
    """All actions on the same resources are one question, which has the heartbeat if it is granted or needed."""
    assert simulated(declare({"check_role": True, **inputs}, answer=answer)) == questions


FOREIGN: Final = f"{THERE}-of-another-account"


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
            f"{FLEET.owner}: roles 'gone', 'left': {rule_for('no such role')}",
            f"{FLEET.owner}: roles[3] '{FOREIGN}': {rule_for('a role of another account')}",
        ]
    )


def test_a_role_of_another_account_is_refused_while_others_wait() -> None:
    """A preview asks nothing about roles to which the program has yet to give something, and still refuses that one."""
    record = FLEET.try_declare({"roles": ["web", FOREIGN], "check_roles": True}, depending, preview=True, answer=iam())

    assert str(record.error).startswith(f"{FLEET.owner}: roles[1] '{FOREIGN}': ")
    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
