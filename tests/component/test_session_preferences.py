"""Session preferences under a running program: which calls are made for them, and what the policy then says."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from tests.answers import (
    BUCKET,
    FOUND_KEY,
    GET_KEY,
    GET_PARTITION,
    GET_REGION,
    GROUP,
    LOGGING,
    answer,
    session,
)
from tests.components import COMPONENT, PERMISSIONS, ROLE_POLICY, STACK, Kind, declare, written
from tests.documents import ANY_ENCRYPTION, BUCKET_KEY, CHANNELS, KEY, OTHER_KEY, decrypt, wanted
from tests.fleets import FLEET, compact
from tests.mocks import CALLER_IDENTITY, Secret, unknown

# What a document names, in the words of the other inputs.
IN_BUCKET: Final = {"s3_log_bucket_arn": BUCKET}
IN_GROUP: Final = {"cloudwatch_log_group_arns": [GROUP]}
WITH_KEY: Final = {"kms_key_arns": [FOUND_KEY]}
ALL_OF_LOGGING: Final = {**IN_BUCKET, "s3_log_key_prefix": "team/web", **IN_GROUP, **WITH_KEY}

FOR_GROUP: Final[dict[str, dict[str, str]]] = {GET_PARTITION: {}, GET_REGION: {}, CALLER_IDENTITY: {}}
ALIAS: Final = "arn:aws-cn:kms:cn-north-1:210987654321:alias/x"
FIELDS: Final[dict[str, tuple[dict[str, Any], dict[str, dict[str, str]], dict[str, Any]]]] = {
    "empty": ({}, {}, {}),
    "enforced": ({"s3BucketName": "", "s3EncryptionEnabled": True, "cloudWatchEncryptionEnabled": True}, {}, {}),
    "key ARN": ({"kmsKeyId": KEY}, {}, {"kms_key_arns": [KEY]}),
    "bucket": ({"s3BucketName": "session-logs", "s3EncryptionEnabled": False}, {GET_PARTITION: {}}, IN_BUCKET),
    "log group": ({"cloudWatchLogGroupName": "/ssm/sessions"}, FOR_GROUP, IN_GROUP),
    "alias": ({"kmsKeyId": "alias/sessions"}, {GET_KEY: {"keyId": "alias/sessions"}}, WITH_KEY),
    "key id": ({"kmsKeyId": "1234abcd"}, {GET_KEY: {"keyId": "1234abcd"}}, WITH_KEY),
    "alias ARN": ({"kmsKeyId": ALIAS}, {GET_KEY: {"keyId": ALIAS}}, WITH_KEY),
    "all": (dict(LOGGING), {**FOR_GROUP, GET_KEY: {"keyId": "alias/sessions"}}, ALL_OF_LOGGING),
}
# Every field that the console writes, with what it writes where nothing was set.
CONSOLE: Final[Mapping[str, Any]] = {
    "s3BucketName": "",
    "s3KeyPrefix": "",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "",
    "cloudWatchEncryptionEnabled": True,
    "cloudWatchStreamingEnabled": False,
    "kmsKeyId": "",
    "runAsEnabled": False,
    "runAsDefaultUser": "",
    "idleSessionTimeout": "20",
    "maxSessionDuration": "",
    "shellProfile": {"windows": "", "linux": ""},
}
# More values that a field may have.
READ: Final[tuple[tuple[dict[str, Any], dict[str, Any]], ...]] = (
    ({**CONSOLE}, {}),
    ({**CONSOLE, **LOGGING}, ALL_OF_LOGGING),
    ({"s3BucketName": "Old_Bucket.Name", "s3KeyPrefix": "."}, {"s3_log_bucket_arn": "arn:aws-cn:s3:::Old_Bucket.Name"}),
    ({"cloudWatchLogGroupName": "a.b#c"}, {"cloudwatch_log_group_arns": [GROUP.replace("/ssm/sessions", "a.b#c")]}),
    *(({"s3EncryptionEnabled": enabled}, {}) for enabled in (True, False, "true", "False", "")),
    ({"aFieldOfTomorrow": {"any": ["thing"]}}, {}),
    ({"runAsDefaultUser": "{{ssm:/team/user}}", "shellProfile": {"linux": "echo {{ x }}"}}, {}),
)
KEY_REFERENCES: Final = (
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "mrk-1234abcd",
    "arn:aws-cn:kms:cn-north-1:123456789012:alias/team/x_1",
)
plain_and_output: Final = pytest.mark.parametrize("make", [str, pulumi.Output.from_input], ids=["plain", "Output"])


@plain_and_output
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
@pytest.mark.parametrize("field", FIELDS)
def test_each_field_grants_and_asks_for_what_belongs_to_it(
    make: Callable[[str], Any], field: str, *, preview: bool
) -> None:
    """What is named becomes an ARN of the caller's partition, Region and account, in preview too.

    Each call is made once, and only for a name that needs it; enforcement alone asks and grants nothing.
    """
    inputs, calls, grants = FIELDS[field]
    record = declare(lambda: {"session_preferences": make(session(inputs))}, answer=answer, preview=preview)

    assert sorted((call.token, call.args) for call in record.invokes) == sorted(calls.items())
    assert PERMISSIONS.policy(record)["policy"] == compact(*wanted(grants))


@pytest.mark.parametrize(("inputs", "grants"), READ, ids=lambda value: str(value)[:60])
def test_a_document_is_read_as_people_write_it(inputs: dict[str, Any], grants: dict[str, Any]) -> None:
    """Bucket, prefix, log group and key are read; empty texts are unset, and other fields are none of its business."""
    record = declare({"session_preferences": session(inputs)}, answer=answer)

    assert PERMISSIONS.policy(record)["policy"] == compact(*wanted(grants))


@pytest.mark.parametrize("key", KEY_REFERENCES)
def test_every_reference_to_a_key_is_resolved(key: str) -> None:
    """Each form that AWS KMS knows but the key's own ARN is asked for as it stands in the document."""
    record = declare({"session_preferences": session({"kmsKeyId": key})}, answer=answer)

    assert [(call.token, call.args) for call in record.invokes] == [(GET_KEY, {"keyId": key})]


