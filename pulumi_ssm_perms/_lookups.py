"""What this package asks AWS: the provider's account, and the ARNs behind the names in session preferences."""

from collections.abc import Mapping
from importlib import metadata
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from . import _run
from ._aws import BUCKET_ARN_FORMAT, KMS_KEY_ARN, LOG_GROUP_ARN_FORMAT
from ._errors import InvalidInputError, Problem, show
from ._preferences import Preferences

_GET_CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"
_GET_KEY: Final = "aws:kms/getKey:getKey"
_KEY_PATH: Final = "session_preferences.inputs.kmsKeyId"
# The AWS provider says one of the first two, without AWS's own words; the others are the codes of KMS and IAM.
_NOT_FOUND: Final = ("couldn't find resource", "empty result", "NotFoundException", "NoSuchEntity")

# What an Output-shaped call of a provider's function is to answer, by what it is needed for.
_ANSWERS: Final = {
    "partition": ("aws:index/getPartition:getPartition", "partition"),
    "region": ("aws:index/getRegion:getRegion", "region"),
    "account": (_GET_CALLER_IDENTITY, "accountId"),
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


async def account(component: pulumi.Resource) -> str | None:
    """Return the provider's account, with one question for each provider and run.

    It is `None` where the question has no answer, as in a preview that does not know the provider.
    """
    provider = component.get_provider(_GET_CALLER_IDENTITY)
    key = (await provider.urn.future() if provider else None) or ""
    accounts = _run.current().accounts
    if key not in accounts:
        accounts[key] = pulumi.Output.from_input(_ask_for_account(component))
    return await accounts[key].future()


async def _ask_for_account(component: pulumi.Resource) -> str | None:
    try:
        answer = await ask(component, _GET_CALLER_IDENTITY, {}, "accountId")
    except Exception:  # noqa: BLE001 - an invoke raises nothing narrower, and no answer is an answer
        return None
    found: str | None = answer.get("accountId")
    return found


def known_after(component: pulumi.Resource, opts: pulumi.ResourceOptions | None) -> pulumi.Output[str]:
    """Return an Output that is known once what the options depend on exists; not in a preview that will create it."""
    if not (opts and opts.depends_on):
        return pulumi.Output.from_input("")
    # The SDK waits for all of them before a function's call. This function costs no call to AWS.
    after = pulumi.InvokeOutputOptions(parent=component, depends_on=opts.depends_on)
    return aws.get_partition_output(opts=after).partition


def arns(
    component: pulumi.Resource, owner: str, preferences: Preferences, *, deferred: bool, secret: bool
) -> pulumi.Output[dict[str, str | None]]:
    """Return the ARNs of bucket, log group and key that the preferences name, asking only for what is needed.

    The calls follow the component's provider. `deferred` says that the preferences came as an Output, so that in
    preview the key may not exist yet: then the result is unknown.
    """
    invoke = pulumi.InvokeOutputOptions(parent=component)
    asked: dict[str, pulumi.Output[str]] = {}
    if preferences.bucket or preferences.log_group:
        asked["partition"] = aws.get_partition_output(opts=invoke).partition
    if preferences.log_group:
        asked["region"] = aws.get_region_output(opts=invoke).region
        asked["account"] = aws.get_caller_identity_output(opts=invoke).account_id

    def build(answers: Mapping[str, str | None]) -> pulumi.Input[dict[str, str | None]]:
        unanswered = [_unanswered(*_ANSWERS[name]) for name in asked if answers[name] is None]
        if unanswered and pulumi.runtime.is_dry_run():
            # A provider whose own configuration is not known yet answers nothing.
            return pulumi.Output.from_input(pulumi.UNKNOWN)  # type: ignore[arg-type]
        if unanswered:
            raise InvalidInputError(owner, [Problem("session_preferences", "", *why) for why in unanswered])
        return _formatted(preferences, answers)

    key = _key_arn(component, owner, preferences.key, deferred=deferred, secret=secret)
    return pulumi.Output.all(**asked, key=key).apply(build)


def _formatted(preferences: Preferences, answers: Mapping[str, str | None]) -> dict[str, str | None]:
    bucket, log_group = preferences.bucket, preferences.log_group
    return {
        "bucket": bucket and BUCKET_ARN_FORMAT.format(**answers, bucket=bucket),
        "log_group": log_group and LOG_GROUP_ARN_FORMAT.format(**answers, log_group=log_group),
        "key": answers["key"],
    }


def _key_arn(
    component: pulumi.Resource, owner: str, key: str | None, *, deferred: bool, secret: bool
) -> pulumi.Input[str | None]:
    if key is None or KMS_KEY_ARN.fullmatch(key):
        return key

    async def look_up() -> str:
        try:
            answer = await ask(component, _GET_KEY, {"keyId": key}, "arn")
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            if deferred and pulumi.runtime.is_dry_run() and is_not_found(error):
                return pulumi.UNKNOWN  # type: ignore[return-value]
            raise InvalidInputError(owner, [_key_problem(key, error, secret=secret)]) from None
        arn: str = answer.get("arn", pulumi.UNKNOWN)
        return arn

    return pulumi.Output.from_input(look_up())


def is_not_found(error: Exception) -> bool:
    """Return whether a failed look-up says that there is no such thing."""
    return any(sign in str(error) for sign in _NOT_FOUND)


def _key_problem(key: str, error: Exception, *, secret: bool) -> Problem:
    if is_not_found(error):
        rule = "AWS KMS has no such key or alias in the account and Region of the provider"
        remedy = "correct it in the Session document, or give the component the provider of the document's Region"
    else:
        # AWS's message repeats what it was asked for.
        rule = "AWS KMS could not be asked for its ARN" + ("" if secret else f" ({' '.join(str(error).split())})")
        remedy = "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
    return Problem(_KEY_PATH, show(key, secret=secret), rule, remedy)
