"""How AWS is asked, through functions of the component's provider, and how its failures are read."""

import asyncio
import functools
import json
import re
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final, NamedTuple, TypeVar

import grpc
import pulumi
import pulumi_aws
from pulumi.runtime.proto.resource_pb2 import ResourceInvokeRequest
from pulumi.runtime.rpc import deserialize_properties_unwrap_secrets, serialize_properties
from pulumi.runtime.settings import get_monitor

from ._component import Component
from ._outputs import resolve

T = TypeVar("T")


class Function(NamedTuple):
    """A function of the AWS provider, with the field that its answer must have."""

    token: str
    field: str


GET_CALLER_IDENTITY: Final = Function("aws:index/getCallerIdentity:getCallerIdentity", "accountId")
GET_PARTITION: Final = Function("aws:index/getPartition:getPartition", "partition")
GET_REGION: Final = Function("aws:index/getRegion:getRegion", "region")
GET_KEY: Final = Function("aws:kms/getKey:getKey", "arn")
GET_ROLE: Final = Function("aws:iam/getRole:getRole", "arn")
SIMULATE: Final = Function("aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation", "results")
# A function of the engine itself, which costs no call to AWS.
_GET_RESOURCE: Final = "pulumi:pulumi:getResource"

# How long to wait, in seconds, before AWS is asked again about what this run may have created, and for how long.
PAUSES: Final = [1, 2, 3, 4]
_PATIENCE_SECONDS: Final = 10
# The SDK has at least four threads for calls and writes: slow simulations must leave one for writes.
_SIMULATIONS_AT_ONCE: Final = 3
_ATTRIBUTE: Final = "_pulumi_ssm_perms"

# What the SDK appends to a failure: the property that it is about. The AWS provider names none.
_PROPERTY: Final = re.compile(r" \(\w*\)$")
_SAID_CHARACTERS: Final = 300
_NOT_FOUND: Final = frozenset({"NoSuchEntity", "NotFoundException"})
# How the AWS SDK for Go ends its messages; errors that its model of the service knows come without "api error".
_AWS_ERROR: Final = re.compile(
    r"https response error StatusCode: \d+, RequestID: [^,]*, (?:api error )?(?P<error>(?P<code>[A-Za-z.]+): .*)"
)
# How messages of the AWS provider end that drop AWS's code (`NotFoundError` and `EmptyResultError`).
_EMPTY: Final = re.compile(r".*: (?:couldn't find resource(?: \(\d+ retries\))?|empty result)")


# What the SDK, the engine and gRPC say once a run ends, because something else in it has failed.
_RUN_ENDED_CODES: Final = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
_RUN_ENDS: Final = re.compile(r"Resource monitor has terminated|rpc error: code = (?:Unavailable|Canceled)")


class InvokeError(Exception):
    """A call has failed, with the AWS provider's text, or its answer lacks what it must have.

    The names of roles and keys in the text decide nothing: none has the space that AWS's code is found after.
    """

    def __init__(self, text: str, *, is_ours: bool = False) -> None:
        self.is_ours = is_ours
        self.text = " ".join(text.split())
        aws_error = _AWS_ERROR.search(self.text)
        # AWS's code, and what AWS says; without a code, all that is said.
        self.code = aws_error["code"] if aws_error else ""
        said: str = aws_error["error"] if aws_error else self.text
        self.said = said if len(said) <= _SAID_CHARACTERS else f"{said[:_SAID_CHARACTERS]}…"
        super().__init__(text)

    @property
    def is_not_found(self) -> bool:
        """Whether AWS says that there is no such thing."""
        return self.code in _NOT_FOUND or (not self.code and _EMPTY.fullmatch(self.text) is not None)

    @property
    def is_throttled(self) -> bool:
        """Whether AWS was asked too much, even after the provider's own retries."""
        return "Throttl" in self.code

    def reason(self, *, secret: bool) -> str:
        """Return AWS's code and message; only the code if the message may repeat a secret, or is about another role."""
        # A throttled call stands for those that are not made.
        return self.code if (secret and not self.is_ours) or self.is_throttled else self.said


@dataclass
class _Shared:
    """What the components of a run share."""

    simulations: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_SIMULATIONS_AT_ONCE))
    # The call that was throttled in the end, by engine, provider and service: the service is asked nothing more.
    throttled: dict[object, InvokeError] = field(default_factory=dict[object, InvokeError])
    # Of each provider, the answers that stay the same; another engine, such as other mocks, is asked anew.
    answers: dict[object, asyncio.Future[Mapping[str, Any]]] = field(
        default_factory=dict[object, "asyncio.Future[Mapping[str, Any]]"]
    )


def _shared() -> _Shared:
    """Return what is shared in the run in progress. Its event loop holds it, and ends with it.

    A `WeakKeyDictionary` would never let go of a loop, because semaphores and futures refer to it.
    """
    shared: _Shared = vars(asyncio.get_running_loop()).setdefault(_ATTRIBUTE, _Shared())
    return shared


