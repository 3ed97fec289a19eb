"""How AWS is asked, through functions of the component's provider, and how its failures are read."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

import grpc
import pulumi

from . import _run, _sdk
from ._component import Component
from ._outputs import resolved

T = TypeVar("T")

GET_CALLER_IDENTITY: Final = "aws:index/getCallerIdentity:getCallerIdentity"
GET_PARTITION: Final = "aws:index/getPartition:getPartition"
GET_REGION: Final = "aws:index/getRegion:getRegion"
# A function of the engine itself, which costs no call to AWS.
_GET_RESOURCE: Final = "pulumi:pulumi:getResource"
_FIELDS: Final = {GET_CALLER_IDENTITY: "accountId", GET_PARTITION: "partition", GET_REGION: "region"}

# How long to wait, in seconds, before AWS is asked again about what this run may have created, and for how long.
PAUSES: Final = [1, 2, 3, 4]
_PATIENCE: Final = 10

_FAILED: Final = "invoke of {} failed: {}"

# `DefaultThrottleErrorCodes` of the AWS SDK for Go (aws/retry), as far as IAM, STS and KMS have them.
_THROTTLED: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
    }
)
_NOT_FOUND: Final = frozenset({"NoSuchEntity", "NotFoundException"})
# How the AWS SDK for Go ends its messages; errors that its model of the service knows come without "api error".
_AWS_ERROR: Final = re.compile(
    r"https response error StatusCode: \d+, RequestID: [^,]*, (?:api error )?(?P<error>(?P<code>[A-Za-z.]+): .*)"
)
# How messages of the AWS provider end that drop AWS's code (`NotFoundError` and `EmptyResultError`).
_EMPTY: Final = re.compile(r".*: (?:couldn't find resource(?: \(\d+ retries\))?|empty result)")


class Unanswered(Exception):  # noqa: N818 - never leaves the package: it becomes a problem or a warning
    """A call has failed, with the AWS provider's text, or its answer lacks what it must have.

    The names of roles and keys in the text decide nothing: none has the space that AWS's code is found after.
    """

    def __init__(self, text: str, *, repeats_nothing: bool = False) -> None:
        self.repeats_nothing = repeats_nothing
        self.text = " ".join(text.split())
        found = _AWS_ERROR.search(self.text)
        # AWS's code, and what AWS says; without a code, all that is said.
        self.code = found["code"] if found else ""
        self.said = found["error"] if found else self.text
        super().__init__(text)

    @property
    def is_not_found(self) -> bool:
        """Whether AWS says that there is no such thing."""
        return self.code in _NOT_FOUND or (not self.code and _EMPTY.fullmatch(self.text) is not None)

    @property
    def is_throttled(self) -> bool:
        """Whether AWS says that it was asked too much, also after the AWS provider has asked again."""
        return self.code in _THROTTLED

    def reason(self, *, secret: bool) -> str:
        """Return AWS's code and message; only the code if the message may repeat a secret, or is about another role."""
        # A throttled call stands for those that are not made.
        return self.code if (secret and not self.repeats_nothing) or self.is_throttled else self.said


class _Source(NamedTuple):
    """Who answers: the provider with this reference, or else the one that the engine gives to children of `parent`.

    What is remembered of it has a key: components below one resource inherit the same provider.
    """

    provider: str = ""
    parent: str = ""
    key: str = ""


