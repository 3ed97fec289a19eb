"""What AWS's pages grant for every combination of inputs, as pairs of action and resource, without the package."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from tests.policies import BUCKET, BUCKET_KEY, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, OTHER_LOG_GROUP

Grant = tuple[str, str]
"""An action and the resource that it is allowed on."""


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


def wanted(inputs: Mapping[str, Any]) -> set[Grant]:
    """Return what AWS's pages grant for the inputs: each action with its resource."""
    grants = {(action, "*") for action in CHANNEL_ACTIONS}
    if inputs.get("allow_update_instance_information"):
        grants.add(("ssm:UpdateInstanceInformation", "*"))
    if groups := inputs.get("cloudwatch_log_group_arns"):
        actions = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        grants.add(("logs:DescribeLogGroups", "*"))
        grants.update((action, f"{arn}:*") for arn in groups for action in actions)
    grants.update(("kms:Decrypt", arn) for arn in inputs.get("kms_key_arns") or ())
    return grants | wanted_on_s3(inputs)


def wanted_on_s3(inputs: Mapping[str, Any]) -> set[Grant]:
    """Return what AWS's pages grant for logs in S3."""
    bucket, key = inputs.get("s3_log_bucket_arn"), inputs.get("s3_log_kms_key_arn")
    if bucket is None:
        return {("s3:GetEncryptionConfiguration", "*")} if inputs.get("s3_log_encryption_enforced") else set()
    prefix = inputs.get("s3_log_key_prefix")
    objects = f"{bucket}/{prefix}/*" if prefix else f"{bucket}/*"
    put = ["s3:PutObject", *(["s3:PutObjectAcl"] if inputs.get("s3_log_cross_account") else [])]
    of_key = {(action, key) for action in ("kms:Decrypt", "kms:GenerateDataKey")} if key else set()
    return {("s3:GetEncryptionConfiguration", bucket), *((action, objects) for action in put)} | of_key


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
