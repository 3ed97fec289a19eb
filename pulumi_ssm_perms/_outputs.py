"""Helpers for Pulumi's Outputs: coroutine functions of their values, and values that wait for others."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple, TypeVar

import pulumi

K = TypeVar("K")
T = TypeVar("T")
R = TypeVar("R")


def is_output(value: object) -> bool:
    """Return whether a value resolves later: an Output or an awaitable."""
    return isinstance(value, pulumi.Output) or (inspect.isawaitable(value) and not _is_result(value))


def _is_result(value: object) -> bool:
    """Return whether a value is the result of a provider's function, which can be awaited but has its value already.

    Each provider generates such a class, as `AwaitableGetRoleResult` of `GetRoleResult`.
    """
    return type(value).__name__ == f"Awaitable{type(value).__mro__[1].__name__}"


class Resolved(NamedTuple):
    """What an Output resolved to: the value is `None` if a preview does not know it."""

    value: Any
    known: bool
    secret: bool


async def resolve(output: "pulumi.Output[Any]") -> Resolved:
    """Wait for an Output. The SDK offers no public methods that tell whether it is known."""
    known = await output.is_known()
    return Resolved(await output.future() if known else None, known, await output.is_secret())


def apply_async(value: "pulumi.Output[T]", function: Callable[..., Coroutine[Any, Any, R]]) -> "pulumi.Output[R]":
    """Apply a coroutine function to a value once it is known. It is also told, by `secret`, whether that is secret."""

    async def call(known: T) -> R:
        return await function(known, secret=await value.is_secret())

    return value.apply(lambda known: _start(call(known)))


def apply_to_resolved(
    function: Callable[..., Coroutine[Any, Any, R]], *values: "pulumi.Output[Any]"
) -> "pulumi.Output[R]":
    """Apply a coroutine function to values once each is resolved, known or not: it takes each as `Resolved`."""

    async def call() -> R:
        return await function(*[await resolve(value) for value in values])

    return pulumi.Output.all(*values).apply(lambda _: _start(call()), run_with_unknowns=True)


def hold_back(value: "pulumi.Output[T]", until: "pulumi.Output[Any]") -> "pulumi.Output[T]":
    """Return a value once something else is done, and fail if that fails.

    The value does not become secret, and not unknown in preview.
    """
    done = pulumi.Output.unsecret(until.apply(lambda _: None, run_with_unknowns=True))
    return pulumi.Output.all(value, done).apply(lambda both: both[0])


def _start(coroutine: Coroutine[Any, Any, Any]) -> "pulumi.Output[Any]":
    """Start a coroutine, and return its result as an Output. The coroutine runs even if the program fails meanwhile."""
    return pulumi.Output.from_input(asyncio.ensure_future(coroutine))


async def gather_by_key(coroutines: Mapping[K, Coroutine[Any, Any, R]]) -> dict[K, R]:
    """Run coroutines at the same time, and return their results by the same keys."""
    return dict(zip(coroutines, await asyncio.gather(*coroutines.values()), strict=True))
