"""The only module that calls AWS: it invokes functions of the component's provider, and reads their results."""

import asyncio
import functools
import json
import re
import weakref
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from typing import Any, Final, TypeVar

import pulumi
import pulumi_aws

from ._options import is_in_plugin

T = TypeVar("T")

# Calls share Pulumi's thread pool, which may have only four threads: slow ones must leave one for the writes.
_MAX_CONCURRENT_CALLS: Final = 3
# One semaphore for each event loop, because each run of the Automation API has its own. A semaphore refers to its loop,
# so weak keys would never let go of either; a weak value goes with the last call that uses it.
_SEMAPHORE_BY_LOOP: Final = weakref.WeakValueDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]()

_MAX_REASON_CHARACTERS: Final = 300
# How the AWS SDK for Go ends its messages; modeled errors lack "api error". No name of a role, key or policy has a
# space, so none can imitate this.
_AWS_ERROR: Final = re.compile(
    r"https response error StatusCode: (?P<status>\d+), RequestID: [^,]*, (?:api error )?"
    r"(?P<error>(?P<code>[A-Za-z.]+): .*)"
)
_NOT_FOUND_CODES: Final = ("NoSuchEntity", "NotFoundException")
# How the AWS provider's own messages end (`NotFoundError` and `EmptyResultError`), which drop AWS's code.
_NOT_FOUND: Final = re.compile(r".*: (?:couldn't find resource(?: \(\d+ retries\))?|empty result)")
# What to do about an error that does not say it itself.
FAILURE_REMEDY: Final = "correct the cause or try again later"


class InvokeError(Exception):
    """A call failed, or its result does not have AWS's form. `reason` says why, in AWS's words if it has any.

    `code` is AWS's own, such as `Throttling`. It is empty if the message has none.
    """

    def __init__(self, text: str) -> None:
        text = " ".join(text.split())
        aws_error = _AWS_ERROR.search(text)
        self.reason = aws_error["error"] if aws_error else text
        if len(self.reason) > _MAX_REASON_CHARACTERS:
            # AWS's text has the cause at its head, and the provider's at its tail.
            half = _MAX_REASON_CHARACTERS // 2
            self.reason = f"{self.reason[:half]} … {self.reason[-half:]}"
        super().__init__(self.reason)
        self.code = aws_error["code"] if aws_error else ""
        self.is_access_denied = self.code.startswith("AccessDenied")
        self.is_transient = "Throttl" in self.code or bool(aws_error and aws_error["status"].startswith("5"))
        self.is_not_found = self.code in _NOT_FOUND_CODES or (not self.code and bool(_NOT_FOUND.fullmatch(text)))


async def get_account(component: pulumi.ComponentResource) -> str | None:
    """Return the provider's account."""
    return await _get_text(component, "aws:index/getCallerIdentity:getCallerIdentity", "accountId")


async def get_partition(component: pulumi.ComponentResource) -> str | None:
    """Return the provider's partition, such as `aws-cn`."""
    return await _get_text(component, "aws:index/getPartition:getPartition", "partition")


async def get_region(component: pulumi.ComponentResource) -> str | None:
    """Return the provider's Region."""
    return await _get_text(component, "aws:index/getRegion:getRegion", "region")


async def get_key_arn(component: pulumi.ComponentResource, key: str) -> str | None:
    """Return the ARN of the KMS key with this id, alias or ARN of an alias."""
    return await _get_text(component, "aws:kms/getKey:getKey", "arn", keyId=key)


async def _get_text(component: pulumi.ComponentResource, token: str, field: str, **arguments: Any) -> str | None:
    return await invoke(component, token, functools.partial(read_text, field), **arguments)


async def get_last_outputs(component: pulumi.ComponentResource) -> Mapping[str, Any]:
    """Return what the component registered at the end of its last run. It is empty if there was none.

    The engine itself answers, from the state, until the component registers its outputs again.
    """
    urn = await component.urn.future()
    async with _semaphore():
        answer: Any = await pulumi.runtime.invoke_async("pulumi:pulumi:getResource", {"urn": urn})
    return answer["state"] if answer else {}


def read_text(field: str, result: Mapping[str, Any]) -> str:
    """Return a text that AWS never leaves empty."""
    text = result[field]
    if not (text and isinstance(text, str)):
        raise ValueError(field)
    return text


async def invoke(
    component: pulumi.ComponentResource, token: str, read: Callable[[Mapping[str, Any]], T], **arguments: Any
) -> T | None:
    """Invoke a function of the component's provider.

    All that the component depends on is registered first, which in an update means that it exists.

    There is no result if a preview does not know the provider's configuration yet, or if a unit test's mocks return
    nothing.

    Raises:
        InvokeError: The call fails, or its result does not have AWS's form.

    """
    await component.urn.future()
    call: Callable[..., Awaitable[Any]] = pulumi.runtime.invoke_async
    if is_in_plugin() and component.get_provider(token) is None:
        call = _invoke_by_parent_urn
    # Without the version of the component's resources, the engine would use another default provider.
    opts = pulumi.InvokeOptions(parent=component, version=_version())
    async with _semaphore():
        try:
            result = await call(token, arguments, opts)
        except Exception as error:
            # Pulumi raises a bare `Exception` for whatever the engine, the provider or AWS refuses. It appends the
            # failed property in parentheses, and the AWS provider names none.
            raise InvokeError(str(error).removesuffix(" ()")) from error
    try:
        return read(result) if result else None
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        # The exception's own text may repeat a secret.
        imitation = "as unit-test mocks or an imitation of AWS may"
        raise InvokeError(f"{token} returned an unexpected result, {imitation}") from None


def _semaphore() -> asyncio.Semaphore:
    return _SEMAPHORE_BY_LOOP.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_MAX_CONCURRENT_CALLS))


async def _invoke_by_parent_urn(token: str, arguments: Any, opts: Any) -> Any:
    """Invoke as the SDK does, through the provider that the engine gives to the component's children.

    In a plugin only the engine knows a provider that a parent hands down, and the SDK cannot name a parent in a call,
    so this sends the request itself.
    """
    # Private parts of the SDK, imported here so that a program runs with an SDK that has moved them.
    import grpc  # noqa: PLC0415
    from pulumi.runtime import rpc, settings  # noqa: PLC0415
    from pulumi.runtime.proto import resource_pb2  # noqa: PLC0415

    args = await rpc.serialize_properties(arguments, {})
    urn = await opts.parent.urn.future()
    request = resource_pb2.ResourceInvokeRequest(tok=token, args=args, version=opts.version, parent=urn)
    monitor: Any = settings.get_monitor()
    try:
        response: Any = await asyncio.to_thread(monitor.Invoke, request)
    except grpc.RpcError as error:
        raise RuntimeError(f"invoke of {token} failed: {error.details()}") from error
    if response.failures:
        failure = response.failures[0]
        raise RuntimeError(f"invoke of {token} failed: {failure.reason} ({failure.property})")
    return rpc.deserialize_properties_unwrap_secrets(getattr(response, "return"))[0]


@functools.cache
def _version() -> str:
    """Return the version of pulumi-aws as the engine writes it, which differs from Python's for a pre-release."""
    version: str = json.loads(resources.files(pulumi_aws).joinpath("pulumi-plugin.json").read_text())["version"]
    return version
