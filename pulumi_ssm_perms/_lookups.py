"""What this package asks AWS: how it calls and reads failures, the account, and ARNs behind names in preferences."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pulumi
import pulumi_aws as aws

from . import _run, _sdk
from ._aws import BUCKET_ARN, BUCKET_ARN_FORMAT, KMS_KEY_ARN, LOG_GROUP_ARN, LOG_GROUP_ARN_FORMAT
from ._component import Component
from ._errors import Problem, raise_problems, show
from ._outputs import gathered
from ._preferences import Preferences

T = TypeVar("T")

_GET_CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"
_GET_PARTITION: Final = "aws:index/getPartition:getPartition"
_GET_REGION: Final = "aws:index/getRegion:getRegion"
_GET_KEY: Final = "aws:kms/getKey:getKey"
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

# How long to wait, in seconds, before AWS is asked again about what this run may have created.
PAUSES: Final = [1, 2, 3, 4]

_THROTTLED: Final = re.compile("Throttl|TooManyRequests|RequestLimitExceeded|Rate exceeded")
# AWS's own codes, and the AWS provider's messages that drop them.
_NOT_FOUND: Final = re.compile("NoSuchEntity|NotFoundException|couldn't find resource|empty result")
# How the AWS SDK for Go ends its messages; some codes come without "api error".
_AWS_ERROR: Final = re.compile(r"RequestID: [^,]*, (?:api error )?(?P<error>(?P<code>[A-Za-z]+): .*)$")


async def ask(component: Component, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call a function of the component's provider. Unlike the failure of an Output, a failure can be caught.

    In a preview, a provider whose own configuration is unknown answers nothing.
    """
    # Without the version of the component's other calls, the engine would use another default provider.
    opts = pulumi.InvokeOptions(parent=component.resource, version=_sdk.aws_version())
    answer: Mapping[str, Any] = await pulumi.runtime.invoke_async(token, arguments, opts)
    return answer


