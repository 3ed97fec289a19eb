"""What AWS documents, written down without the package: statements, partitions, and every combination of inputs."""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")

KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY: Final = "arn:aws:kms:us-east-2:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
BUCKET_KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/b0c4e7aa-0000-4000-8000-00000000b0c4"
BUCKET: Final = "arn:aws:s3:::session-logs"
LOG_GROUP: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:/ssm/sessions"
OTHER_LOG_GROUP: Final = "arn:aws:logs:us-east-2:123456789012:log-group:sessions#2"

ALL_GRANTS: Final[Mapping[str, Any]] = {
    "kms_key_arns": [KEY],
    "s3_log_encryption_enforced": True,
    "allow_update_instance_information": True,
    "s3_log_bucket_arn": BUCKET,
    "s3_log_key_prefix": "team",
    "s3_log_cross_account": True,
    "s3_log_kms_key_arn": BUCKET_KEY,
    "cloudwatch_log_group_arns": [LOG_GROUP],
}
"""Every input that grants something, with a value."""

Statement = Mapping[str, Any]


def allow(actions: Sequence[str], resource: str | list[str] = "*") -> Statement:
    """Return a statement as AWS writes it: no Sid, no condition."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def policy(*statements: Statement) -> dict[str, Any]:
    """Return a whole document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


CHANNEL_ACTIONS: Final = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
CHANNELS: Final = allow(CHANNEL_ACTIONS)
CHANNELS_AND_HEARTBEAT: Final = allow([*CHANNEL_ACTIONS, "ssm:UpdateInstanceInformation"])
FIND_LOG_GROUPS: Final = allow(["logs:DescribeLogGroups"])
ANY_ENCRYPTION: Final = allow(["s3:GetEncryptionConfiguration"])
BUCKET_ENCRYPTION: Final = allow(["s3:GetEncryptionConfiguration"], BUCKET)


def decrypt(key: str | list[str]) -> Statement:
    """Return the statement for the keys of session data."""
    return allow(["kms:Decrypt"], key)


def encrypt_logs(key: str) -> Statement:
    """Return the statement for the log bucket's own key."""
    return allow(["kms:GenerateDataKey", "kms:Decrypt"], key)


def write_groups(streams: str | list[str]) -> Statement:
    """Return the statement for streams and events in log groups."""
    return allow(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], streams)


def put(objects: str, *, cross_account: bool = False) -> Statement:
    """Return the statement for writing logs to a bucket."""
    return allow(["s3:PutObject", "s3:PutObjectAcl"] if cross_account else ["s3:PutObject"], objects)


class Choice(NamedTuple):
    """One choice of a group of inputs, and the statements that it stands for."""

    label: str
    inputs: Mapping[str, Any]
    statements: Sequence[Statement]


# In the order in which AWS's example policies have their statements.
CHOICES: Final[Sequence[Sequence[Choice]]] = (
    (
        Choice("channels", {}, [CHANNELS]),
        Choice("heartbeat", {"allow_update_instance_information": True}, [CHANNELS_AND_HEARTBEAT]),
    ),
    (
        Choice("no group", {}, []),
        Choice("group", {"cloudwatch_log_group_arns": [LOG_GROUP]}, [FIND_LOG_GROUPS, write_groups(f"{LOG_GROUP}:*")]),
        Choice(
            "groups",
            {"cloudwatch_log_group_arns": [OTHER_LOG_GROUP, LOG_GROUP]},
            [FIND_LOG_GROUPS, write_groups([f"{OTHER_LOG_GROUP}:*", f"{LOG_GROUP}:*"])],
        ),
    ),
    (
        Choice("no bucket", {}, []),
        Choice("enforced", {"s3_log_encryption_enforced": True}, [ANY_ENCRYPTION]),
        Choice("bucket", {"s3_log_bucket_arn": BUCKET}, [put(f"{BUCKET}/*"), BUCKET_ENCRYPTION]),
        Choice(
            "enforced bucket",
            {"s3_log_bucket_arn": BUCKET, "s3_log_encryption_enforced": True},
            [put(f"{BUCKET}/*"), BUCKET_ENCRYPTION],
        ),
        Choice(
            "prefix",
            {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "team/web"},
            [put(f"{BUCKET}/team/web/*"), BUCKET_ENCRYPTION],
        ),
        Choice(
            "cross-account",
            {"s3_log_bucket_arn": BUCKET, "s3_log_cross_account": True},
            [put(f"{BUCKET}/*", cross_account=True), BUCKET_ENCRYPTION],
        ),
        Choice(
            "enforced cross-account prefix",
            {
                "s3_log_bucket_arn": BUCKET,
                "s3_log_key_prefix": "team/web",
                "s3_log_cross_account": True,
                "s3_log_encryption_enforced": True,
            },
            [put(f"{BUCKET}/team/web/*", cross_account=True), BUCKET_ENCRYPTION],
        ),
    ),
    (
        Choice("no key", {}, []),
        Choice("key", {"kms_key_arns": [KEY]}, [decrypt(KEY)]),
        Choice("keys", {"kms_key_arns": [OTHER_KEY, KEY]}, [decrypt([OTHER_KEY, KEY])]),
    ),
    (
        Choice("no bucket key", {}, []),
        Choice("bucket key", {"s3_log_kms_key_arn": BUCKET_KEY}, [encrypt_logs(BUCKET_KEY)]),
        Choice("same key", {"s3_log_kms_key_arn": KEY}, [encrypt_logs(KEY)]),
    ),
)


def combinations() -> Iterator[Choice]:
    """Yield every combination of the choices that means something, with its whole document's statements."""
    for chosen in itertools.product(*CHOICES):
        inputs = {name: value for choice in chosen for name, value in choice.inputs.items()}
        if "s3_log_kms_key_arn" in inputs and "s3_log_bucket_arn" not in inputs:
            continue
        label = ", ".join(choice.label for choice in chosen)
        yield Choice(label, inputs, [statement for choice in chosen for statement in choice.statements])


def in_partition(value: Any, partition: str) -> Any:
    """Return a value with each ARN in it moved to another partition."""
    return json.loads(json.dumps(value).replace('"arn:aws:', f'"arn:{partition}:'))
