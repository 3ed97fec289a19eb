"""What a role can be granted: each input once, with its type, its description and, right below, its check."""

from collections.abc import Mapping, Sequence
from typing import Final, NotRequired, Optional, TypedDict

import pulumi

from . import _checks, _preferences
from ._inputs import Spec


class GrantArgs(TypedDict):
    """What a role is to be granted: the inputs of `policy_document` and of every component."""

    kms_key_arns: NotRequired[pulumi.Input[Optional[Sequence[pulumi.Input[str]]]]]
    """ARNs of the KMS keys that encrypt session data: grants kms:Decrypt on them. Key ARNs only, of any partition and
    Region; no alias, bare key id or wildcard. Default: none."""

    s3_log_encryption_enforced: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether the session preferences have "Enforce S3 log encryption" on: grants s3:GetEncryptionConfiguration, on the
    log bucket if it is known here, else on every bucket (*), as AWS's own policy does. Without a bucket here or in the
    preferences the session starts, and its log is lost: nothing grants s3:PutObject. Default: false."""

    allow_update_instance_information: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether to grant ssm:UpdateInstanceInformation, the agent's heartbeat, without which a node does not register
    (TargetNotConnected). Leave it off where the role has it already, and where Default Host Management Configuration
    manages the node: the agent would prefer the role. Default: false."""

    s3_log_bucket_arn: NotRequired[pulumi.Input[Optional[str]]]
    """ARN of the S3 bucket for session logs: grants s3:PutObject on the objects under s3_log_key_prefix, and
    s3:GetEncryptionConfiguration on the bucket, which the agent asks for before it uploads. Default: none."""

    s3_log_key_prefix: NotRequired[pulumi.Input[Optional[str]]]
    """S3 key prefix of the session logs, as the preferences have it; only with a bucket. It is cleaned as the agent
    does it (team//a/ is team/a, ../a is a); *, ?, ${ and {{ }} are refused. Default: none, which grants the whole
    bucket."""

    s3_log_cross_account: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether the log bucket belongs to another account: grants s3:PutObjectAcl, too; only with a bucket. Default:
    false."""

    s3_log_kms_key_arn: NotRequired[pulumi.Input[Optional[str]]]
    """ARN of the KMS key that encrypts the log bucket, which is not the key of the session data: grants
    kms:GenerateDataKey and kms:Decrypt on it; only with a bucket. Default: none."""

    cloudwatch_log_group_arns: NotRequired[pulumi.Input[Optional[Sequence[pulumi.Input[str]]]]]
    """ARNs of the CloudWatch log groups for session logs, with or without :* at the end: grants logs:CreateLogStream,
    logs:DescribeLogStreams and logs:PutLogEvents on them, and logs:DescribeLogGroups on *. Default: none."""


GRANTS: Final[Mapping[str, Spec]] = {
    "kms_key_arns": Spec(_checks.kms_key_arn, many=True, default=()),
    "s3_log_encryption_enforced": Spec(_checks.boolean, default=False),
    "allow_update_instance_information": Spec(_checks.boolean, default=False),
    "s3_log_bucket_arn": Spec(_checks.bucket_arn),
    "s3_log_key_prefix": Spec(_checks.key_prefix),
    "s3_log_cross_account": Spec(_checks.boolean, default=False),
    "s3_log_kms_key_arn": Spec(_checks.kms_key_arn),
    "cloudwatch_log_group_arns": Spec(_checks.log_group_arn, many=True, default=()),
}


class ComponentGrantArgs(GrantArgs):
    """The grants of a component, some of which can be read from the session preferences instead."""

    session_preferences: NotRequired[pulumi.Input[Optional[str]]]
    """JSON content of a Session document (SSM-SessionManagerRunShell) of the provider's Region. Bucket, prefix, log
    group and key are read from it, and what it names is looked up with the provider; the other inputs add to it, but
    the bucket, its prefix and the log groups cannot be given as well. A template ({{ }}) in what is read is
    refused. Default: none."""


COMPONENT_GRANTS: Final[Mapping[str, Spec]] = {**GRANTS, "session_preferences": Spec(_preferences.parse)}
