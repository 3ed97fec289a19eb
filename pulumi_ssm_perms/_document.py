"""The policy document: what to grant in, AWS's statements out. Nothing here knows Pulumi."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ._aws import ANY_RESOURCE, POLICY_VERSION

# "Add Session Manager permissions to an existing IAM role" (AWS Systems Manager User Guide).
CHANNEL_ACTIONS: Final = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
GET_ENCRYPTION_CONFIGURATION: Final = "s3:GetEncryptionConfiguration"
DECRYPT: Final = "kms:Decrypt"

# "Create a custom IAM role for Session Manager" (AWS Systems Manager User Guide).
UPDATE_INSTANCE_INFORMATION: Final = "ssm:UpdateInstanceInformation"
PUT_OBJECT: Final = "s3:PutObject"
PUT_OBJECT_ACL: Final = "s3:PutObjectAcl"
GENERATE_DATA_KEY: Final = "kms:GenerateDataKey"

# "Actions, resources, and condition keys for Amazon CloudWatch Logs" (Service Authorization Reference): the first takes
# only `*` as its resource, the others a log group. "Logs sent to CloudWatch Logs" (Amazon CloudWatch Logs User Guide)
# has `log-group:*` for the first.
DESCRIBE_LOG_GROUPS: Final = "logs:DescribeLogGroups"
PUT_LOG_EVENTS: Final = "logs:PutLogEvents"
LOG_GROUP_ACTIONS: Final = ("logs:CreateLogStream", "logs:DescribeLogStreams", PUT_LOG_EVENTS)


@dataclass(frozen=True)
class Grants:
    """What to grant a role: each field is the valid value of the input of that name."""

    allow_update_instance_information: bool = False
    kms_key_arns: list[str] = field(default_factory=list[str])
    s3_log_bucket_arn: str | None = None
    s3_log_key_prefix: str | None = None
    s3_log_kms_key_arn: str | None = None
    s3_log_cross_account: bool = False
    s3_log_encryption_enforced: bool = False
    cloudwatch_log_group_arns: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Statement:
    """Actions that the document allows on these resources. An Output would make a plain tuple of a NamedTuple."""

    actions: tuple[str, ...]
    resources: tuple[str, ...] = (ANY_RESOURCE,)


def statements_for(grants: Grants) -> tuple[Statement, ...]:
    """Return the statements that grant exactly this, in the order of AWS's example policies."""
    return tuple(_statements(grants))


def _statements(grants: Grants) -> Iterator[Statement]:
    heartbeat = (UPDATE_INSTANCE_INFORMATION,) if grants.allow_update_instance_information else ()
    yield Statement((*CHANNEL_ACTIONS, *heartbeat))
    if grants.cloudwatch_log_group_arns:
        yield Statement((DESCRIBE_LOG_GROUPS,))
        yield Statement(LOG_GROUP_ACTIONS, _without_repeats(f"{arn}:*" for arn in grants.cloudwatch_log_group_arns))
    bucket = grants.s3_log_bucket_arn
    if bucket:
        objects = f"{bucket}/{grants.s3_log_key_prefix}/*" if grants.s3_log_key_prefix else f"{bucket}/*"
        acl = (PUT_OBJECT_ACL,) if grants.s3_log_cross_account else ()
        yield Statement((PUT_OBJECT, *acl), (objects,))
        yield Statement((GET_ENCRYPTION_CONFIGURATION,), (bucket,))
    elif grants.s3_log_encryption_enforced:
        yield Statement((GET_ENCRYPTION_CONFIGURATION,))
    if grants.kms_key_arns:
        yield Statement((DECRYPT,), _without_repeats(grants.kms_key_arns))
    if bucket and grants.s3_log_kms_key_arn:
        yield Statement((GENERATE_DATA_KEY, DECRYPT), (grants.s3_log_kms_key_arn,))


def _without_repeats(resources: Iterable[str]) -> tuple[str, ...]:
    """Return the resources, a repeated one once."""
    return tuple(dict.fromkeys(resources))


def to_policy(statements: Iterable[Statement]) -> dict[str, Any]:
    """Return the policy document with these statements, as a dict: a single resource is no list."""
    return {
        "Version": POLICY_VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Action": list(statement.actions),
                "Resource": statement.resources[0] if len(statement.resources) == 1 else list(statement.resources),
            }
            for statement in statements
        ],
    }


def to_json(statements: Iterable[Statement]) -> str:
    """Return the policy document as compact JSON: the same statements always give the same bytes."""
    return json.dumps(to_policy(statements), separators=(",", ":"))


def size(policy_json: str) -> int:
    """Return a document's size as IAM counts it: in characters, without white space."""
    return len("".join(policy_json.split()))
