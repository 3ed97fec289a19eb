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

_Answer = str | Problem | None  # `None` if unknown in preview


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
    lookups: dict[str, Coroutine[Any, Any, _Answer]] = {}
    if preferences.bucket or preferences.log_group:
        lookups["partition"] = _look_up(component, _invokes.GET_PARTITION)
    if preferences.log_group:
        lookups["region"] = _look_up(component, _invokes.GET_REGION)
        lookups["account"] = _look_up(component, _invokes.GET_CALLER_IDENTITY)
    if preferences.key and not KMS_KEY_ARN.fullmatch(preferences.key):
        lookups["key"] = _look_up_key(component, preferences.key, may_be_new=may_be_new, secret=secret)
    answers = await gather_by_key(lookups)
    problems = [answer for answer in answers.values() if isinstance(answer, Problem)]
    raise_problems(component.owner, problems, secret=secret)
    if None in answers.values():
        return None
    arns = dict(_arns_by_name(preferences, answers))
    wrong = [arn for name, arn in arns.items() if not _ARNS[name].fullmatch(arn)]
    problems = [Problem("session_preferences", show(arn), *_NO_ARN) for arn in wrong]
    raise_problems(component.owner, problems, secret=secret)
    return Arns(**arns)


async def _look_up(component: Component, function: _invokes.Function) -> _Answer:
    try:
        value = await _invokes.provider_field(component, function)
    except _invokes.InvokeError as error:
        rule = f"{function.token} has failed ({error.reason(secret=False)})"
        return Problem("session_preferences", "", rule, "check the credentials and the Region of the provider")
    if value or pulumi.runtime.is_dry_run():
        return value or None
    return Problem("session_preferences", "", *_invokes.without_answer(function))


async def _look_up_key(component: Component, key: str, *, may_be_new: bool, secret: bool) -> _Answer:
    if not await _invokes.dependencies_exist(component):
        return None
    try:
        answer = await _invokes.retry_until_found(
            lambda: _invokes.invoke(component, _invokes.GET_KEY, {"keyId": key}), may_be_new=may_be_new
        )
        return (answer or {}).get("arn") or None
    except _invokes.InvokeError as error:
        if error.is_not_found:
            return Problem(_KEY_PATH, show(key), _NO_KEY, _CORRECT_KEY)
        why = error.reason(secret=secret)
    rule = "AWS KMS did not return the key's ARN" + (f" ({why})" if why else "")
    remedy = "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
    return Problem(_KEY_PATH, show(key), rule, remedy)


def _arns_by_name(preferences: Preferences, answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if preferences.bucket:
        yield "bucket", BUCKET_ARN_FORMAT.format(**answers, bucket=preferences.bucket)
    if preferences.log_group:
        yield "log_group", LOG_GROUP_ARN_FORMAT.format(**answers, log_group=preferences.log_group)
    if preferences.key:
        yield "key", str(answers.get("key", preferences.key))
