"""What a role can be granted: the inputs for it, the rules between them, and the document that they make."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NotRequired, Optional, TypedDict

import pulumi

from . import _checks, _lookups, _policy, _preferences
from ._errors import SECRET, InvalidInputError, Problem, show
from ._inputs import REFUSED, Spec, Values, combine, is_late, read


class GrantArgs(TypedDict):
    """What a role is to be granted: the inputs that every component here has."""

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

    session_preferences: NotRequired[pulumi.Input[Optional[str]]]
    """JSON content of a Session document (SSM-SessionManagerRunShell) of the provider's Region. Bucket, prefix, log
    group and key are read from it, and what it names is looked up with the provider; the other inputs add to it, but
    the bucket, its prefix and the log groups cannot be given as well. A template ({{ }}) in what is read is
    refused. Default: none."""


SPECS: Final[Mapping[str, Spec]] = {
    "kms_key_arns": Spec(_checks.kms_key_arn, many=True, default=()),
    "s3_log_encryption_enforced": Spec(_checks.boolean, default=False),
    "allow_update_instance_information": Spec(_checks.boolean, default=False),
    "s3_log_bucket_arn": Spec(_checks.bucket_arn),
    "s3_log_key_prefix": Spec(_checks.key_prefix),
    "s3_log_cross_account": Spec(_checks.boolean, default=False),
    "s3_log_kms_key_arn": Spec(_checks.kms_key_arn),
    "cloudwatch_log_group_arns": Spec(_checks.log_group_arn, many=True, default=()),
    "session_preferences": Spec(_preferences.parse),
}
_PLAIN: Final = "call policy_document within Output.apply, or give the Output to a component"
PLAIN_SPECS: Final = {
    name: replace(spec, plain=_PLAIN) for name, spec in SPECS.items() if name != "session_preferences"
}

_NEEDS_BUCKET: Final = ("s3_log_key_prefix", "s3_log_cross_account", "s3_log_kms_key_arn")
_READ_FROM_PREFERENCES: Final = ("s3_log_bucket_arn", "s3_log_key_prefix", "cloudwatch_log_group_arns")


def policy_document(  # noqa: PLR0913 - one argument for each input
    *,
    kms_key_arns: Sequence[str] | None = None,
    s3_log_encryption_enforced: bool | None = None,
    allow_update_instance_information: bool | None = None,
    s3_log_bucket_arn: str | None = None,
    s3_log_key_prefix: str | None = None,
    s3_log_cross_account: bool | None = None,
    s3_log_kms_key_arn: str | None = None,
    cloudwatch_log_group_arns: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return the policy document that the components write, as a dict, without Pulumi.

    The statements are those of "Add Session Manager permissions to an existing IAM role" and "Create a custom IAM role
    for Session Manager" (AWS Systems Manager User Guide), in their order.

    Args:
        kms_key_arns: ARNs of the KMS keys that encrypt session data. Default: none.
        s3_log_encryption_enforced: Whether "Enforce S3 log encryption" is on. Default: false.
        allow_update_instance_information: Whether to grant the agent's heartbeat. Default: false.
        s3_log_bucket_arn: ARN of the bucket for session logs. Default: none.
        s3_log_key_prefix: S3 key prefix of the logs; only with a bucket. Default: none.
        s3_log_cross_account: Whether the bucket belongs to another account; only with a bucket. Default: false.
        s3_log_kms_key_arn: ARN of the KMS key that encrypts the bucket; only with a bucket. Default: none.
        cloudwatch_log_group_arns: ARNs of the CloudWatch log groups for session logs. Default: none.

    Raises:
        InvalidInputError: A value is wrong; all wrong ones are named, as by the components.

    """
    given = locals()
    values = read("policy_document", given, PLAIN_SPECS, lambda v: problems(v, _policy.INLINE_POLICIES_LIMIT))
    return _policy.document(_grants_of(values))


