"""What is known of the run that makes a component: whether the plugin makes it, and what the run may create."""

from typing import Any, cast

import pulumi


def is_in_plugin() -> bool:
    """Return whether this is the plugin's process: only a program has a root resource, its stack."""
    return pulumi.runtime.get_root_resource() is None


async def has_dependencies(value: object, opts: pulumi.ResourceOptions) -> bool:
    """Return whether the input or the component depends on a resource, so that this update may create what it names.

    In a plugin, `depends_on` is not asked, because Pulumi adds each input's dependencies to it.
    """
    if isinstance(value, pulumi.Output) and await value.resources():
        return True
    if is_in_plugin():
        return False
    # An Output that resolves to an empty list is no dependency.
    return bool(await pulumi.Output.from_input(cast("Any", opts.depends_on)).future(with_unknowns=True))
