"""The policy document: plain checked values in, AWS's statements out. Nothing here knows Pulumi."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
# can name no resource, the others name a log group.
DESCRIBE_LOG_GROUPS: Final = "logs:DescribeLogGroups"
LOG_GROUP_ACTIONS: Final = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")

# "IAM and AWS STS quotas" (IAM User Guide), in characters, white space not counted.
INLINE_POLICIES_LIMIT: Final = 10_240
MANAGED_POLICY_LIMIT: Final = 6_144

VERSION: Final = "2012-10-17"
ANY: Final = ("*",)


@dataclass(frozen=True)
class Grants:
    """What a role is to be granted: checked, plain, without repeats."""

    kms_key_arns: Sequence[str] = ()
    s3_log_encryption_enforced: bool = False
    allow_update_instance_information: bool = False
    s3_log_bucket_arn: str | None = None
    s3_log_key_prefix: str | None = None
    s3_log_cross_account: bool = False
    s3_log_kms_key_arn: str | None = None
    cloudwatch_log_group_arns: Sequence[str] = ()


Statement = tuple[Sequence[str], Sequence[str]]


def statements(grants: Grants) -> list[Statement]:
    """Return the actions and resources that the grants ask for, in the order of AWS's example policies."""
    channels: Sequence[str] = CHANNEL_ACTIONS
    if grants.allow_update_instance_information:
        channels = (*channels, UPDATE_INSTANCE_INFORMATION)
    session_data: list[Statement] = [((DECRYPT,), grants.kms_key_arns)] if grants.kms_key_arns else []
    return [
        (channels, ANY),
        *_cloudwatch_statements(grants.cloudwatch_log_group_arns),
        *_s3_statements(grants),
        *session_data,
        *_bucket_key_statements(grants),
    ]


def _cloudwatch_statements(log_group_arns: Sequence[str]) -> list[Statement]:
    if not log_group_arns:
        return []
    return [((DESCRIBE_LOG_GROUPS,), ANY), (LOG_GROUP_ACTIONS, [f"{arn}:*" for arn in log_group_arns])]


def _s3_statements(grants: Grants) -> list[Statement]:
    bucket = grants.s3_log_bucket_arn
    if bucket is None:
        return [((GET_ENCRYPTION_CONFIGURATION,), ANY)] if grants.s3_log_encryption_enforced else []
    objects = f"{bucket}/{grants.s3_log_key_prefix}/*" if grants.s3_log_key_prefix else f"{bucket}/*"
    put = (PUT_OBJECT, PUT_OBJECT_ACL) if grants.s3_log_cross_account else (PUT_OBJECT,)
    return [(put, (objects,)), ((GET_ENCRYPTION_CONFIGURATION,), (bucket,))]


def _bucket_key_statements(grants: Grants) -> list[Statement]:
    if grants.s3_log_bucket_arn is None or grants.s3_log_kms_key_arn is None:
        return []
    return [((GENERATE_DATA_KEY, DECRYPT), (grants.s3_log_kms_key_arn,))]


def document(grants: Grants) -> dict[str, Any]:
    """Return the policy document that grants just this."""
    return {
        "Version": VERSION,
        "Statement": [
            {"Effect": "Allow", "Action": list(actions), "Resource": _one_or_many(resources)}
            for actions, resources in statements(grants)
        ],
    }


def _one_or_many(resources: Sequence[str]) -> str | list[str]:
    return resources[0] if len(resources) == 1 else list(resources)


def to_json(policy: Mapping[str, Any]) -> str:
    """Return a document as compact JSON: the same document always gives the same bytes."""
    return json.dumps(policy, separators=(",", ":"))


def size(policy_json: str) -> int:
    """Return a document's size as IAM counts it: in characters, without white space."""
    return len("".join(policy_json.split()))
