"""Outputs: values that have not resolved, that a preview does not know, or that the same run may still make."""

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
    """Return whether a value resolves later. What a provider's function returns can be awaited, but has its values."""
    return isinstance(value, (pulumi.Output, Coroutine, asyncio.Future))


def split_outputs(name: str, value: object) -> tuple[Any, list[str]]:
    """Return the value with `NOT_KNOWN` instead of Outputs, also within a list, and the paths of these Outputs."""
    if is_output(value):
        return NOT_KNOWN, [name]
    if not isinstance(value, list):
        return value, []
    elements = cast("list[object]", value)
    paths = [f"{name}[{position}]" for position, element in enumerate(elements) if is_output(element)]
    return [NOT_KNOWN if is_output(element) else element for element in elements], paths


def without_unknown(output: "pulumi.Output[Any]") -> "pulumi.Output[Any]":
    """Return an Output that is always known: `NOT_KNOWN` if a preview does not know the value.

    The Output is no secret, even if the value is: whoever shows the value must hide it.
    """
    return pulumi.Output.unsecret(
        output.apply(lambda value: NOT_KNOWN if pulumi.contains_unknowns(value) else value, run_with_unknowns=True)
    )


def resolve(value: object) -> "pulumi.Output[Any]":
    """Return an Output of the value with every Output in it resolved, and only Python's own strings and lists."""
    output: pulumi.Output[Any] = pulumi.Output.from_input(value)
    # The value can be a sequence with Outputs in it, of a class that Pulumi does not look into, such as a tuple.
    return output.apply(lambda resolved: pulumi.Output.from_input(as_builtin(resolved)))


def as_builtin(value: object) -> Any:
    """Return a string or a sequence in Python's own class.

    Pulumi looks for Outputs only in lists, and an f-string shows a member of a `str` enumeration by its name.
    """
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, UserString)):
        return [as_builtin(element) for element in cast("Sequence[object]", value)]
    return str.__str__(value) if isinstance(value, str) else value


def is_in_plugin() -> bool:
    """Return whether this is the plugin's process: only a program has a root resource, its stack."""
    return pulumi.runtime.get_root_resource() is None


async def may_be_made_in_run(value: object, opts: pulumi.ResourceOptions) -> bool:
    """Return whether the same run may make what an input names: its Output, or the component, depends on a resource.

    In a plugin, the component's dependencies say nothing, because Pulumi adds those of each Output among the inputs.
    """
    output: Any = value
    depends = isinstance(value, pulumi.Output) and bool(await output.resources())
    return depends or (bool(opts.depends_on) and not is_in_plugin())