def policy_json(component: pulumi.Resource, owner: str, values: Values, limit: int) -> str | pulumi.Output[str]:
    """Return the component's document as JSON; as an Output where an input is one, or where AWS is asked for names."""
    grants = {name: values[name] for name in SPECS}
    late = is_late(grants["session_preferences"])
    checked = not any(map(is_late, grants.values()))

    def build(values: Values, *, secret: bool) -> str | pulumi.Output[str]:
        if not checked:
            _refuse(owner, problems(values, limit, secret=secret))
        preferences = values["session_preferences"]
        if preferences is None:
            return _json_of(values)
        found = _lookups.arns(component, owner, preferences, late=late, secret=secret)
        return found.apply(lambda arns: _json_with(values, preferences, arns, owner, limit))

    return combine(grants, build)  # type: ignore[no-any-return]


def problems(values: Values, limit: int, *, secret: bool = False) -> Iterator[Problem]:
    """Yield what is wrong between the inputs; those that resolve later say nothing yet."""
    preferences = values.get("session_preferences")
    if _has_no_bucket(values):
        way_out = "give s3_log_bucket_arn as well, or leave it out"
        names = _NEEDS_BUCKET if preferences is None else [n for n in _NEEDS_BUCKET if n not in _READ_FROM_PREFERENCES]
        yield from _given(values, names, "it means nothing without a log bucket", way_out, secret=secret)
    if preferences is not None and not is_late(preferences):
        rule = "session_preferences is given as well, and already says it"
        yield from _given(values, _READ_FROM_PREFERENCES, rule, "give one of the two", secret=secret)
    settled = not any(is_late(values[name]) or values[name] is REFUSED for name in PLAIN_SPECS)
    if settled and preferences is None:
        yield from _oversize(_json_of(values), limit)


def _has_no_bucket(values: Values) -> bool:
    """Return whether it is known that neither the inputs nor the preferences name a log bucket."""
    preferences = values.get("session_preferences")
    named = preferences.bucket if isinstance(preferences, _preferences.Preferences) else preferences
    return named is None and values["s3_log_bucket_arn"] is None


def _given(values: Values, names: Sequence[str], rule: str, way_out: str, *, secret: bool) -> Iterator[Problem]:
    for name in names:
        value = values[name]
        if value and value is not REFUSED and not is_late(value):
            yield Problem(name, SECRET if secret else show(value), rule, way_out)


def _oversize(policy: str, limit: int) -> Iterator[Problem]:
    size = _policy.size(policy)
    if size > limit:
        whom = "all inline policies of a role" if limit == _policy.INLINE_POLICIES_LIMIT else "a managed policy"
        rule = f"it has {size:,} characters without white space, and IAM takes {limit:,} for {whom}"
        way_out = "use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
        yield Problem("the policy document", "", rule, way_out)


def _json_with(
    values: Values, preferences: _preferences.Preferences, arns: Mapping[str, str | None], owner: str, limit: int
) -> str:
    key, log_group = arns["key"], arns["log_group"]
    grants: Values = {
        **values,
        "kms_key_arns": [*([key] if key else []), *values["kms_key_arns"]],
        "cloudwatch_log_group_arns": [log_group] if log_group else [],
        "s3_log_bucket_arn": arns["bucket"],
        "s3_log_key_prefix": preferences.key_prefix,
    }
    policy = _json_of(grants)
    _refuse(owner, _oversize(policy, limit))
    return policy


def _json_of(values: Values) -> str:
    return _policy.to_json(_policy.document(_grants_of(values)))


def _grants_of(values: Values) -> _policy.Grants:
    """Return what the values grant; a repeated key or log group counts once."""
    grants = {name: values[name] for name in PLAIN_SPECS}
    for several in ("kms_key_arns", "cloudwatch_log_group_arns"):
        grants[several] = list(dict.fromkeys(grants[several]))
    return _policy.Grants(**grants)


def _refuse(owner: str, found: Iterator[Problem]) -> None:
    if wrong := list(found):
        raise InvalidInputError(owner, wrong)
