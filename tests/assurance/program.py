"""A program that gives permissions to roles, as a value: what it declares, and what each role is to have of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.documents import BUCKET, KEY, LOG_GROUP, OTHER_KEY, allow, policy

ROLES: Final = ("api", "batch", "web")
HERE: Final = Sandbox.account_id
THERE: Final = "210987654321"
OWN: Final = policy(allow(["s3:GetObject"]))
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
    name: str


@dataclass(frozen=True)
class Single:
    """A component that gives one role a policy; with `policy_name` it has an exact name."""

    role: str
    policy_name: str = ""
    name: str = "node-0"
    account: str = HERE
    grants: Mapping[str, Any] = field(default_factory=dict)
    parents: Parents = ()
    kind: str = "plain"
    aliases: tuple[Address, ...] = ()

    @property
    def address(self) -> Address:
        """What Pulumi knows it by."""
        return Address(self.parents, self.name)

    @property
    def pair(self) -> tuple[str, str]:
        """What IAM knows the policy by in its account; of a generated name it is the role alone."""
        return self.role.lower(), self.policy_name

    @property
    def place(self) -> Place:
        """Where the policy is."""
        return Place(self.account, self.role.lower())

    def declare(self, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        given = KINDS[self.kind]
        name = {"policy_name": given(self.policy_name)} if self.policy_name else {}
        args: Any = {"role": given(self.role), **self.grants, **name}
        SessionManagerPermissions(self.name, args, opts)


@dataclass(frozen=True)
class Fleet:
    """A component that gives roles one managed policy; IAM cannot change its description and path.

    So its exact name, if it has one, changes with them, as the documentation asks for.
    """

    roles: tuple[str, ...]
    named: bool = False
    description: str = ""
    path: str = ""
    name: str = "fleet"
    grants: Mapping[str, Any] = field(default_factory=dict)
    parents: Parents = ()
    aliases: tuple[Address, ...] = ()

    @property
    def address(self) -> Address:
        """What Pulumi knows it by."""
        return Address(self.parents, self.name)

    @property
    def places(self) -> list[Place]:
        """Where the policy is."""
        return [Place(HERE, role.lower()) for role in self.roles]

    def declare(self, opts: pulumi.ResourceOptions) -> None:
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
    that returns the options of everything as they are.
    """

    singles: tuple[Single, ...] = ()
    fleet: Fleet | None = None
    called: str = "position"
    prefix: str = "node"
    transform: bool = False

    def named(self) -> "Program":
        """Call each component as a loop over the list would, with each alias once."""
        named: list[Single] = []
        for position, single in enumerate(self.singles):
            name = {"own": single.name, "role": single.role, "position": f"{self.prefix}-{position}"}[self.called]
            if self.called == "role" and any(other.name == name for other in named):
                name = f"{name}-{single.policy_name or 'generated'}"
            named.append(replace(single, name=name, aliases=tuple(dict.fromkeys(single.aliases))))
        return replace(self, singles=tuple(named))

    def run(self, box: Sandbox) -> None:
        """Declare it all."""
        if self.transform:
            pulumi.runtime.register_resource_transform(
                lambda args: pulumi.ResourceTransformResult(args.props, args.opts)
            )
        above: dict[Parents, pulumi.Resource] = {}
        elsewhere = any(single.account != HERE for single in self.singles)
        provider = aws.Provider("elsewhere", **box.provider_args(account=THERE)) if elsewhere else None
        for single in self.singles:
            opts = _options(single, above)
            opts.provider = provider if single.account != HERE else None
            single.declare(opts)
        if self.fleet:
            self.fleet.declare(_options(self.fleet, above))

    def documents(self, place: Place) -> list[dict[str, Any]]:
        """Return what a role is to have of it, policy by policy."""
        singles = [policy_document(**single.grants) for single in self.singles if single.place == place]
        fleets = [self.fleet] if self.fleet and place in self.fleet.places else []
        return [*singles, *(policy_document(**fleet.grants) for fleet in fleets)]


def _options(declared: Single | Fleet, above: dict[Parents, pulumi.Resource]) -> pulumi.ResourceOptions:
    for length in range(1, len(declared.parents) + 1):
        types = declared.parents[:length]
        if types not in above:
            opts = pulumi.ResourceOptions(parent=above.get(types[:-1]))
            above[types] = pulumi.ComponentResource(f"app:index:{types[-1]}", "-".join(types).lower(), None, opts)
    kind = SessionManagerPermissions if isinstance(declared, Single) else SessionManagerManagedPolicy
    aliases: list[Any] = list(_urns(declared, f"ssm-perms:index:{kind.__name__}"))
    return pulumi.ResourceOptions(parent=above.get(declared.parents), aliases=aliases)


def _urns(declared: Single | Fleet, kind: str) -> Iterator[str]:
    for parents, name in declared.aliases:
        if (parents, name) != declared.address:
            yield f"urn:pulumi:dev::app::{'$'.join([*(f'app:index:{each}' for each in parents), kind])}::{name}"