async def ask_in_turn(component: Component, token: str, arguments: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Call a function of the component's provider, a few at a time, for an answer that must have this field.

    In a preview it may lack the field, as from a provider whose own configuration is unknown. The AWS provider retries
    a throttled call by itself. Once it has given one up, that service of AWS is asked nothing more in this run: each
    further question would take as long.

    Raises:
        Unanswered: There is no such answer, whatever the cause.

    """
    run = _run.current()
    # Component and provider may wait for another component's check, which needs a turn.
    source = await _source(component, token)
    provider, service = run.providers[source.key], token.partition("/")[0]
    async with provider.turns[token]:
        if service in provider.throttled:
            raise provider.throttled[service]
        try:
            answer = await _invoke(source, token, arguments)
        except Unanswered as error:
            if error.is_throttled:
                provider.throttled[service] = error
            raise
    if answer.get(field) is None and not pulumi.runtime.is_dry_run():
        raise without_field(token, field)
    return answer


async def _invoke(source: _Source, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    request = await _sdk.invoke_request(token, arguments, source.provider, source.parent)
    try:
        response = await _sdk.invoke(request)
    except grpc.RpcError as error:
        raise Unanswered(_FAILED.format(token, error.details())) from error
    except Exception as error:
        # Users' mocks can raise anything, but no question ends a run that is only to warn.
        raise Unanswered(_FAILED.format(token, repr(error))) from error
    for failure in response.failures:
        raise Unanswered(_FAILED.format(token, failure.reason))
    return _sdk.invoke_answer(response)


async def ask_until_found(question: Callable[[], Coroutine[Any, Any, T]], *, may_be_new: bool) -> T | None:
    """Return the answer to a question about what the same program may create.

    If AWS does not find it, a preview returns `None`, and an update asks again for ten seconds: IAM shows a new role
    late. What cannot be new must be there at once.
    """
    waits = pauses()
    while True:
        try:
            return await question()
        except Unanswered as error:
            if not may_be_new or not error.is_not_found:
                raise
            if pulumi.runtime.is_dry_run():
                return None
            pause = next(waits, None)
            if pause is None:
                raise
        await asyncio.sleep(pause)


def pauses() -> Iterator[float]:
    """Yield how many seconds to wait before each further question, until ten seconds have passed with the questions."""
    clock = asyncio.get_running_loop().time
    end = clock() + _PATIENCE
    for pause in PAUSES:
        if clock() >= end:
            return
        yield min(pause, end - clock())


def without_answer(token: str, field: str) -> tuple[str, str]:
    """Return rule and remedy where a function has answered without a field, as mocks do."""
    return f"{token} has not answered", f"in a unit test, let the mocks' call method return {field}"


def without_field(token: str, field: str) -> Unanswered:
    """Return the failure of a function that has answered without a field."""
    return Unanswered("; ".join(without_answer(token, field)), repeats_nothing=True)


async def of_provider(component: Component, token: str, *, required: bool = False) -> str | None:
    """Return the account, the partition or the Region of the component's provider; each is asked for once in a run.

    `None` is an empty answer, from a provider that is unknown in preview or from the mocks of a unit test. If one is
    `required`, only a preview may be without. Every caller gets the same failure.
    """
    return await _once(await _source(component, token), token, required=required)


async def at_root(token: str) -> str | None:
    """Return the same of the provider of what is declared at the root of the stack, without a provider of its own."""
    return await _once(_Source(), token, required=True)


async def _once(source: _Source, token: str, *, required: bool) -> str | None:
    answers = _run.current().providers[source.key].answers
    if token not in answers:
        answers[token] = asyncio.ensure_future(_invoke(source, token, {}))
    found = (await answers[token]).get(_FIELDS[token]) or None
    if found is None and required and not pulumi.runtime.is_dry_run():
        raise without_field(token, _FIELDS[token])
    return found


async def inherits_unseen(component: Component) -> bool:
    """Return whether the engine may give the component's children a provider that the component is not told of.

    YAML's host has the engine tell a plugin only of a component's own providers, and not of those of its parents.
    """
    return bool((await _source(component, GET_CALLER_IDENTITY)).parent)


async def _source(component: Component, token: str) -> _Source:
    """Wait until the component's own provider is registered, or what the engine is to find the provider by."""
    provider = component.resource.get_provider(token)
    if provider:
        urn, id_ = await resolved(provider.urn), await resolved(provider.id)
        reference = f"{urn.value}::{id_.value or _sdk.unknown_id()}"
        return _Source(provider=reference, key=reference)
    if pulumi.runtime.get_root_resource() or not component.opts.parent:
        # A program knows every provider, and what is at the root of a stack inherits none.
        return _Source()
    above: str = (await resolved(component.opts.parent.urn)).value
    if "::pulumi:pulumi:Stack::" in above:
        return _Source()
    return _Source(parent=(await resolved(component.resource.urn)).value, key=above)


async def dependencies_exist(component: Component) -> bool:
    """Wait for all that a component depends on; return `False` in a preview that is to create any of it.

    An older engine does not tell a plugin what is to be created.
    """
    if not component.opts.depends_on:
        return True
    # The SDK waits for `depends_on` before it calls a function.
    after = pulumi.InvokeOutputOptions(depends_on=component.opts.depends_on)
    urn = (await resolved(component.resource.urn)).value
    return (await resolved(pulumi.runtime.invoke_output(_GET_RESOURCE, {"urn": urn}, after))).known
