"""Values that are not there yet: Outputs, awaitables, and what a preview does not know."""

import asyncio
from collections import UserString
from collections.abc import Coroutine, Sequence
from typing import Any, cast

import pulumi


def is_pending(value: object) -> bool:
    """Return whether the value resolves later, or is not known in a preview.

    Results of `aws.*.get_*()` are awaitable, but have their values.
    """
    return isinstance(value, (pulumi.Output, Coroutine, asyncio.Future, type(pulumi.UNKNOWN)))


def as_lists_and_str(value: object) -> Any:
    """Return a sequence as a list, and a string as Python's own `str`.

    Pulumi finds no Outputs in sequences such as a deque, and an f-string shows a member of a `str` enumeration by its
    name.
    """
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, UserString)):
        return [as_lists_and_str(element) for element in cast("Sequence[object]", value)]
    return str.__str__(value) if isinstance(value, str) else value


def as_one_output(value: object) -> pulumi.Output[Any]:
    """Return one Output of an input that is or has Outputs, which can be read more than once, unlike a coroutine.

    What it resolves to can again be a sequence in which Pulumi finds no Outputs.
    """
    outer: pulumi.Output[Any] = pulumi.Output.from_input(value)
    return outer.apply(lambda resolved: pulumi.Output.from_input(as_lists_and_str(resolved)), run_with_unknowns=True)


def peek(output: pulumi.Output[Any]) -> pulumi.Output[Any]:
    """Return the Output without secrecy, with `None` for a value that a preview does not know.

    Whoever shows the value must hide it if the given Output is secret.
    """
    return pulumi.Output.unsecret(
        output.apply(lambda value: None if pulumi.contains_unknowns(value) else value, run_with_unknowns=True)
    )
