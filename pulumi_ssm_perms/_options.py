"""A component's resource options: what its children get of them, and what this run may create before it."""

import copy
from typing import Any, cast

import pulumi


def split_import(opts: Any) -> tuple[Any, pulumi.ResourceOptions]:
    """Return `import_`, which is the policy's, and a copy of the other options, with Outputs in `depends_on`."""
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        return None, opts  # Pulumi raises a TypeError about such options.
    others = copy.copy(opts) if opts else pulumi.ResourceOptions()
    import_, others.import_ = others.import_, None
    if others.depends_on is not None:
        # `has_dependencies` reads it again, and a coroutine can be awaited only once. Each resource stands by itself,
        # because one that a preview does not know yet would make all of them unknown.
        given: Any = others.depends_on
        if isinstance(given, (list, tuple)):
            others.depends_on = [*map(pulumi.Output.from_input, cast("list[Any]", given))]
        else:
            others.depends_on = pulumi.Output.from_input(given)
    return import_, others


def child_options(
    component: pulumi.ComponentResource,
    opts: pulumi.ResourceOptions,
    child_name: str,
    child_class: Any,
    **childs_own: Any,
) -> pulumi.ResourceOptions:
    """Return the options of a child, whose name must begin with the component's name.

    Each child gets the component's aliases itself: after a failed run, the engine stops passing them on, and the next
    run would recreate the child. Nor does the engine pass timeouts on to children, so they are set here, too.
    """
    name = component.pulumi_resource_name

    def component_urn(alias: pulumi.Alias | str) -> pulumi.Input[str]:
        if isinstance(alias, str):
            return alias
        # `...` marks a field that the alias does not set.
        changed = {field: value for field, value in vars(alias).items() if value is not ...}
        alias_fields: Any = {"name": name, "type_": component.pulumi_resource_type, "parent": opts.parent, **changed}
        return pulumi.create_urn(**alias_fields)

    def child_urn(urn: str) -> str:
        # `create_urn` includes the stack's type; URNs in the state omit it. A name may have `::` in it.
        *prefix, former_name = urn.replace("pulumi:pulumi:Stack$", "").split("::", 3)
        return f"{'::'.join(prefix)}${child_class.pulumi_type}::{former_name}{child_name.removeprefix(name)}"

    outputs: list[pulumi.Output[Any]] = [pulumi.Output.from_input(alias) for alias in opts.aliases or ()]
    aliases = [output.apply(component_urn).apply(child_urn) for output in outputs]
    return pulumi.ResourceOptions(parent=component, aliases=aliases, custom_timeouts=opts.custom_timeouts, **childs_own)


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