async def ask_in_turn(component: Component, token: str, arguments: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Ask as `ask` does, a few at a time.

    The AWS provider retries a throttled call by itself. Once it has given one up, this run asks nothing more: each
    further question would take as long. An answer without a value of the field, as from mocks, is a `LookupError`.
    """
    run = _run.current()
    async with run.turns:
        if run.throttled:
            raise run.throttled
        try:
            answer = await ask(component, token, arguments)
        except Exception as error:
            if _THROTTLED.search(str(error)):
                run.throttled = error
            raise
    if answer.get(field) is None and not pulumi.runtime.is_dry_run():
        raise LookupError("; ".join(_unanswered(token, field)))
    return answer


async def ask_until_found(question: Callable[[], Coroutine[Any, Any, T]], *, may_be_new: bool) -> T | None:
    """Return the answer to a question about what the same program may create.

    If AWS does not find it, a preview returns `None`, and an update asks again for ten seconds: IAM shows a new role
    late. What cannot be new must be there at once.
    """
    pauses = iter(PAUSES)
    while True:
        try:
            return await question()
        except Exception as error:
            if not may_be_new or not is_not_found(error):
                raise
            if pulumi.runtime.is_dry_run():
                return None
            pause = next(pauses, None)
            if pause is None:
                raise
        await asyncio.sleep(pause)


def is_not_found(error: Exception) -> bool:
    """Return whether AWS says that there is no such thing."""
    return _NOT_FOUND.search(str(error)) is not None


def reason(error: Exception, *, secret: bool) -> str:
    """Return AWS's code and message; only the code if the message may repeat a secret, or is about another role."""
    message = " ".join(str(error).split())
    found = _AWS_ERROR.search(message)
    # A throttled call stands for those that are not made.
    if secret or _THROTTLED.search(message):
        return found["code"] if found else ""
    return found["error"] if found else message


async def account(component: Component) -> str | None:
    """Return the account of the component's provider; each provider is asked once in a run.

    `None` is an empty answer, from a provider that is unknown in preview or from the mocks of a unit test. Every caller
    gets the same failure.
    """
    provider = component.resource.get_provider(_GET_CALLER_IDENTITY)
    key = await provider.urn.future() if provider else None
    accounts = _run.current().accounts
    if key not in accounts:
        accounts[key] = asyncio.ensure_future(ask(component, _GET_CALLER_IDENTITY, {}))
    return (await accounts[key]).get("accountId") or None


async def is_preceded(component: Component) -> bool:
    """Wait for all that a component depends on; return `False` in a preview that is to create any of it.

    An older engine does not tell a plugin what is to be created.
    """
    if not component.opts.depends_on:
        return True
    # The SDK waits for `depends_on` before it calls a function. This function costs no call to AWS.
    after = pulumi.InvokeOutputOptions(parent=component.resource, depends_on=component.opts.depends_on)
    return await aws.get_partition_output(opts=after).partition.is_known()


@dataclass(frozen=True)
class Lookup:
    """Looks up the names in session preferences with the component's provider."""

    component: Component
    # No error repeats secret preferences.
    secret: bool
    # Whether the preferences are an Output: then the program may create what they name.
    are_output: bool

    async def arns(self, preferences: Preferences) -> dict[str, str] | None:
        """Return the ARNs of `bucket`, `log_group` and `key`, of those that are named; `None` if unknown in preview."""
        answers = await gathered(self._questions(preferences))
        problems = [answer for answer in answers.values() if isinstance(answer, Problem)]
        raise_problems(self.component.owner, problems, secret=self.secret)
        if None in answers.values():
            return None
        arns = dict(_formatted(preferences, answers))
        wrong = [arn for name, arn in arns.items() if not _ARNS[name].fullmatch(arn)]
        problems = [Problem("session_preferences", show(arn), *_NO_ARN) for arn in wrong]
        raise_problems(self.component.owner, problems, secret=self.secret)
        return arns

    def _questions(self, preferences: Preferences) -> dict[str, "Coroutine[Any, Any, _Answer]"]:
        asked: dict[str, Coroutine[Any, Any, _Answer]] = {}
        if preferences.bucket or preferences.log_group:
            asked["partition"] = self._answer(_GET_PARTITION, "partition")
        if preferences.log_group:
            asked["region"] = self._answer(_GET_REGION, "region")
            asked["account"] = self._answer(_GET_CALLER_IDENTITY, "accountId")
        if preferences.key and not KMS_KEY_ARN.fullmatch(preferences.key):
            asked["key"] = self._key(preferences.key)
        return asked

    async def _answer(self, token: str, field: str) -> "_Answer":
        try:
            if token == _GET_CALLER_IDENTITY:
                found = await account(self.component)
            else:
                found = (await ask(self.component, token, {})).get(field)
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            rule = f"{token} has failed ({reason(error, secret=False)})"
            return Problem("session_preferences", "", rule, "check the credentials and the Region of the provider")
        if found or pulumi.runtime.is_dry_run():
            return found or None
        return Problem("session_preferences", "", *_unanswered(token, field))

    async def _key(self, key: str) -> "_Answer":
        if not await is_preceded(self.component):
            return None
        may_be_new = self.are_output or bool(self.component.opts.depends_on)
        try:
            answer = await ask_until_found(lambda: ask(self.component, _GET_KEY, {"keyId": key}), may_be_new=may_be_new)
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            if is_not_found(error):
                return Problem(_KEY_PATH, show(key), _NO_KEY, _CORRECT_KEY)
            why = reason(error, secret=self.secret)
        else:
            found: str | None = (answer or {}).get("arn")
            if found or pulumi.runtime.is_dry_run():
                return found or None
            why = "; ".join(_unanswered(_GET_KEY, "arn"))
        rule = "AWS KMS did not return the key's ARN" + (f" ({why})" if why else "")
        remedy = "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
        return Problem(_KEY_PATH, show(key), rule, remedy)


_Answer = str | Problem | None  # `None` if unknown in preview


def _unanswered(token: str, field: str) -> tuple[str, str]:
    return f"{token} has not answered", f"in a unit test, let the mocks' call method return {field}"


def _formatted(preferences: Preferences, answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if preferences.bucket:
        yield "bucket", BUCKET_ARN_FORMAT.format(**answers, bucket=preferences.bucket)
    if preferences.log_group:
        yield "log_group", LOG_GROUP_ARN_FORMAT.format(**answers, log_group=preferences.log_group)
    if preferences.key:
        yield "key", answers.get("key", preferences.key)
