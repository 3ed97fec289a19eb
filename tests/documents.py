"""The oracle: what AWS documents for each combination of inputs, written without the package."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

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
"""Every input that grants something, with a value. The wrong values of `bad_inputs` go by it."""

Statement = Mapping[str, Any]
Grant = tuple[str, str]
"""An action and the resource that it is allowed on."""


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


OWN: Final = policy(allow(["s3:GetObject"]))
"""What a role has beside the component's policy."""


def wanted(inputs: Mapping[str, Any]) -> list[Statement]:
    """Return the statements that AWS's pages have for the inputs, in the order of AWS's example policies."""
    return [
        CHANNELS_AND_HEARTBEAT if inputs.get("allow_update_instance_information") else CHANNELS,
        *_on_log_groups(inputs.get("cloudwatch_log_group_arns")),
        *_on_bucket(inputs),
        *(decrypt(one_or_several(keys)) for keys in [inputs.get("kms_key_arns")] if keys),
        *(encrypt_logs(key) for key in [inputs.get("s3_log_kms_key_arn")] if key and inputs.get("s3_log_bucket_arn")),
    ]


def _on_log_groups(groups: Sequence[str] | None) -> list[Statement]:
    return [FIND_LOG_GROUPS, write_groups(one_or_several([f"{arn}:*" for arn in groups]))] if groups else []


def _on_bucket(inputs: Mapping[str, Any]) -> list[Statement]:
    bucket, prefix = inputs.get("s3_log_bucket_arn"), inputs.get("s3_log_key_prefix")
    if bucket is None:
        return [ANY_ENCRYPTION] if inputs.get("s3_log_encryption_enforced") else []
    objects = f"{bucket}/{prefix}/*" if prefix else f"{bucket}/*"
    put_objects = put(objects, cross_account=bool(inputs.get("s3_log_cross_account")))
    return [put_objects, allow(["s3:GetEncryptionConfiguration"], bucket)]


def with_input(name: str) -> list[dict[str, Any]]:
    """Return an input with its value, alone and with a log bucket."""
    return [{**beside, name: ALL_GRANTS.get(name)} for beside in ({}, {"s3_log_bucket_arn": BUCKET})]


def added_by(name: str) -> set[str]:
    """Return the actions that AWS's pages have with an input and not without it."""
    return {action for inputs in with_input(name) for action in _actions(inputs) - _actions({**inputs, name: None})}


def _actions(inputs: Mapping[str, Any]) -> set[str]:
    return {action for statement in wanted(inputs) for action in statement["Action"]}


def one_or_several(resources: Sequence[str]) -> str | list[str]:
    """Return resources as AWS writes them: one as a string, several as a list, without repeats."""
    first, *others = dict.fromkeys(resources)
    return [first, *others] if others else first


def combinations() -> Iterator[dict[str, Any]]:
    """Yield every combination of the inputs, each given, not given and, where it is a list, given twice."""
    free: dict[str, list[Any]] = {
        "allow_update_instance_information": [False, True],
        "s3_log_encryption_enforced": [False, True],
        "cloudwatch_log_group_arns": [[], [LOG_GROUP], [OTHER_LOG_GROUP, LOG_GROUP]],
        "kms_key_arns": [[], [KEY], [OTHER_KEY, KEY]],
    }
    with_bucket: dict[str, list[Any]] = {
        "s3_log_bucket_arn": [BUCKET],
        "s3_log_key_prefix": [None, "team/web"],
        "s3_log_cross_account": [False, True],
        "s3_log_kms_key_arn": [None, BUCKET_KEY, KEY],
    }
    for choices in (free, {**free, **with_bucket}):
        yield from (dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values()))


def granted(document: Mapping[str, Any]) -> set[Grant]:
    """Return each action of a document with each of its resources."""
    return {
        (action, resource)
        for statement in document["Statement"]
        for action in statement["Action"]
        for resource in (
            [statement["Resource"]] if isinstance(statement["Resource"], str) else list(statement["Resource"])
        )
    }
