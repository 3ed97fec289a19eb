"""Session preferences under a running program: which calls are made for them, and what the policy then says."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from tests import documents
from tests.answers import (
    BUCKET,
    FOUND_KEY,
    GET_CALLER,
    GET_KEY,
    GET_PARTITION,
    GET_REGION,
    GROUP,
    LOGGING,
    answer,
    session,
)
from tests.documents import ANY_ENCRYPTION, BUCKET_KEY, CHANNELS, KEY, OTHER_KEY, decrypt, policy
from tests.mocks import Secret, policy_of, ran, unknown
from tests.permissions import COMPONENT, OWNER, ROLE_POLICY, STACK, declare, declared, written

ALL_OF_LOGGING = (
    documents.FIND_LOG_GROUPS,
    documents.write_groups(f"{GROUP}:*"),
    documents.put(f"{BUCKET}/team/web/*"),
    documents.allow(["s3:GetEncryptionConfiguration"], BUCKET),
)
in_preview_and_update = pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
plain_and_late = pytest.mark.parametrize("make", [str, pulumi.Output.from_input], ids=["plain", "Output"])


@plain_and_late
@in_preview_and_update
def test_everything_that_the_document_names_is_granted(make: Callable[[str], Any], preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Bucket, prefix, log group and key of the document become ARNs of the caller's partition, Region and account."""
    record = declared(lambda: {"session_preferences": make(session(LOGGING))}, answer=answer, preview=preview)

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, *ALL_OF_LOGGING, decrypt(FOUND_KEY))


@plain_and_late
@pytest.mark.parametrize(
    ("inputs", "calls"),
    [
        ({}, {}),
        ({"s3EncryptionEnabled": True, "cloudWatchEncryptionEnabled": True}, {}),
        ({"kmsKeyId": KEY}, {}),
        ({"s3BucketName": "session-logs"}, {GET_PARTITION: {}}),
        ({"cloudWatchLogGroupName": "/ssm/sessions"}, {GET_PARTITION: {}, GET_REGION: {}, GET_CALLER: {}}),
        ({"kmsKeyId": "alias/sessions"}, {GET_KEY: {"keyId": "alias/sessions"}}),
        ({"kmsKeyId": "1234abcd"}, {GET_KEY: {"keyId": "1234abcd"}}),
        (
            {"kmsKeyId": "arn:aws-cn:kms:cn-north-1:210987654321:alias/x"},
            {GET_KEY: {"keyId": "arn:aws-cn:kms:cn-north-1:210987654321:alias/x"}},
        ),
        (LOGGING, {GET_PARTITION: {}, GET_REGION: {}, GET_CALLER: {}, GET_KEY: {"keyId": "alias/sessions"}}),
    ],
    ids=["empty", "enforced", "key ARN", "bucket", "log group", "alias", "key id", "alias ARN", "all"],
)
def test_asks_only_for_what_is_needed(
    make: Callable[[str], Any], inputs: dict[str, Any], calls: dict[str, dict[str, str]]
) -> None:
    """Each call is made once, and only where the document has a name that needs it."""
    record = declared(lambda: {"session_preferences": make(session(inputs))}, answer=answer)

    assert sorted((call.token, call.args) for call in record.invokes) == sorted(calls.items())


@pytest.mark.parametrize(
    ("given", "statements"),
    [
        ({"s3BucketName": "", "s3EncryptionEnabled": True}, []),
        (
            {"s3BucketName": "session-logs", "s3EncryptionEnabled": False},
            [documents.put(f"{BUCKET}/*"), documents.allow(["s3:GetEncryptionConfiguration"], BUCKET)],
        ),
        (
            {"cloudWatchLogGroupName": "/ssm/sessions"},
            [documents.FIND_LOG_GROUPS, documents.write_groups(f"{GROUP}:*")],
        ),
        ({"kmsKeyId": "alias/sessions"}, [decrypt(FOUND_KEY)]),
        ({"kmsKeyId": KEY}, [decrypt(KEY)]),
    ],
    ids=["enforced without a bucket", "bucket", "log group", "alias", "key ARN"],
)
def test_each_field_grants_what_the_agent_needs_for_it(given: dict[str, Any], statements: list[Any]) -> None:
    """A field alone grants what belongs to it; enforcement without a bucket is nothing, as the agent asks nothing."""
    record = declared({"session_preferences": session(given)}, answer=answer)

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, *statements)


