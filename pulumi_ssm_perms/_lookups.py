"""What this package asks AWS: the provider's account, the ARNs behind names in session preferences, and more."""

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
from ._preferences import Preferences

_GET_CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"
_GET_PARTITION: Final = "aws:index/getPartition:getPartition"
_GET_REGION: Final = "aws:index/getRegion:getRegion"
_GET_KEY: Final = "aws:kms/getKey:getKey"
_KEY_PATH: Final = "session_preferences.inputs.kmsKeyId"

_THROTTLED: Final = re.compile("Throttl|TooManyRequests|RequestLimitExceeded|Rate exceeded")
# AWS's own codes, and what the AWS provider says instead where it drops them.
_NOT_FOUND: Final = re.compile("NoSuchEntity|NotFoundException|couldn't find resource|empty result")
# How the AWS SDK for Go ends its messages; some codes come without "api error".
_AWS_ERROR: Final = re.compile(r"RequestID: [^,]*, (?:api error )?(?P<error>(?P<code>[A-Za-z]+): .*)$")


async def ask(component: pulumi.Resource, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the component's provider answers to a function; unlike an Output, a failure can be caught.

    In a preview, a provider whose own configuration is not known yet answers nothing.
    """
    # The version is that of the component's other calls: without it the engine would take another default provider.
    opts = pulumi.InvokeOptions(parent=component, version=metadata.version("pulumi-aws"))
    answer: Mapping[str, Any] = await pulumi.runtime.invoke_async(token, arguments, opts)
    return answer


async def ask_in_turn(
    component: pulumi.Resource, token: str, arguments: Mapping[str, Any], field: str
) -> Mapping[str, Any]:
    """Ask as `ask` does, a few at a time.

    The AWS provider repeats a throttled call by itself. Once it has given one up, AWS is not asked again in this run:
    each further question would take as long.

    Raises:
        LookupError: The answer lacks the field, as that of a unit test's mocks may.

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
    """Return whether AWS has said that what it was asked about does not exist."""
    return _NOT_FOUND.search(str(error)) is not None


def reason(error: Exception, *, secret: bool) -> str:
    """Return AWS's code and message. The message repeats what was asked about, and is left out for a secret."""
    message = " ".join(str(error).split())
    found = _AWS_ERROR.search(message)
    if secret:
        return found["code"] if found else ""
    return found["error"] if found else message


async def account(component: pulumi.Resource) -> str | None:
    """Return the account of the component's provider; each provider is asked once in a run.

    `None` is an empty answer: of a provider that a preview does not know yet, or of a unit test's mocks. A failure is
    raised to everybody who asks.
    """
    provider = component.get_provider(_GET_CALLER_IDENTITY)
    key = (await provider.urn.future() if provider else None) or ""
    accounts = _run.current().accounts
    if key not in accounts:
        accounts[key] = asyncio.ensure_future(ask(component, _GET_CALLER_IDENTITY, {}))
    return (await accounts[key]).get("accountId") or None


def known_after(component: pulumi.Resource, opts: pulumi.ResourceOptions | None) -> pulumi.Output[str]:
    """Return an Output that is known once what the options depend on exists; not in a preview that will create it."""
    if not (opts and opts.depends_on):
        return pulumi.Output.from_input("")
    # The SDK waits for all of them before a function's call. This function costs no call to AWS.
    after = pulumi.InvokeOutputOptions(parent=component, depends_on=opts.depends_on)
    return aws.get_partition_output(opts=after).partition


@dataclass(frozen=True)
class Lookup:
    """Looks up with the component's provider what session preferences name.

    Attributes:
        secret: Whether the preferences are secret, so that no error may repeat them.
        may_be_new: Whether the same program may create what they name, so that a preview doesn't find it.

    """

    component: pulumi.Resource
    owner: str
    secret: bool
    may_be_new: bool

    async def arns(self, preferences: Preferences) -> Mapping[str, str] | None:
        """Return the ARNs of `bucket`, `log_group` and `key`, as far as they are named.

        `None` means that a preview cannot know them yet. AWS is asked only for what is needed.

        Raises:
            InvalidInputError: AWS does not know the key, or has not answered.

        """
        questions = self._questions(preferences)
        answers = dict(zip(questions, await asyncio.gather(*questions.values()), strict=True))
        problems = [answer for answer in answers.values() if isinstance(answer, Problem)]
        raise_problems(self.owner, problems, secret=self.secret)
        return None if None in answers.values() else dict(_formatted(preferences, answers))

    def _questions(self, preferences: Preferences) -> dict[str, "Coroutine[Any, Any, _Answer]"]:
        asked: dict[str, Coroutine[Any, Any, _Answer]] = {}
        if preferences.bucket or preferences.log_group:
            asked["partition"] = self._answer(_GET_PARTITION, "partition", self._field(_GET_PARTITION, "partition"))
        if preferences.log_group:
            asked["region"] = self._answer(_GET_REGION, "region", self._field(_GET_REGION, "region"))
            asked["account"] = self._answer(_GET_CALLER_IDENTITY, "accountId", account(self.component))
        if preferences.key and not KMS_KEY_ARN.fullmatch(preferences.key):
            asked["key"] = self._key(preferences.key)
        return asked

    async def _field(self, token: str, field: str) -> str | None:
        return (await ask(self.component, token, {})).get(field)

    async def _answer(self, token: str, field: str, question: Coroutine[Any, Any, str | None]) -> "_Answer":
        try:
            found = await question
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
        rule = "AWS KMS could not be asked for its ARN" + (f" ({why})" if why else "")
        remedy = "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
        return Problem(_KEY_PATH, show(key), rule, remedy)


_Answer = str | Problem | None
"""What AWS has answered; `None` where a preview does not know it yet."""


def _unanswered(token: str, field: str) -> tuple[str, str]:
    return f"{token} has not answered", f"in a unit test, let the mocks' call answer it with {field}"


def _formatted(preferences: Preferences, answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if preferences.bucket:
        yield "bucket", BUCKET_ARN_FORMAT.format(**answers, bucket=preferences.bucket)
    if preferences.log_group:
        yield "log_group", LOG_GROUP_ARN_FORMAT.format(**answers, log_group=preferences.log_group)
    if preferences.key:
        yield "key", answers.get("key", preferences.key)