@pytest.mark.parametrize("kind", ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands", "Port"])
def test_every_type_of_session_is_read(kind: str) -> None:
    """A document of any session type that AWS has is read the same."""
    record = declare({"session_preferences": session({"kmsKeyId": KEY}, sessionType=kind, parameters={})})

    assert PERMISSIONS.policy(record)["policy"] == compact(CHANNELS, decrypt(KEY))


@pytest.mark.parametrize(
    "content",
    ['{"schemaVersion":"1.0","sessionType":"Port"}', session({}).ljust(65_536)],
    ids=["no inputs", "the largest size"],
)
def test_a_document_may_name_nothing(content: str) -> None:
    """A document without inputs is read, and one as long as Systems Manager takes."""
    record = declare({"session_preferences": content})

    assert PERMISSIONS.policy(record)["policy"] == compact(CHANNELS)


def test_the_other_inputs_add_to_it() -> None:
    """Keys, heartbeat, the other account and the bucket's key come on top of what the document says."""
    others = {
        "s3_log_encryption_enforced": True,
        "allow_update_instance_information": True,
        "s3_log_cross_account": True,
        "s3_log_kms_key_arn": BUCKET_KEY,
    }
    record = declare(
        {**others, "session_preferences": session(LOGGING), "kms_key_arns": [OTHER_KEY, FOUND_KEY]}, answer=answer
    )
    grants = {**ALL_OF_LOGGING, **others, "kms_key_arns": [FOUND_KEY, OTHER_KEY]}

    assert PERMISSIONS.policy(record)["policy"] == compact(*wanted(grants))


def test_enforcement_without_a_bucket_in_the_document() -> None:
    """Enforced encryption stands for any bucket where the document names none, as it does without a document."""
    record = declare({"session_preferences": session({}), "s3_log_encryption_enforced": True})

    assert PERMISSIONS.policy(record)["policy"] == compact(CHANNELS, ANY_ENCRYPTION)


@pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
def test_the_calls_follow_the_components_provider(kind: Kind) -> None:
    """Every call is made with the provider that the caller gave the component: another Region has other keys."""
    record = kind.declare(
        {"session_preferences": session(LOGGING)},
        lambda: pulumi.ResourceOptions(provider=aws.Provider("china", region="cn-north-1")),
        answer=answer,
    )

    assert [call.provider for call in record.invokes] == [f"{STACK}$pulumi:providers:aws::china::china-id"] * 4


def test_a_secret_document_makes_a_secret_policy() -> None:
    """What was found for a secret document is secret as well."""
    record = declare(lambda: {"session_preferences": pulumi.Output.secret(session({"kmsKeyId": "x"}))}, answer=answer)

    assert PERMISSIONS.policy(record)["policy"] == Secret(compact(CHANNELS, decrypt(FOUND_KEY)))


def test_an_unknown_document_asks_nothing() -> None:
    """In preview nothing is asked for a document that is not known."""
    record = declare(lambda: {"session_preferences": unknown()}, preview=True)

    assert record.invokes == []
    assert written(record) == [COMPONENT, ROLE_POLICY]
