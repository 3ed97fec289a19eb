"""What to grant a role: each input with its type and its description and, right below, its rules."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NotRequired, Optional, TypedDict

import pulumi

from . import _preferences, _validators
from ._document import Grants
from ._errors import Problem, show
from ._inputs import InputReader, Rule, is_known, is_output


class GrantArgs(TypedDict):
    """What to grant a role: the inputs of `policy_document` and of every component."""

    kms_key_arns: NotRequired[pulumi.Input[Optional[Sequence[pulumi.Input[str]]]]]
    """ARNs of the KMS keys that encrypt session data. Grants kms:Decrypt on them. Write key ARNs, of any partition and
    Region: aliases, bare key ids and wildcards are refused. Default: none."""

    s3_log_encryption_enforced: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether the session preferences have "Enforce S3 log encryption" on. Grants s3:GetEncryptionConfiguration: on the
    log bucket if it is known here, else on every bucket (*), as AWS's own policy does. If neither s3_log_bucket_arn nor
    session_preferences names the bucket, logs are lost, because nothing grants s3:PutObject. Default: false."""

    allow_update_instance_information: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether to grant ssm:UpdateInstanceInformation, the agent's heartbeat. Without the heartbeat a node does not
    register (TargetNotConnected). Leave it off if the role has the action already. Leave it off too if Default Host
    Management Configuration manages the node: with the action, the agent would prefer this role. Default: false."""

    s3_log_bucket_arn: NotRequired[pulumi.Input[Optional[str]]]
    """ARN of the S3 bucket for session logs. Grants s3:PutObject on the objects under s3_log_key_prefix, and
    s3:GetEncryptionConfiguration on the bucket: the agent asks for it before it uploads. Default: none."""

    s3_log_key_prefix: NotRequired[pulumi.Input[Optional[str]]]
    """S3 key prefix of the session logs, as in the preferences. Only with a bucket. It is cleaned as by the agent:
    team//a/ becomes team/a, and ../a becomes a. A value with *, ?, ${ or {{ }} is refused, and so is one of which
    nothing stays, such as /. Default: none, which grants the whole bucket."""

    s3_log_cross_account: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether the log bucket belongs to another account. Also grants s3:PutObjectAcl. Only with a bucket. The bucket
    policy there must allow the role as well. Default: false."""

    s3_log_kms_key_arn: NotRequired[pulumi.Input[Optional[str]]]
    """ARN of the KMS key that encrypts the log bucket. It is not the key of the session data. Grants
    kms:GenerateDataKey and kms:Decrypt on it. Only with a bucket. Default: none."""

    cloudwatch_log_group_arns: NotRequired[pulumi.Input[Optional[Sequence[pulumi.Input[str]]]]]
    """ARNs of the CloudWatch log groups for session logs, with or without :* at the end. Grants logs:CreateLogStream,
    logs:DescribeLogStreams and logs:PutLogEvents on them, and logs:DescribeLogGroups on *. Default: none."""


@dataclass(frozen=True)
class Grant(Rule):
    """The rules of an input that grants something."""

    # Whether it takes effect only with a log bucket, and whether it is read from session preferences that are set.
    needs_bucket: bool = False
    in_preferences: bool = False


GRANTS: Final[Mapping[str, Grant]] = {
    "kms_key_arns": Grant(_validators.kms_key_arn, many=True, default=()),
    "s3_log_encryption_enforced": Grant(_validators.boolean, default=False),
    "allow_update_instance_information": Grant(_validators.boolean, default=False),
    "s3_log_bucket_arn": Grant(_validators.bucket_arn, in_preferences=True),
    "s3_log_key_prefix": Grant(_validators.key_prefix, needs_bucket=True, in_preferences=True),
    "s3_log_cross_account": Grant(_validators.boolean, default=False, needs_bucket=True),
    "s3_log_kms_key_arn": Grant(_validators.kms_key_arn, needs_bucket=True),
    "cloudwatch_log_group_arns": Grant(_validators.log_group_arn, many=True, default=(), in_preferences=True),
}


class ComponentGrantArgs(GrantArgs):
    """The grants of a component, some of which can be read from the session preferences instead."""

    session_preferences: NotRequired[pulumi.Input[Optional[str]]]
    """JSON content of a Session document (SSM-SessionManagerRunShell) of the provider's Region. Bucket, prefix, log
    group and session key are read from it, and names in it are looked up with the provider. A template ({{ }}) in one
    of them is refused. Do not set the bucket, its prefix or the log groups as well. The other inputs add to it.
    Default: none."""


PREFERENCES: Final = "session_preferences"
LOG_GROUPS: Final = "cloudwatch_log_group_arns"


def read_grants(reader: InputReader, *, plain: str | None = None) -> dict[str, Any]:
    """Return the valid value of each grant, by its name. With `plain`, an Output is refused with this remedy."""
    return {name: reader.read(name, replace(grant, plain=plain)) for name, grant in GRANTS.items()}


def read_component_grants(reader: InputReader) -> dict[str, Any]:
    """Return the valid value of each grant and of the session preferences, by its name."""
    return {**read_grants(reader), PREFERENCES: reader.read(PREFERENCES, Rule(_preferences.parse))}


def grant_problems(grants: Grants) -> Iterator[Problem]:
    """Yield the problems between grants. What is wrong or resolves later is not judged."""
    preferences = grants.get(PREFERENCES)
    named = preferences.bucket if isinstance(preferences, _preferences.Preferences) else preferences
    no_bucket = named is None and grants["s3_log_bucket_arn"] is None
    for name, grant in GRANTS.items():
        value = grants[name]
        if not value or not is_known(value):
            continue
        if grant.in_preferences and preferences is not None:
            if not is_output(preferences):
                rule = f"it is read from «{PREFERENCES}», which is set as well"
                yield Problem(name, show(value), rule, "set only one of the two")
        elif grant.needs_bucket and no_bucket:
            also = f" or in «{PREFERENCES}»" if PREFERENCES in grants else ""
            remedy = f"name a bucket in «s3_log_bucket_arn»{also}, or leave this input out"
            yield Problem(name, show(value), "it needs a log bucket", remedy)
