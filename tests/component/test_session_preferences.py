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
from tests.bad_inputs import NEEDS_BUCKET
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


def test_everything_that_the_document_names_is_granted_in_preview() -> None:
    """Bucket, prefix, log group and key of the document become ARNs of the caller's partition, Region and account."""
    record = declared({"session_preferences": session(LOGGING)}, answer=answer, preview=True)

    assert policy_of(record.only(ROLE_POLICY)) == policy(CHANNELS, *ALL_OF_LOGGING, decrypt(FOUND_KEY))


IN_GROUP = (documents.FIND_LOG_GROUPS, documents.write_groups(f"{GROUP}:*"))
IN_BUCKET = (documents.put(f"{BUCKET}/*"), documents.allow(["s3:GetEncryptionConfiguration"], BUCKET))
ALIAS = "arn:aws-cn:kms:cn-north-1:210987654321:alias/x"
FIELDS: dict[str, tuple[dict[str, Any], dict[str, dict[str, str]], tuple[Any, ...]]] = {
    "empty": ({}, {}, ()),
    "enforced": ({"s3BucketName": "", "s3EncryptionEnabled": True, "cloudWatchEncryptionEnabled": True}, {}, ()),
    "key ARN": ({"kmsKeyId": KEY}, {}, (decrypt(KEY),)),
    "bucket": ({"s3BucketName": "session-logs", "s3EncryptionEnabled": False}, {GET_PARTITION: {}}, IN_BUCKET),
    "log group": (
        {"cloudWatchLogGroupName": "/ssm/sessions"},
        {GET_PARTITION: {}, GET_REGION: {}, GET_CALLER: {}},
        IN_GROUP,
    ),
    "alias": ({"kmsKeyId": "alias/sessions"}, {GET_KEY: {"keyId": "alias/sessions"}}, (decrypt(FOUND_KEY),)),
    "key id": ({"kmsKeyId": "1234abcd"}, {GET_KEY: {"keyId": "1234abcd"}}, (decrypt(FOUND_KEY),)),
    "alias ARN": ({"kmsKeyId": ALIAS}, {GET_KEY: {"keyId": ALIAS}}, (decrypt(FOUND_KEY),)),
    "all": (
        dict(LOGGING),
        {GET_PARTITION: {}, GET_REGION: {}, GET_CALLER: {}, GET_KEY: {"keyId": "alias/sessions"}},
        (*ALL_OF_LOGGING, decrypt(FOUND_KEY)),
    ),
}


@plain_and_late
@pytest.mark.parametrize("field", FIELDS)
def test_each_field_grants_and_asks_for_what_belongs_to_it(make: Callable[[str], Any], field: str) -> None:
    """Each call is made once, and only for a name that needs it; enforcement alone asks and grants nothing."""
    inputs, calls, statements = FIELDS[field]
    record = declared(lambda: {"session_preferences": make(session(inputs))}, answer=answer)

    assert sorted((call.token, call.args) for call in record.invokes) == sorted(calls.items())
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

    assert str(record.error) == f"{OWNER}: {name} {value!r}: {NEEDS_BUCKET}"
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

    assert str(record.error).startswith(f"{OWNER}: the policy document: it has 10,254 characters without white space, ")
