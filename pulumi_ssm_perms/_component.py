"""A component as the modules see it that ask AWS for it or declare its resources."""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Component:
    """A component's resource, its name, what begins its messages, and its options."""

    resource: pulumi.ComponentResource
    name: str
    owner: str
    opts: pulumi.ResourceOptions