def test_the_other_inputs_add_to_it() -> None:
    """Keys, heartbeat, the other account and the bucket's key come on top of what the document says."""
    record = declared(
        {
            "session_preferences": session(LOGGING),
            "kms_key_arns": [OTHER_KEY, FOUND_KEY],
            "s3_log_encryption_enforced": True,
            "allow_update_instance_information": True,
            "s3_log_cross_account": True,
            "s3_log_kms_key_arn": BUCKET_KEY,
        },
        answer=answer,
    )

    assert policy_of(record.only(ROLE_POLICY)) == policy(
        documents.CHANNELS_AND_HEARTBEAT,
        documents.FIND_LOG_GROUPS,
        documents.write_groups(f"{GROUP}:*"),
        documents.put(f"{BUCKET}/team/web/*", cross_account=True),
        documents.allow(["s3:GetEncryptionConfiguration"], BUCKET),
        decrypt([FOUND_KEY, OTHER_KEY]),
        documents.encrypt_logs(BUCKET_KEY),
    )


def test_enforcement_without_a_bucket_in_the_document() -> None:
    """Enforced encryption stands for any bucket where the document names none, as it does without a document."""
    record = declared({"session_preferences": session({}), "s3_log_encryption_enforced": True})

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, ANY_ENCRYPTION)


@in_preview_and_update
@pytest.mark.parametrize(("name", "value"), [("s3_log_cross_account", True), ("s3_log_kms_key_arn", BUCKET_KEY)])
def test_what_is_for_a_bucket_is_refused_as_the_document_resolves(name: str, value: Any, preview: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Where a document that is an Output names no bucket, what is for one is refused in the words of a plain one."""
    late = pulumi.Output.from_input
    record = declare(lambda: {"session_preferences": late(session({})), name: value}, preview=preview)

    assert str(record.error) == (
        f"{OWNER}: {name} {value!r}: it means nothing without a log bucket; give s3_log_bucket_arn as well, or leave "
        "it out"
    )
    assert ROLE_POLICY not in written(record)


@plain_and_late
def test_the_calls_follow_the_components_provider(make: Callable[[str], Any]) -> None:
    """Every call is made with the provider that the caller gave the component: another Region has other keys."""

    def program() -> None:
        china = aws.Provider("china", region="cn-north-1")
        inputs: Any = {"role": "web", "session_preferences": make(session(LOGGING))}
        SessionManagerPermissions("web", inputs, pulumi.ResourceOptions(provider=china))

    record = ran(program, answer=answer)

    assert [call.provider for call in record.invokes] == [f"{STACK}$pulumi:providers:aws::china::china-id"] * 4


def test_a_secret_document_makes_a_secret_policy() -> None:
    """What was found for a secret document is secret as well."""
    record = declared(lambda: {"session_preferences": pulumi.Output.secret(session(LOGGING))}, answer=answer)

    assert isinstance(record.only(ROLE_POLICY).inputs["policy"], Secret)


def test_an_unknown_document_asks_nothing() -> None:
    """In preview nothing is asked for a document that is not known."""
    record = declared(lambda: {"session_preferences": unknown()}, preview=True)

    assert record.invokes == []
    assert written(record) == [COMPONENT, ROLE_POLICY]


def test_a_document_that_turns_out_too_long() -> None:
    """Keys that make the policy too long together with those of the document are refused with its size."""
    keys = [f"arn:aws:kms:eu-west-1:123456789012:key/{position:036}" for position in range(127)]
    record = declare({"session_preferences": session({"kmsKeyId": OTHER_KEY}), "kms_key_arns": keys})

    assert str(record.error) == (
        f"{OWNER}: the policy document: it has 10,254 characters without white space, and IAM takes 10,240 for all "
        "inline policies of a role; use fewer keys or log groups, or spread them over several "
        "SessionManagerManagedPolicy"
    )
