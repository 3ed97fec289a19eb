"""What to grant a role: each input with its description, its rule, and the rules between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NotRequired, Optional, TypedDict

import pulumi

from ._document import Grants
from ._errors import Problem, show
from ._inputs import InputReader, ReadInput, Unresolved, WithoutValue
from ._preferences import Preferences, parse
from ._validators import Validate, boolean, bucket_arn, key_prefix, kms_key_arn, list_of, log_group_arn, optional


class GrantArgs(TypedDict):
    """What to grant a role: the inputs of `policy_document` and of every component."""

    allow_update_instance_information: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether to grant ssm:UpdateInstanceInformation, the agent's heartbeat, which registers the node. Without it, from
    this policy or another one of the role, the node is not listed and sessions end with TargetNotConnected. Leave it
    off for ECS tasks, and where Default Host Management Configuration manages the node, because an agent that may call
    it uses this role instead. That configuration serves only EC2 instances with IMDSv2 and SSM Agent 3.2.582.0 or
    newer. Example: `allow_update_instance_information=True`. Default: false."""

    kms_key_arns: NotRequired[pulumi.Input[Optional[Sequence[pulumi.Input[str]]]]]
    """ARNs of the KMS keys that encrypt session data. Grants kms:Decrypt on them. For an alias or a key id,
    aws.kms.get_key looks the ARN up. Must be key ARNs, of any partition and Region; not an alias's ARN, which IAM
    stores but never matches. Example: `kms_key_arns=[aws.kms.get_key(key_id="alias/session-data").arn]`. Default:
    none."""

    s3_log_bucket_arn: NotRequired[pulumi.Input[Optional[str]]]
    """ARN of the S3 bucket for session logs. Grants s3:PutObject on the objects under s3_log_key_prefix, and
    s3:GetEncryptionConfiguration on the bucket, which the agent asks for before each upload. Must be the ARN of one
    bucket, without its objects, and of no access point, because the preferences name a bucket. Example:
    `s3_log_bucket_arn="arn:aws:s3:::example-session-logs"`. Default: none."""

    s3_log_key_prefix: NotRequired[pulumi.Input[Optional[str]]]
    """Key prefix of the session logs, as in the preferences. The agent cleans it, and so does this input: team//a/
    becomes team/a, and ../a becomes a. An empty prefix, or an Output without a value, is an error: leave the input out
    for the whole bucket. In Node.js such an Output, and in YAML a null, is left out before this can refuse it, so look
    for BUCKET/* in the preview. Must come with a bucket, without *, ?, ${ or {{ }}, and name a folder. Example:
    `s3_log_key_prefix="web"`. Default: none, which grants the whole bucket."""

    s3_log_kms_key_arn: NotRequired[pulumi.Input[Optional[str]]]
    """ARN of the KMS key that encrypts the log bucket, which is not the key of the session data. Grants
    kms:GenerateDataKey and kms:Decrypt on it. Must be a key ARN, and come with a bucket. Example:
    `s3_log_kms_key_arn=aws.kms.get_key(key_id="alias/session-logs").arn`. Default: none."""

    s3_log_cross_account: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether the log bucket belongs to another account. Also grants s3:PutObjectAcl. The bucket policy there must
    allow the role as well. Must come with a bucket. Example: `s3_log_cross_account=True`. Default: false."""

    s3_log_encryption_enforced: NotRequired[pulumi.Input[Optional[bool]]]
    """Whether the preferences have "Enforce S3 log encryption" on although no bucket is named here. Grants
    s3:GetEncryptionConfiguration on every bucket (*). It adds nothing to a bucket of s3_log_bucket_arn or
    session_preferences. Without a bucket, logs are lost, because nothing grants s3:PutObject. Example:
    `s3_log_encryption_enforced=True`. Default: false."""

    cloudwatch_log_group_arns: NotRequired[pulumi.Input[Optional[Sequence[pulumi.Input[str]]]]]
    """ARNs of the CloudWatch log groups for session logs. Grants logs:CreateLogStream, logs:DescribeLogStreams and
    logs:PutLogEvents on them, and logs:DescribeLogGroups on *. Must be ARNs of log groups, with or without :* at the
    end, in the role's own account, because the agent sends only the group's name. Example:
    `cloudwatch_log_group_arns=["arn:aws:logs:eu-west-1:123456789012:log-group:/ssm/sessions"]`. Default: none."""


class ComponentGrantArgs(GrantArgs):
    """The grants of a component, some of which can be read from the session preferences instead."""

    session_preferences: NotRequired[pulumi.Input[Optional[str]]]
    """Content of the Session document SSM-SessionManagerRunShell, from which bucket, prefix, log group and session key
    are read. Names in it are looked up in the provider's account and Region. The document does not hold the bucket's
    own key and account, so set s3_log_kms_key_arn and s3_log_cross_account beside it. Must be JSON, without the inputs
    for bucket, prefix and log groups, and without a template ({{ }}) in one of the four, because only the agent knows
    its value. Example:
    `session_preferences=aws.ssm.get_document(name="SSM-SessionManagerRunShell").content`. Default: none."""


RULES: Final[Mapping[str, Validate[Any]]] = {
    "allow_update_instance_information": boolean,
    "kms_key_arns": list_of(kms_key_arn),
    "s3_log_bucket_arn": bucket_arn,
    "s3_log_key_prefix": key_prefix,
    "s3_log_kms_key_arn": kms_key_arn,
    "s3_log_cross_account": boolean,
    "s3_log_encryption_enforced": boolean,
    "cloudwatch_log_group_arns": list_of(log_group_arn),
}
"""The rule of each grant. Its input can also be missing, as each field of `Grants` can."""
_PREFERENCES: Final = "session_preferences"
# What takes effect only with a log bucket, and what is read from the session preferences if these are set.
NEED_A_BUCKET: Final = frozenset({"s3_log_key_prefix", "s3_log_kms_key_arn", "s3_log_cross_account"})
_IN_PREFERENCES: Final = frozenset({"s3_log_bucket_arn", "s3_log_key_prefix", "cloudwatch_log_group_arns"})


@dataclass(frozen=True)
class GrantInputs:
    """What was read of the inputs that grant something, by their names: `None` of one that is missing."""

    by_name: Mapping[str, ReadInput[Any]]
    session_preferences: ReadInput[Preferences | None] = None

    @property
    def are_known(self) -> bool:
        """Whether nothing resolves later or has to be looked up, as names in session preferences have."""
        return self.session_preferences is None and not any(
            isinstance(value, WithoutValue) for value in self.by_name.values()
        )


def read_grants(reader: InputReader, *, no_output: str | None = None) -> GrantInputs:
    """Read each grant. With `no_output`, an Output is refused, and this is what to write instead."""

    def read(name: str, rule: Validate[Any]) -> ReadInput[Any]:
        # An Output of `None` would grant the whole bucket.
        validate_resolved = rule if name == "s3_log_key_prefix" else None
        return reader.read(name, optional(rule), no_output=no_output, validate_resolved=validate_resolved)

    return GrantInputs({name: read(name, rule) for name, rule in RULES.items()})


def read_component_grants(reader: InputReader) -> GrantInputs:
    """Read each grant, and the session preferences."""
    return replace(read_grants(reader), session_preferences=reader.read(_PREFERENCES, optional(parse)))


def grants_of(values: Mapping[str, Any]) -> Grants:
    """Return what the inputs themselves grant, once all have their values."""
    return Grants(**{name: value for name, value in values.items() if value is not None})


def grant_problems(inputs: GrantInputs, *, of_component: bool) -> Iterator[Problem]:
    """Yield the problems between grants. What is wrong or resolves later is not judged."""
    preferences = inputs.session_preferences
    in_preferences = preferences is not None and not (isinstance(preferences, Preferences) and not preferences.bucket)
    has_bucket = in_preferences or inputs.by_name["s3_log_bucket_arn"] is not None
    for name, value in inputs.by_name.items():
        if not value or isinstance(value, WithoutValue):
            continue
        if name in _IN_PREFERENCES and preferences is not None:
            # An Output may resolve to `None`; wrong preferences are set.
            if not isinstance(preferences, Unresolved):
                rule = f"it is read from «{_PREFERENCES}», which is set as well"
                yield Problem(name, show(value), rule, "set only one of the two")
        elif name in NEED_A_BUCKET and not has_bucket:
            also = f" or in «{_PREFERENCES}»" if of_component else ""
            remedy = f"name a bucket in «s3_log_bucket_arn»{also}, or leave this input out"
            yield Problem(name, show(value), "it needs a log bucket", remedy)
