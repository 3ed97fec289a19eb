"""What moves of a program declare on the engine: each item is ours, or what is bare in its place."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.on_engine import TRUST

MADE: Final = "made"
BY: Final[Mapping[str, Callable[[aws.iam.Role], pulumi.Input[str]]]] = {
    MADE: lambda role: role.name,
    f"{MADE}, by its ARN": lambda role: role.arn,
    f"{MADE}, as a secret": lambda role: pulumi.Output.secret(role.name),
    f"{MADE}, in a text": lambda role: pulumi.Output.format("{0}", role.name),
}
"""The forms of the role that the program makes."""
Documents = Mapping[str, Mapping[str, Any]]
"""What a role is to have."""


class AsOutput(str):
    """A text that the program gives as an Output; without a character, an Output that is `None`."""

    __slots__ = ()


class OfTheRole(str):
    """A text that the program makes of an attribute of the role that it makes."""

    __slots__ = ()


class Secret(str):
    """A text that the program gives as a secret."""

    __slots__ = ()


@dataclass(frozen=True, eq=False)
class Scope:
    """Where a program declares something: all names end with the suffix, and it declares ours or what is bare."""

    box: Sandbox
    suffix: str
    ours: bool
    roles: dict[str, aws.iam.Role] = field(default_factory=dict)

    @functools.cache  # noqa: B019 - one run of a program
    def provider(self, name: str, region: str | None = None) -> aws.Provider:
        """Return a provider."""
        return aws.Provider(f"{name}{self.suffix}", **self.box.provider_args(region))

    @functools.cache  # noqa: B019 - one run of a program
    def parent(self, within: tuple["Wrapper", ...]) -> pulumi.Resource | None:
        """Declare components around another, the outermost first; return the innermost."""
        if not within:
            return None
        last = within[-1]
        opts = pulumi.ResourceOptions(parent=self.parent(within[:-1]))
        given = pulumi.ResourceOptions.merge(opts, last.opts(self))
        return pulumi.ComponentResource(f"app:index:{last.type}", f"{last.name}{self.suffix}", None, given)

    def options(self, item: "Single | Fleet", end: str = "") -> pulumi.ResourceOptions:
        """Return the options of one resource, whose name has this end."""
        own = pulumi.ResourceOptions(parent=self.parent(tuple(item.within)))
        own.aliases = [self.alias(was, f"{was.name or item.name}{self.suffix}{end}") for was in item.aliases]
        return pulumi.ResourceOptions.merge(own, item.opts(self))

    def alias(self, was: "Alias", name: str) -> pulumi.Alias:
        """Return an alias of this name; parents that are no longer there are named by their URN."""
        if was.within is None:
            return pulumi.Alias(name=name)
        if not was.within:
            return pulumi.Alias(name=name, parent=pulumi.ROOT_STACK_RESOURCE)
        types = "$".join(f"app:index:{each.type}" for each in was.within)
        return pulumi.Alias(name, parent=f"urn:pulumi:dev::app::{types}::{was.within[-1].name}{self.suffix}")

    def given(self, text: str | None) -> Any:
        """Return a text as the program gives it."""
        full = f"{text}{self.suffix}" if text else None
        if isinstance(text, OfTheRole):
            return self.roles[MADE].unique_id.apply(lambda _: full)
        if isinstance(text, AsOutput):
            return pulumi.Output.from_input(full)
        return pulumi.Output.secret(full) if isinstance(text, Secret) else full


Options = Callable[[Scope], pulumi.ResourceOptions]


def no_options(_: Scope) -> pulumi.ResourceOptions:
    """Give none."""
    return pulumi.ResourceOptions()


class Wrapper(NamedTuple):
    """A component of the user's own, which others are in."""

    type: str
    name: str
    opts: Options = no_options


TEAM: Final = Wrapper("Team", "team")
ORG: Final = Wrapper("Org", "org")
SQUAD: Final = Wrapper("Squad", "team")


class Alias(NamedTuple):
    """What an alias says: a former name, and the wrappers that something was in, unless they are the same."""

    name: str = ""
    within: Sequence[Wrapper] | None = None