async def invoke(component: Component, function: Function, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call a function of the component's provider.

    In a preview, the answer may lack the function's field, as from a provider whose own configuration is unknown.

    Raises:
        InvokeError: There is no answer with that field, whatever the cause.
        pulumi.RunError: The run ends, so that nobody answers.

    """
    answer = await _call(component, function, arguments)
    if answer.get(function.field) in (None, "") and not pulumi.runtime.is_dry_run():
        raise without_field(function)
    return answer


async def simulate(component: Component, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call IAM's simulator, like `invoke`, but a few times at once: it throttles early."""
    async with _shared().simulations:
        return await invoke(component, SIMULATE, arguments)


async def provider_field(component: Component, function: Function, *, required: bool = False) -> str | None:
    """Return the account, the partition or the Region of the component's provider.

    `None` is an empty answer, from a provider that is unknown in preview or from the mocks of a unit test. If one is
    `required`, only a preview may be without.
    """
    answers = _shared().answers
    key = get_monitor(), _provider_or_parent(component, function), function
    if key not in answers:
        answers[key] = asyncio.ensure_future(_call(component, function, {}))
    # Whoever is cancelled while waiting cancels the call for nobody else.
    answer = await asyncio.shield(answers[key])
    value: str | None = answer.get(function.field) or None
    if required and not value and not pulumi.runtime.is_dry_run():
        raise without_field(function)
    return value


async def _call(component: Component, function: Function, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    provider = _provider_or_parent(component, function)
    service = get_monitor(), provider, function.token.partition("/")[0]
    throttled = _shared().throttled
    if service in throttled:
        raise throttled[service]
    try:
        if provider is not None and provider is component.opts.parent:
            return await _call_through_parent(component, function.token, arguments)
        # Without the version of the component's resources, the engine would use another default provider.
        opts = pulumi.InvokeOptions(parent=component.resource, version=_version())
        return await pulumi.runtime.invoke_async(function.token, arguments, opts) or {}
    except Exception as error:
        failure = _failure(function, error)
        if failure.is_throttled:
            throttled[service] = failure
        raise failure from error


def _failure(function: Function, error: Exception) -> InvokeError:
    """Return why a call has failed; raise `pulumi.RunError` if the run ends."""
    text, run_ends = str(error), False
    if isinstance(error, grpc.RpcError):
        text, run_ends = f"invoke of {function.token} failed: {error.details()}", error.code() in _RUN_ENDED_CODES
    elif not isinstance(error, InvokeError):
        text = _PROPERTY.sub("", text)
    if run_ends or _RUN_ENDS.search(text):
        raise pulumi.RunError(text) from error
    return InvokeError(text)


def _provider_or_parent(component: Component, function: Function) -> pulumi.Resource | None:
    """Return the component's provider, or the parent that hands down one which only the engine knows, in a plugin."""
    # Only a plugin has no root resource.
    in_plugin = pulumi.runtime.get_root_resource() is None
    return component.resource.get_provider(function.token) or (component.opts.parent if in_plugin else None)


async def _call_through_parent(component: Component, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call a function of the provider that the engine gives to the component's children.

    YAML's host does not tell a plugin which provider a parent hands down, and the SDK has no way to ask the engine for
    it. An engine or an SDK before 3.255 asks the default provider instead.
    """
    args = await serialize_properties(arguments, {})
    has_parent = "parent" in ResourceInvokeRequest.DESCRIPTOR.fields_by_name
    parent = {"parent": (await resolve(component.resource.urn)).value} if has_parent else {}
    request = ResourceInvokeRequest(tok=token, args=args, version=_version(), **parent)
    monitor: Any = get_monitor()
    response: Any = await asyncio.to_thread(monitor.Invoke, request)
    if response.failures:
        raise InvokeError(f"invoke of {token} failed: {response.failures[0].reason}")
    answer: Mapping[str, Any] = deserialize_properties_unwrap_secrets(getattr(response, "return"))[0]
    return answer


@functools.cache
def _version() -> str:
    """Return the version of pulumi-aws as the engine writes it, which differs from Python's for a pre-release."""
    version: str = json.loads(resources.files(pulumi_aws).joinpath("pulumi-plugin.json").read_text())["version"]
    return version


async def retry_until_found(call: Callable[[], Coroutine[Any, Any, T]], *, may_be_new: bool) -> T | None:
    """Return the answer of a call about what the same program may create.

    If AWS does not find it, a preview returns `None`, and an update calls again for ten seconds: IAM shows a new role
    late. What cannot be new must be there at once.
    """
    waits = pauses()
    while True:
        try:
            return await call()
        except InvokeError as error:
            if not may_be_new or not error.is_not_found:
                raise
            if pulumi.runtime.is_dry_run():
                return None
            pause = next(waits, None)
            if pause is None:
                raise
        await asyncio.sleep(pause)


def pauses() -> Iterator[float]:
    """Yield how many seconds to wait before each further call, until ten seconds have passed with the calls."""
    clock = asyncio.get_running_loop().time
    end = clock() + _PATIENCE_SECONDS
    for pause in PAUSES:
        if clock() >= end:
            return
        yield min(pause, end - clock())


def without_answer(function: Function, field: str = "") -> tuple[str, str]:
    """Return rule and remedy where a function has answered without a field, its own or another one, as mocks do."""
    remedy = f"in a unit test, let the mocks' call method return {field or function.field}"
    return f"{function.token} has not answered", remedy


def without_field(function: Function, field: str = "") -> InvokeError:
    """Return the failure of a function that has answered without a field."""
    return InvokeError("; ".join(without_answer(function, field)), is_ours=True)


async def dependencies_exist(component: Component) -> bool:
    """Wait for all that a component depends on; return `False` in a preview that is to create any of it.

    An older engine does not tell a plugin what is to be created.
    """
    if not component.opts.depends_on:
        return True
    # The SDK waits for `depends_on` before it calls a function.
    after = pulumi.InvokeOutputOptions(depends_on=component.opts.depends_on)
    urn = (await resolve(component.resource.urn)).value
    return (await resolve(pulumi.runtime.invoke_output(_GET_RESOURCE, {"urn": urn}, after))).known
