"""What this package asks AWS, and the ARNs behind the names in session preferences."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any

import pulumi
import pulumi_aws as aws

from ._checks import KMS_KEY_ARN
from ._errors import SECRET, InvalidInputError, Problem, show
from ._preferences import Preferences

_GET_KEY = "aws:kms/getKey:getKey"
_KEY_PATH = "session_preferences.inputs.kmsKeyId"


# What an Output-shaped call of a provider's function is to answer, by what it is needed for.
_ANSWERS = {
    "partition": ("aws:index/getPartition:getPartition", "partition"),
    "region": ("aws:index/getRegion:getRegion", "region"),
    "account": ("aws:index/getCallerIdentity:getCallerIdentity", "accountId"),
}


async def ask(component: pulumi.Resource, token: str, arguments: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Return what the component's provider answers to a function; unlike an Output, a failure can be caught.

    In a preview, a provider whose own configuration is not known yet answers nothing.

    Raises:
        LookupError: The answer lacks the field that it is asked for, as that of a unit test's mocks may.

    """
    # The version is that of the component's other calls: without it the engine would take another default provider.
    opts = pulumi.InvokeOptions(parent=component, version=metadata.version("pulumi-aws"))
    answer: Mapping[str, Any] = await pulumi.runtime.invoke_async(token, arguments, opts)
    if field not in answer and not pulumi.runtime.is_dry_run():
        raise LookupError("; ".join(_unanswered(token, field)))
    return answer


def _unanswered(token: str, field: str) -> tuple[str, str]:
    return f"{token} has not answered", f"in a unit test, let the mocks' call answer it with {field}"


def settled(component: pulumi.Resource, depends_on: Any) -> pulumi.Output[str]:
    """Return an Output that is known once these resources are there; in a preview that will make one, it is not."""
    # The SDK waits for everything in them before a function's call, which costs no call to AWS here.
    after = pulumi.InvokeOutputOptions(parent=component, depends_on=depends_on)
    return aws.get_partition_output(opts=after).partition


def arns(
    component: pulumi.Resource, owner: str, preferences: Preferences, *, late: bool, secret: bool
) -> pulumi.Output[dict[str, str | None]]:
    """Return the ARNs of bucket, log group and key that the preferences name, asking only for what is needed.

    The calls follow the component's provider. `late` says that the preferences came as an Output, so that in preview
    the key may not be there yet: then the result is unknown.
    """
    invoke = pulumi.InvokeOutputOptions(parent=component)
    asked: dict[str, pulumi.Output[str]] = {}
    if preferences.bucket or preferences.log_group:
        asked["partition"] = aws.get_partition_output(opts=invoke).partition
    if preferences.log_group:
        asked["region"] = aws.get_region_output(opts=invoke).region
        asked["account"] = aws.get_caller_identity_output(opts=invoke).account_id

    def build(answers: Mapping[str, str | None]) -> pulumi.Input[dict[str, str | None]]:
        silent = [_unanswered(*_ANSWERS[name]) for name in asked if answers[name] is None]
        if silent and pulumi.runtime.is_dry_run():
            # A provider whose own configuration is not known yet answers nothing.
            return pulumi.Output.from_input(pulumi.UNKNOWN)  # type: ignore[arg-type]
        if silent:
            raise InvalidInputError(owner, [Problem("session_preferences", "", *why) for why in silent])
        bucket = preferences.bucket and f"arn:{answers['partition']}:s3:::{preferences.bucket}"
        log_group = preferences.log_group and "arn:{partition}:logs:{region}:{account}:log-group:{group}".format(
            **answers, group=preferences.log_group
        )
        return {"bucket": bucket, "log_group": log_group, "key": answers["key"]}

    key = _key_arn(component, owner, preferences.key, late=late, secret=secret)
    return pulumi.Output.all(**asked, key=key).apply(build)


def _key_arn(
    component: pulumi.Resource, owner: str, key: str | None, *, late: bool, secret: bool
) -> pulumi.Input[str | None]:
    if key is None or KMS_KEY_ARN.fullmatch(key):
        return key

    async def look_up() -> str:
        try:
            answer = await ask(component, _GET_KEY, {"keyId": key}, "arn")
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            if late and pulumi.runtime.is_dry_run() and _not_found(error):
                return pulumi.UNKNOWN  # type: ignore[return-value]
            raise InvalidInputError(owner, [_key_problem(key, error, secret=secret)]) from None
        arn: str = answer.get("arn", pulumi.UNKNOWN)
        return arn

    return pulumi.Output.from_input(look_up())


def _not_found(error: Exception) -> bool:
    return "NotFoundException" in str(error)


def _key_problem(key: str, error: Exception, *, secret: bool) -> Problem:
    if _not_found(error):
        rule = "AWS KMS has no such key or alias in the account and Region of the provider"
        way_out = "correct it in the Session document, or give the component the provider of the document's Region"
    else:
        # AWS's message repeats what it was asked for.
        rule = "AWS KMS could not be asked for its ARN" + ("" if secret else f" ({' '.join(str(error).split())})")
        way_out = (
            "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
        )
    return Problem(_KEY_PATH, SECRET if secret else show(key), rule, way_out)
