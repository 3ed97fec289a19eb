"""Pulumi's Outputs: a function of a value and of whether it is secret, one value once another is there."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pulumi

T = TypeVar("T")
R = TypeVar("R")


def then(value: "pulumi.Output[T]", function: Callable[[T, bool], Coroutine[Any, Any, R]]) -> "pulumi.Output[R]":
    """Return what a coroutine makes of a value once it is known; it is also told whether the value is secret."""

    async def call(known: T) -> R:
        return await function(known, await value.is_secret())

    return value.apply(lambda known: from_coroutine(call(known)))


def after(value: "pulumi.Output[T]", done: "pulumi.Output[Any]") -> "pulumi.Output[T]":
    """Return a value once something else is done, and fail if that fails.

    The value stays as public, and as known in a preview, as it was.
    """
    nothing = pulumi.Output.unsecret(done.apply(lambda _: None, run_with_unknowns=True))
    return pulumi.Output.all(value, nothing).apply(lambda both: both[0])


def without_dependencies(value: "pulumi.Output[T]") -> "pulumi.Output[T]":
    """Return a value that doesn't tell the engine which resources it comes from.

    The engine deletes a resource first if such an input forces a replacement and the resource it comes from is deleted
    first.
    """

    async def read() -> Any:
        known = await value.future() if await value.is_known() else pulumi.UNKNOWN
        return pulumi.Output.secret(known) if await value.is_secret() else known

    return from_coroutine(read())


def from_coroutine(coroutine: Coroutine[Any, Any, Any]) -> "pulumi.Output[Any]":
    """Return what a coroutine will return; it is under way from now on, also in a program that fails meanwhile."""
    return pulumi.Output.from_input(asyncio.ensure_future(coroutine))
