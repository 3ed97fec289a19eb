"""Looks up what session preferences name: the ARNs of bucket, log group and key."""

from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, Final, NamedTuple

import pulumi

from . import _invokes
from ._aws import BUCKET_ARN, BUCKET_ARN_FORMAT, KMS_KEY_ARN, LOG_GROUP_ARN, LOG_GROUP_ARN_FORMAT
from ._component import Component
from ._errors import Problem, raise_problems, show
from ._outputs import gather_by_key
from ._preferences import Preferences

_KEY_PATH: Final = "session_preferences.inputs.kmsKeyId"
_NO_KEY: Final = "AWS KMS has no such key or alias in the account and Region of the provider"
_CORRECT_KEY: Final = (
    "correct it in the Session document, or give the component the provider of the document's Region; if the same "
    "program creates it, make the component depend on it («depends_on»)"
)
_ARNS: Final = {"bucket": BUCKET_ARN, "log_group": LOG_GROUP_ARN, "key": KMS_KEY_ARN}
# Mocks and other endpoints can answer anything.
_NO_ARN: Final = (
    "the AWS provider's answers make this of it, which is not an ARN",
    "check the provider's endpoints; in a unit test, let the mocks' call method return what AWS returns",
)

_Found = str | Problem | None  # `None` if unknown in preview


class Arns(NamedTuple):
    """The ARNs of what session preferences name."""

    bucket: str | None = None
    log_group: str | None = None
    key: str | None = None


async def look_up_arns(
    component: Component, preferences: Preferences, *, may_be_new: bool, secret: bool
) -> Arns | None:
    """Return the ARNs of what the preferences name; `None` if unknown in preview.

    `may_be_new` says whether the program may create the key. No error repeats secret preferences.
    """
    lookups: dict[str, Coroutine[Any, Any, _Found]] = {}
    if preferences.bucket or preferences.log_group:
        lookups["partition"] = _look_up(component, _invokes.GET_PARTITION)
    if preferences.log_group:
        lookups["region"] = _look_up(component, _invokes.GET_REGION)
        lookups["account"] = _look_up(component, _invokes.GET_CALLER_IDENTITY)
    if preferences.key and not KMS_KEY_ARN.fullmatch(preferences.key):
        lookups["key"] = _look_up_key(component, preferences.key, may_be_new=may_be_new, secret=secret)
    found = await gather_by_key(lookups)
    problems = [each for each in found.values() if isinstance(each, Problem)]
    raise_problems(component.owner, problems, secret=secret)
    if None in found.values():
        return None
    formatted = dict(_formatted(preferences, found))
    wrong = [arn for name, arn in formatted.items() if not _ARNS[name].fullmatch(arn)]
    problems = [Problem("session_preferences", show(arn), *_NO_ARN) for arn in wrong]
    raise_problems(component.owner, problems, secret=secret)
    return Arns(**formatted)


async def _look_up(component: Component, function: _invokes.Function) -> _Found:
    try:
        value = await _invokes.provider_field(component, function)
    except _invokes.InvokeError as error:
        rule = f"{function.token} has failed ({error.reason(secret=False)})"
        return Problem("session_preferences", "", rule, "check the credentials and the Region of the provider")
    if value or pulumi.runtime.is_dry_run():
        return value or None
    return Problem("session_preferences", "", *_invokes.without_answer(function, function.field))


async def _look_up_key(component: Component, key: str, *, may_be_new: bool, secret: bool) -> _Found:
    if not await _invokes.dependencies_exist(component):
        return None
    try:
        answer = await _invokes.retry_until_found(
            lambda: _invokes.invoke(component, _invokes.GET_KEY, {"keyId": key}), may_be_new=may_be_new
        )
    except _invokes.InvokeError as error:
        if error.is_not_found:
            return Problem(_KEY_PATH, show(key), _NO_KEY, _CORRECT_KEY)
        why = error.reason(secret=secret)
    else:
        return (answer or {}).get("arn") or None
    rule = "AWS KMS did not return the key's ARN" + (f" ({why})" if why else "")
    remedy = "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
    return Problem(_KEY_PATH, show(key), rule, remedy)


def _formatted(preferences: Preferences, found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if preferences.bucket:
        yield "bucket", BUCKET_ARN_FORMAT.format(**found, bucket=preferences.bucket)
    if preferences.log_group:
        yield "log_group", LOG_GROUP_ARN_FORMAT.format(**found, log_group=preferences.log_group)
    if preferences.key:
        yield "key", found.get("key", preferences.key)
