"""The policy document: checked plain values in, AWS's statements out. Nothing here knows Pulumi."""

import json
from collections.abc import Mapping, Sequence
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

# "Actions, resources, and condition keys for Amazon CloudWatch Logs" (Service Authorization Reference): the first
# applies to all resources only, the others to a log group.
DESCRIBE_LOG_GROUPS: Final = "logs:DescribeLogGroups"
LOG_GROUP_ACTIONS: Final = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")

_ANY: Final = (ANY_RESOURCE,)

Grants = Mapping[str, Any]
"""What a role is to be granted: the checked, plain value of each field of `GrantArgs`; other inputs may be there."""

Statement = tuple[Sequence[str], Sequence[str]]
"""Actions and resources."""


def document(grants: Grants) -> dict[str, Any]:
    """Return the policy document that grants just this; a repeated resource counts once."""
    return {
        "Version": POLICY_VERSION,
        "Statement": [
            {"Effect": "Allow", "Action": list(actions), "Resource": _one_or_many(resources)}
            for actions, resources in _statements(grants)
        ],
    }


def _one_or_many(resources: Sequence[str]) -> str | list[str]:
    different = list(dict.fromkeys(resources))
    return different[0] if len(different) == 1 else different


def _statements(grants: Grants) -> list[Statement]:
    """Return the statements that the grants ask for, in the order of AWS's example policies."""
    return [
        *_channel_statements(grants),
        *_cloudwatch_statements(grants),
        *_s3_statements(grants),
        *_session_key_statements(grants),
        *_bucket_key_statements(grants),
    ]


def _channel_statements(grants: Grants) -> list[Statement]:
    if grants["allow_update_instance_information"]:
        return [((*CHANNEL_ACTIONS, UPDATE_INSTANCE_INFORMATION), _ANY)]
    return [(CHANNEL_ACTIONS, _ANY)]


def _cloudwatch_statements(grants: Grants) -> list[Statement]:
    log_group_arns: Sequence[str] = grants["cloudwatch_log_group_arns"]
    if not log_group_arns:
        return []
    return [((DESCRIBE_LOG_GROUPS,), _ANY), (LOG_GROUP_ACTIONS, [f"{arn}:*" for arn in log_group_arns])]


def _s3_statements(grants: Grants) -> list[Statement]:
    bucket: str | None = grants["s3_log_bucket_arn"]
    if bucket is None:
        return [((GET_ENCRYPTION_CONFIGURATION,), _ANY)] if grants["s3_log_encryption_enforced"] else []
    prefix: str | None = grants["s3_log_key_prefix"]
    objects = f"{bucket}/{prefix}/*" if prefix else f"{bucket}/*"
    put = (PUT_OBJECT, PUT_OBJECT_ACL) if grants["s3_log_cross_account"] else (PUT_OBJECT,)
    return [(put, (objects,)), ((GET_ENCRYPTION_CONFIGURATION,), (bucket,))]


def _session_key_statements(grants: Grants) -> list[Statement]:
    key_arns: Sequence[str] = grants["kms_key_arns"]
    return [((DECRYPT,), key_arns)] if key_arns else []


def _bucket_key_statements(grants: Grants) -> list[Statement]:
    key_arn: str | None = grants["s3_log_kms_key_arn"]
    if grants["s3_log_bucket_arn"] is None or key_arn is None:
        return []
    return [((GENERATE_DATA_KEY, DECRYPT), (key_arn,))]


def to_json(policy: Mapping[str, Any]) -> str:
    """Return a document as compact JSON: the same document always gives the same bytes."""
    return json.dumps(policy, separators=(",", ":"))


def size(policy_json: str) -> int:
    """Return a document's size as IAM counts it: in characters, without white space."""
    return len("".join(policy_json.split()))
