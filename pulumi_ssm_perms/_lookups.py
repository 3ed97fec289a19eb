"""What this package asks AWS: how it calls and reads failures, the account, and ARNs behind names in preferences."""

import asyncio
import re
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from . import _run
from ._aws import BUCKET_ARN_FORMAT, KMS_KEY_ARN, LOG_GROUP_ARN_FORMAT
from ._errors import Problem, raise_problems, show
from ._outputs import gathered
from ._preferences import Preferences

_GET_CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"
_GET_PARTITION: Final = "aws:index/getPartition:getPartition"
_GET_REGION: Final = "aws:index/getRegion:getRegion"
_GET_KEY: Final = "aws:kms/getKey:getKey"
_KEY_PATH: Final = "session_preferences.inputs.kmsKeyId"

_THROTTLED: Final = re.compile("Throttl|TooManyRequests|RequestLimitExceeded|Rate exceeded")
# AWS's own codes, and the AWS provider's messages that drop them.
_NOT_FOUND: Final = re.compile("NoSuchEntity|NotFoundException|couldn't find resource|empty result")
# How the AWS SDK for Go ends its messages; some codes come without "api error".
_AWS_ERROR: Final = re.compile(r"RequestID: [^,]*, (?:api error )?(?P<error>(?P<code>[A-Za-z]+): .*)$")


async def ask(component: pulumi.Resource, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call a function of the component's provider. Unlike the failure of an Output, a failure can be caught.

    In a preview, a provider whose own configuration is unknown answers nothing.
    """
    # Without the version of the component's other calls, the engine would use another default provider.
    opts = pulumi.InvokeOptions(parent=component, version=metadata.version("pulumi-aws"))
    answer: Mapping[str, Any] = await pulumi.runtime.invoke_async(token, arguments, opts)
    return answer


async def ask_in_turn(
    component: pulumi.Resource, token: str, arguments: Mapping[str, Any], field: str
) -> Mapping[str, Any]:
    """Ask as `ask` does, a few at a time.

    The AWS provider retries a throttled call by itself. Once it has given one up, this run asks nothing more: each
    further question would take as long. An answer without the field, as from mocks, is a `LookupError`.
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
    if field not in answer and not pulumi.runtime.is_dry_run():
        raise LookupError("; ".join(_unanswered(token, field)))
    return answer


def is_not_found(error: Exception) -> bool:
    """Return whether AWS says that there is no such thing."""
    return _NOT_FOUND.search(str(error)) is not None


def reason(error: Exception, *, secret: bool) -> str:
    """Return AWS's code and message.

    For a secret, only the code: the message may repeat the secret. So for a throttled call, which stands for others.
    """
    message = " ".join(str(error).split())
    found = _AWS_ERROR.search(message)
    if secret or _THROTTLED.search(message):
        return found["code"] if found else ""
    return found["error"] if found else message


async def account(component: pulumi.Resource) -> str | None:
    """Return the account of the component's provider; each provider is asked once in a run.

    `None` is an empty answer, from a provider that is unknown in preview or from the mocks of a unit test. Every caller
    gets the same failure.
    """
    provider = component.get_provider(_GET_CALLER_IDENTITY)
    key = await provider.urn.future() if provider else None
    accounts = _run.current().accounts
    if key not in accounts:
        accounts[key] = asyncio.ensure_future(ask(component, _GET_CALLER_IDENTITY, {}))
    return (await accounts[key]).get("accountId") or None


def known_after(component: pulumi.Resource, depends_on: pulumi.Input[Any]) -> pulumi.Output[Any]:
    """Return an Output that is known once all of `depends_on` exists. It is unknown in a preview that creates any."""
    # The SDK waits for `depends_on` before it calls a function. This function costs no call to AWS.
    after = pulumi.InvokeOutputOptions(parent=component, depends_on=depends_on)
    return aws.get_partition_output(opts=after).partition


@dataclass(frozen=True)
class Lookup:
    """Looks up the names in session preferences with the component's provider."""

    component: pulumi.Resource
    owner: str
    # No error repeats secret preferences.
    secret: bool
    # If the same program may create what they name, a preview may not find it.
    may_be_new: bool

    async def arns(self, preferences: Preferences) -> Mapping[str, str] | None:
        """Return the ARNs of `bucket`, `log_group` and `key`, of those that are named.

        `None` if unknown in preview. AWS is asked only for what is needed.
        """
        questions = self._questions(preferences)
        answers = await gathered(questions)
        problems = [answer for answer in answers.values() if isinstance(answer, Problem)]
        raise_problems(self.owner, problems, secret=self.secret)
        return None if None in answers.values() else dict(_formatted(preferences, answers))

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
        try:
            found: str | None = (await ask(self.component, _GET_KEY, {"keyId": key})).get("arn")
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            if not is_not_found(error):
                return self._key_not_asked(key, reason(error, secret=self.secret))
            if self.may_be_new and pulumi.runtime.is_dry_run():
                return None
            rule = "AWS KMS has no such key or alias in the account and Region of the provider"
            remedy = "correct it in the Session document, or give the component the provider of the document's Region"
            return Problem(_KEY_PATH, show(key), rule, remedy)
        if found or pulumi.runtime.is_dry_run():
            return found or None
        return self._key_not_asked(key, "; ".join(_unanswered(_GET_KEY, "arn")))

    def _key_not_asked(self, key: str, why: str) -> Problem:
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
