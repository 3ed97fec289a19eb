"""A program that gives permissions to roles, as a value: what it declares, and what each role is to have of it."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, NamedTuple, Self

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.documents import BUCKET, KEY, LOG_GROUP, OTHER_KEY
from tests.on_engine import TRUST

ROLES: Final = ("api", "batch", "web")
MADE: Final = "made"
"""The role that the program itself declares, here."""
HERE: Final = Sandbox.account_id
THERE: Final = "210987654321"
GRANTS: Final[Sequence[Mapping[str, Any]]] = (
    {},
    {"allow_update_instance_information": True},
    {"kms_key_arns": [KEY]},
    {"kms_key_arns": [OTHER_KEY, KEY]},
    {"s3_log_encryption_enforced": True, "cloudwatch_log_group_arns": [LOG_GROUP]},
    {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "team", "kms_key_arns": [KEY]},
)
# How a role and a policy's name are given.
KINDS: Final[Mapping[str, Callable[[str], pulumi.Input[str]]]] = {
    "plain": lambda value: value,
    "Output": pulumi.Output.from_input,
    "secret": pulumi.Output.secret,
}

Parents = tuple[str, ...]
"""The types of the components above one, the outermost first."""


class Place(NamedTuple):
    """A role in its account, by the name that IAM has it under."""

    account: str
    role: str


class Address(NamedTuple):
    """What Pulumi knows a component by, of which an alias names a former one."""

    parents: Parents
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Component:
    """What both components have: what Pulumi knows one by, now and before, and what it grants."""

    type: ClassVar[str]
    name: str = ""
    grants: Mapping[str, Any] = field(default_factory=dict)
    parents: Parents = ()
    aliases: tuple[Address, ...] = ()

    @property
    def address(self) -> Address:
        """What Pulumi knows it by."""
        return Address(self.parents, self.name)

    def known_as(self, address: Address) -> Self:
        """Return it with one more alias."""
        return replace(self, aliases=(*self.aliases, address))

    def options(self, parent: pulumi.Resource | None, provider: pulumi.ProviderResource | None) -> Any:
        """Return its options; an alias has the types of the parents and not their names, as a URN has."""
        urns: list[Any] = [
            f"urn:pulumi:dev::app::{'$'.join([*(f'app:index:{each}' for each in parents), self.type])}::{name}"
            for parents, name in self.aliases
            if (parents, name) != self.address
        ]
        return pulumi.ResourceOptions(parent=parent, provider=provider, aliases=urns)


@dataclass(frozen=True)
class Single(Component):
    """A component that gives one role a policy; with `policy_name` it has an exact name."""

    type: ClassVar[str] = "ssm-perms:index:SessionManagerPermissions"
    role: str
    policy_name: str = ""
    account: str = HERE
    kind: str = "plain"

    @property
    def pair(self) -> tuple[str, str]:
        """What IAM knows the policy by in its account; of a generated name it is the role alone."""
        return self.role.lower(), self.policy_name

    @property
    def places(self) -> list[Place]:
        """Where the policy is."""
        return [Place(self.account, self.role.lower())]

    def declare(self, opts: pulumi.ResourceOptions, made: aws.iam.Role) -> None:
        """Declare it; the role that the program has made is given by its resource."""
        given = KINDS[self.kind]
        of_made: Mapping[str, Any] = {"plain": made.name, "Output": made.arn, "secret": pulumi.Output.secret(made.name)}
        name = {"policy_name": given(self.policy_name)} if self.policy_name else {}
        role = of_made[self.kind] if self.role == MADE else given(self.role)
        args: Any = {"role": role, **self.grants, **name}
        SessionManagerPermissions(self.name, args, opts)


@dataclass(frozen=True)
class Fleet(Component):
    """A component that gives roles one managed policy; IAM cannot change its description and path.

    So its exact name, if it has one, changes with them, as the documentation asks for.
    """

    type: ClassVar[str] = "ssm-perms:index:SessionManagerManagedPolicy"
    roles: tuple[str, ...]
    named: bool = False
    description: str = ""
    path: str = ""

    @property
    def places(self) -> list[Place]:
        """Where the policy is."""
        return [Place(HERE, role.lower()) for role in self.roles]

    def declare(self, opts: pulumi.ResourceOptions, _: aws.iam.Role) -> None:
        """Declare it."""
        fixed = {"description": self.description, "path": self.path}
        if self.named:
            fixed["policy_name"] = "-".join(["sessions", *(self.description + self.path).strip("/").split("/")])
        given = {key: value for key, value in fixed.items() if value}
        args: Any = {"roles": self.roles, **self.grants, **given}
        SessionManagerManagedPolicy(self.name, args, opts)


@dataclass(frozen=True)
class Program:
    """What is declared: components in their order, and how they are called.

    `called` is "role" (each as its role), "position" (a prefix and its number) or "own" (as it is). A transform is one
    that returns the options of everything as they are. `retyped` has the types of parents, each with the one that an
    alias says it had. Another path of the role that the program makes replaces that role.
    """

    singles: tuple[Single, ...] = ()
    fleet: Fleet | None = None
    called: str = "position"
    prefix: str = "node"
    transform: bool = False
    retyped: tuple[tuple[str, str], ...] = ()
    path: str = "/"

    @property
    def components(self) -> list[Single | Fleet]:
        """All components, in their order."""
        return [*self.singles, *([self.fleet] if self.fleet else [])]

    def each(self, how: Callable[[Any], Any]) -> "Program":
        """Change every component."""
        return replace(self, singles=tuple(map(how, self.singles)), fleet=self.fleet and how(self.fleet))

    def named(self) -> "Program":
        """Call each component as a loop over the list would, with each alias once."""
        named: list[Single] = []
        for position, single in enumerate(self.singles):
            name = {"own": single.name, "role": single.role, "position": f"{self.prefix}-{position}"}[self.called]
            if self.called == "role" and any(other.name == name for other in named):
                name = f"{name}-{single.policy_name or 'generated'}"
            named.append(replace(single, name=name, aliases=tuple(dict.fromkeys(single.aliases))))
        return replace(self, singles=tuple(named))

    def before_retyping(self, parents: Parents) -> Parents:
        """Return the types that the aliases of the parents say they had."""
        return tuple(dict(self.retyped).get(each, each) for each in parents)

    def run(self, box: Sandbox) -> None:
        """Declare it all."""
        if self.transform:
            pulumi.runtime.register_resource_transform(
                lambda args: pulumi.ResourceTransformResult(args.props, args.opts)
            )

        @functools.cache
        def parent(types: Parents) -> pulumi.Resource | None:
            if not types:
                return None
            old = self.before_retyping(types)
            was = pulumi.Alias(name=_called(old), type_=f"app:index:{old[-1]}")
            opts = pulumi.ResourceOptions(parent=parent(types[:-1]), aliases=[was] if old != types else [])
            return pulumi.ComponentResource(f"app:index:{types[-1]}", _called(types), None, opts)

        @functools.cache
        def provider(account: str) -> pulumi.ProviderResource | None:
            return None if account == HERE else aws.Provider("elsewhere", **box.provider_args(account=account))

        made = aws.iam.Role(MADE, name=MADE, path=self.path, assume_role_policy=TRUST)
        for component in self.components:
            account = component.places[0].account
            component.declare(component.options(parent(component.parents), provider(account)), made)

    def documents(self, place: Place) -> list[dict[str, Any]]:
        """Return what a role is to have of it, policy by policy."""
        return [policy_document(**each.grants) for each in self.components if place in each.places]


def _called(parents: Parents) -> str:
    """Return the name of the innermost of these parents."""
    return "-".join(parents).lower()
