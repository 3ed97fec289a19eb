"""What this package needs of Pulumi's SDK beyond its public names, as it is in 3.237 to 3.272."""

import importlib
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.resource import DependencyResource
from pulumi.runtime.settings import get_monitor


def monitor() -> Any:
    """Return the client of the engine: each run of a program has its own."""
    return get_monitor()


def has_transforms() -> bool:
    """Return whether the program may have registered a transform; also where that cannot be found out.

    A transform that returns options fails in the SDK where an option is `replacement_trigger`.
    """
    callbacks: Any = importlib.import_module("pulumi.runtime._callbacks")
    try:
        return any(servicer._monitor is monitor() for servicer in callbacks._CallbackServicer._servicers)  # noqa: SLF001
    except AttributeError:
        return True


def type_and_name(resource: pulumi.Resource) -> tuple[str, str] | None:
    """Return what a resource was declared as; `None` for the stand-in of a parent that a plugin is given."""
    if isinstance(resource, DependencyResource):
        return None
    return resource.pulumi_resource_type, resource.pulumi_resource_name


def expect_child(component: pulumi.ComponentResource, urn: pulumi.Output[str]) -> None:
    """Let what depends on the component wait for a child of it that is declared only later.

    The SDK waits for the children that a component has at the time.
    """
    children: set[pulumi.Resource] = getattr(component, "_childResources", set())
    stand_in = DependencyResource("")
    vars(stand_in)["urn"] = urn
    children.add(stand_in)


def former_urns(component: pulumi.Resource) -> Sequence[pulumi.Input[str]]:
    """Return the URNs that a resource's aliases say it has had.

    The engine passes an alias on to a child only where it finds the parent itself under it.
    """
    urns: Sequence[pulumi.Input[str]] = getattr(component, "_aliases", ())
    return urns
