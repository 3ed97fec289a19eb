"""What the components have in common beside their grants: names, options and aliases of their children."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

import pulumi

from . import _aws
from ._errors import Problem, show
from ._inputs import ReadInput
from ._validators import NAME_RULE

SUFFIX: Final = "-session-manager"
"""What follows a component's name in the name of its policy."""
_EXAMPLE: Final = f"NAME{SUFFIX}-1234567"
_COMPONENT_NAME: Final = re.compile(rf"{_aws.NAME_CHARACTERS}+")
_URN: Final = "urn:pulumi:"
# The parts of a URN before the name, which may have `::` in it.
_BEFORE_NAME: Final = 3
_STACK: Final = "pulumi:pulumi:Stack$"


@dataclass(frozen=True)
class Component:
    """A declared component: its resource, its name, what begins its messages, and its own options."""

    resource: pulumi.ComponentResource
    name: str
    owner: str
    opts: pulumi.ResourceOptions

    def child_options(self, child: str, type_: str, **more: Any) -> pulumi.ResourceOptions:
        """Return the options of a child of this type, whose name begins with the component's.

        The engine passes an alias on to children only in the run in which it finds the component by it. If that run
        fails, the next one would take a child for a new one, and delete the old one last. Timeouts it never passes on.
        """
        suffix = child.removeprefix(self.name)
        aliases = [urn.apply(partial(_child_urn, type_=type_, suffix=suffix)) for urn in self._former_urns]
        timeouts = self.opts.custom_timeouts
        return pulumi.ResourceOptions(parent=self.resource, aliases=aliases, custom_timeouts=timeouts, **more)

    @cached_property
    def _former_urns(self) -> "Sequence[pulumi.Output[str]]":
        """The URNs that the component's aliases mean."""
        aliases: list[pulumi.Output[Any]] = [pulumi.Output.from_input(alias) for alias in self.opts.aliases or ()]
        return [alias.apply(self._former_urn) for alias in aliases]

    def _former_urn(self, alias: pulumi.Alias | str) -> "pulumi.Output[str]":
        if isinstance(alias, str):
            return pulumi.Output.from_input(alias)
        given = {key: value for key, value in vars(alias).items() if value is not ...}
        parent = given.pop("parent", self.opts.parent)
        parts = {"name": self.name, "type_": self.resource.pulumi_resource_type, **given}
        return pulumi.Output.all(**parts).apply(partial(_urn_in_state, parent))


def _child_urn(urn: str, *, type_: str, suffix: str) -> str:
    """Return the URN of a component's child, whose name is the component's with a suffix."""
    *parents, name = urn.split("::", _BEFORE_NAME)
    return f"{'::'.join(parents)}${type_}::{name}{suffix}"


def _urn_in_state(parent: Any, parts: Mapping[str, str]) -> "pulumi.Output[str]":
    """Return the URN of a component with this parent, and these parts, as the state has it."""
    return pulumi.create_urn(parent=parent, **parts).apply(partial(_as_in_state, parts=parts))


def _as_in_state(urn: str, parts: Mapping[str, str | None]) -> str:
    """Return a URN of `create_urn` as the state has it.

    Below a parent, `create_urn` takes stack and project from the parent, and it names the stack's type in the URN of a
    child of the stack.
    """
    stack, project, types, name = urn.removeprefix(_URN).split("::", _BEFORE_NAME)
    stack, project = parts.get("stack") or stack, parts.get("project") or project
    return f"{_URN}{stack}::{project}::{types.removeprefix(_STACK)}::{name}"


def split_options(opts: pulumi.ResourceOptions | None) -> tuple[Any, pulumi.ResourceOptions]:
    """Return `import_`, which is for the component's policy, and the options of the component itself."""
    options = copy.copy(opts) if opts else pulumi.ResourceOptions()
    import_, options.import_ = options.import_, None
    if isinstance(options.depends_on, Sequence):
        # It is read twice, and an awaitable in it can be awaited only once.
        options.depends_on = [pulumi.Output.from_input(dependency) for dependency in options.depends_on]
    return import_, options


def generated_name_problems(
    component_name: str, policy_name: ReadInput[str | None], unique_where: str
) -> Iterator[Problem]:
    """Yield the problem if a policy has no exact name, and IAM would refuse the one that is generated.

    `unique_where` says where an exact name must be unique, such as "on the role".
    """
    limit = _aws.POLICY_NAME_LIMIT - len(_EXAMPLE.removeprefix("NAME"))
    if policy_name is None and not (_COMPONENT_NAME.fullmatch(component_name) and len(component_name) <= limit):
        rule = f"the policy is named after it, {_EXAMPLE}, so it must have 1 to {limit} characters: {NAME_RULE}"
        remedy = f"choose another component name, or set «policy_name», which must then be unique {unique_where}"
        yield Problem("name", show(component_name), rule, remedy)
