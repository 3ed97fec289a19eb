"""A program that gives permissions to roles, as a value: what it declares, and what is to come of it."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
# How a role and a policy's name are given: as they are, as an Output, as a secret.
LATE: Final[Mapping[str, Callable[[str], pulumi.Input[str]]]] = {
    "": lambda value: value,
    "Output": pulumi.Output.from_input,
    "secret": pulumi.Output.secret,
}

Parents = tuple[str, ...]
"""The types of the components above one, the outermost first."""


class Place(NamedTuple):
    """A role in its account, by the name that IAM has it under."""

    account: str
    role: str


class Was(NamedTuple):
    """What a component was: where and how it was called, for an alias."""

    parents: Parents
    name: str


@dataclass(frozen=True)
class One:
    """A component that gives one role a policy; with `policy_name` it has an exact name."""

    role: str
    policy_name: str = ""
    name: str = "node-0"
    account: str = HERE
    grants: Mapping[str, Any] = field(default_factory=dict)
    parents: Parents = ()
    late: str = ""
    was: tuple[Was, ...] = ()

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
        as_given = LATE[self.late]
        name = {"policy_name": as_given(self.policy_name)} if self.policy_name else {}
        args: Any = {"role": as_given(self.role), **self.grants, **name}
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
    was: tuple[Was, ...] = ()

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

    ones: tuple[One, ...] = ()
    fleet: Fleet | None = None
    called: str = "position"
    prefix: str = "node"
    transform: bool = False

    def named(self) -> "Program":
        """Call each component as a loop over the list would, with each alias once."""
        ones = [dataclasses.replace(one, was=tuple(dict.fromkeys(one.was))) for one in self.ones]
        if self.called == "own":
            return dataclasses.replace(self, ones=tuple(ones))
        named: list[One] = []
        for position, one in enumerate(ones):
            name = f"{self.prefix}-{position}" if self.called == "position" else one.role
            if any(other.name == name for other in named):
                name = f"{name}-{one.policy_name or 'generated'}"
            named.append(dataclasses.replace(one, name=name))
        return dataclasses.replace(self, ones=tuple(named))

    def run(self, box: Sandbox) -> None:
        """Declare it all."""
        if self.transform:
            pulumi.runtime.register_resource_transform(
                lambda args: pulumi.ResourceTransformResult(args.props, args.opts)
            )
        above: dict[Parents, pulumi.Resource] = {}
        elsewhere = [one for one in self.ones if one.account != HERE]
        provider = aws.Provider("elsewhere", **box.provider_args(account=THERE)) if elsewhere else None
        for one in self.ones:
            opts = _options(one, above, "SessionManagerPermissions")
            if one.account != HERE:
                opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(provider=provider))
            one.declare(opts)
        if self.fleet:
            self.fleet.declare(_options(self.fleet, above, "SessionManagerManagedPolicy"))

    def documents(self) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Yield what each place is to have, a policy at a time."""
        for one in self.ones:
            yield one.place, policy_document(**one.grants)
        if self.fleet:
            for place in self.fleet.places:
                yield place, policy_document(**self.fleet.grants)


def here(declared: One | Fleet) -> Was:
    """Return where a component is and how it is called."""
    return Was(declared.parents, declared.name)


def covered(one: One) -> set[Parents]:
    """Return the parents under which the state may have an exact name: these, fewer of these, and an alias'."""
    return {one.parents[start:] for start in range(len(one.parents) + 1)} | {was.parents for was in one.was}


def _options(declared: One | Fleet, above: dict[Parents, pulumi.Resource], kind: str) -> pulumi.ResourceOptions:
    for length in range(1, len(declared.parents) + 1):
        types = declared.parents[:length]
        if types not in above:
            opts = pulumi.ResourceOptions(parent=above.get(types[:-1]))
            above[types] = pulumi.ComponentResource(f"app:index:{types[-1]}", "-".join(types).lower(), None, opts)
    own = f"ssm-perms:index:{kind}"
    aliases: list[Any] = [
        f"urn:pulumi:dev::app::{'$'.join([*(f'app:index:{each}' for each in was.parents), own])}::{was.name}"
        for was in declared.was
        if was != here(declared)
    ]
    return pulumi.ResourceOptions(parent=above.get(declared.parents), aliases=aliases)
