"""Outputs: what is not known yet, what a preview does not know, and what the same run may still make."""

import asyncio
from collections import UserString
from collections.abc import Coroutine, Sequence
from typing import Any, Final, cast

import pulumi

NOT_KNOWN: Final[Any] = object()
"""Placeholder for a value that is not known yet, or that failed validation.

A program declares its resources before its Outputs resolve, and a preview never learns some of them. Pulumi's own
`pulumi.UNKNOWN` cannot stand in for these values, because Pulumi does not call the functions of an Output that is
unknown.
"""


def is_output(value: object) -> bool:
    """Return whether a value resolves later. The result of a provider's function can be awaited, but is plain."""
    return isinstance(value, (pulumi.Output, Coroutine, asyncio.Future))


def without_outputs(name: str, value: object) -> tuple[Any, list[str]]:
    """Return a value with `NOT_KNOWN` instead of Outputs, also within a list, and the paths of these Outputs."""
    if is_output(value):
        return NOT_KNOWN, [name]
    if not isinstance(value, list):
        return value, []
    elements = cast("list[object]", value)
    paths = [f"{name}[{position}]" for position, element in enumerate(elements) if is_output(element)]
    return [NOT_KNOWN if is_output(element) else element for element in elements], paths


def without_unknown(output: "pulumi.Output[Any]") -> "pulumi.Output[Any]":
    """Return an Output that is always known: `NOT_KNOWN` if a preview does not know the value. It is never secret."""
    return pulumi.Output.unsecret(
        output.apply(lambda value: NOT_KNOWN if pulumi.contains_unknowns(value) else value, run_with_unknowns=True)
    )


def resolve(value: object) -> "pulumi.Output[Any]":
    """Return an Output of a value that has no Outputs in it any more, and only Python's own classes."""
    output: pulumi.Output[Any] = pulumi.Output.from_input(value)
    # What a function of `apply` returns can be a list of Outputs, in a class that Pulumi does not look into.
    return output.apply(lambda resolved: pulumi.Output.from_input(as_builtin(resolved)))


def as_builtin(value: object) -> Any:
    """Return a string or a sequence in Python's own class.

    Pulumi looks for Outputs only in lists, and an f-string shows a member of a `str` enumeration by its name.
    """
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, UserString)):
        return [as_builtin(element) for element in cast("Sequence[object]", value)]
    return str.__str__(value) if isinstance(value, str) else value


def is_in_plugin() -> bool:
    """Return whether this process is the plugin's and not a program's. Only a program has a root resource."""
    return pulumi.runtime.get_root_resource() is None


def may_change_in_run(value: object, opts: pulumi.ResourceOptions) -> bool:
    """Return whether the same run may make or change what an input names: an Output, or something depended on.

    In a plugin, dependencies say nothing, because each input that is an Output arrives as a dependency, too.
    """
    return isinstance(value, pulumi.Output) or (bool(opts.depends_on) and not is_in_plugin())