class Role(NamedTuple):
    """The role of the program, which another path replaces."""

    path: str = "/"
    name: str = MADE

    def declare(self, at: Scope) -> None:
        """Declare it; it lets go of its policies."""
        name = f"{self.name}{at.suffix}"
        more: Any = {"path": self.path, "assume_role_policy": TRUST, "force_detach_policies": True}
        at.roles[self.name] = aws.iam.Role(name, name=name, **more)

    def documents(self) -> Documents:
        """Return nothing."""
        return {}


class Single(NamedTuple):
    """One inline policy."""

    name: str
    role: str
    policy_name: str | None = None
    keys: Sequence[str] = ()
    opts: Options = no_options
    within: Sequence[Wrapper] = ()
    aliases: Sequence[Alias] = ()

    @property
    def grants(self) -> Mapping[str, Any]:
        """What it grants."""
        return {"kms_key_arns": self.keys} if self.keys else {}

    def declare(self, at: Scope) -> pulumi.Resource:
        """Declare a component, or a bare RolePolicy of its name."""
        name, opts, policy_name = f"{self.name}{at.suffix}", at.options(self), at.given(self.policy_name)
        if at.ours:
            role = BY[self.role](at.roles[MADE]) if self.role in BY else at.given(self.role)
            args: Any = {"role": role, "policy_name": policy_name, **self.grants}
            return SessionManagerPermissions(name, args, opts)
        bare = at.roles[MADE].name if self.role in BY else at.given(type(self.role)(self.role.rpartition("/")[2]))
        document = json.dumps(policy_document(**self.grants))
        return aws.iam.RolePolicy(name, role=bare, name=policy_name, policy=document, opts=opts)

    def documents(self) -> Documents:
        """Return the document."""
        role = self.role.partition(",")[0].rpartition("/")[2].lower()
        return {role: policy_document(**self.grants)}


class Fleet(NamedTuple):
    """One managed policy on several roles; `inputs` are its name, description, path and grants."""

    name: str = "fleet"
    roles: Sequence[str] = ("api", "web")
    inputs: Mapping[str, Any] = {}
    opts: Options = no_options
    within: Sequence[Wrapper] = ()
    aliases: Sequence[Alias] = ()

    @property
    def grants(self) -> Mapping[str, Any]:
        """What it grants."""
        return {key: value for key, value in self.inputs.items() if key == "kms_key_arns"}

    def declare(self, at: Scope) -> object:
        """Declare a component, or a bare Policy and its attachments, each with the component's options."""
        name, opts = f"{self.name}{at.suffix}", at.options(self)
        fixed = {key: at.given(value) if key == "policy_name" else value for key, value in self.inputs.items()}
        if at.ours:
            args: Any = {**fixed, "roles": [at.given(role) for role in self.roles]}
            return SessionManagerManagedPolicy(name, args, opts)
        given: Any = {key: fixed.get(key) for key in ("description", "path")}
        document = json.dumps(policy_document(**self.grants))
        made = aws.iam.Policy(name, name=fixed.get("policy_name"), policy=document, opts=opts, **given)
        for role in self.roles:
            called = f"/{role.lower()}"
            attached: Any = {"role": at.given(role), "policy_arn": made.arn, "opts": at.options(self, called)}
            aws.iam.RolePolicyAttachment(f"{name}{called}", **attached)
        return made

    def documents(self) -> Documents:
        """Return the document for each role."""
        return {role.lower(): policy_document(**self.grants) for role in self.roles}


class Attached(NamedTuple):
    """An attachment of the user's own, of the policy that is called `fixed`."""

    role: str

    def declare(self, at: Scope) -> None:
        """Declare it."""
        arn = f"arn:aws:iam::{at.box.account_id}:policy/fixed{at.suffix}"
        aws.iam.RolePolicyAttachment(f"own{at.suffix}", role=at.given(self.role), policy_arn=arn)

    def documents(self) -> Documents:
        """Return the policy's document."""
        return {self.role: policy_document()}


Item = Role | Single | Fleet | Attached


def put(role: str) -> tuple[str, str]:
    """Return the write of a policy."""
    return ("PutRolePolicy", role)


def as_they_are(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Return what it gets, in which the SDK loses some options."""
    return pulumi.ResourceTransformResult(args.props, args.opts)


def register_as_they_are() -> None:
    """Let the stack have such a transform."""
    pulumi.runtime.register_resource_transform(as_they_are)
