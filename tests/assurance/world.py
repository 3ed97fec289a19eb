"""A program that gives permissions to roles, as a value that can be changed, and what has to hold after each change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from sandbox.calls import gaps
from tests.policies import BUCKET, KEY, LOG_GROUP, OTHER_KEY, allow, policy
from tests.wanted import Grant, granted

ROLES: Final = ("api", "batch", "web")
OWN: Final = policy(allow(["s3:GetObject"]))
GRANTS: Final[Sequence[Mapping[str, Any]]] = (
    {},
    {"allow_update_instance_information": True},
    {"kms_key_arns": [KEY]},
    {"kms_key_arns": [OTHER_KEY, KEY]},
    {"s3_log_encryption_enforced": True, "cloudwatch_log_group_arns": [LOG_GROUP]},
    {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "team", "kms_key_arns": [KEY]},
)


@dataclass(frozen=True)
class Declaration:
    """What the program declares: a component for each role, or one managed policy for all of them.

    A fixed name is one for each component, as the documentation asks for.
    """

    managed: bool = False
    name: str = "one"
    parent: str = ""
    roles: Sequence[str] = ("web",)
    grants: Mapping[str, Any] = field(default_factory=dict)
    policy_name: str = ""
    description: str = ""

    def run(self, before: "Declaration") -> None:
        """Declare it, with the aliases that tell the engine what it was before."""
        parent = pulumi.ComponentResource("app:index:Team", self.parent) if self.parent else None
        if self.managed:
            args: Any = {"roles": self.roles, **self.grants, "policy_name": self.fixed(0) or None}
            args["description"] = self._managed_description()
            SessionManagerManagedPolicy(self.name, args, self._options(before, parent, "", alike=before.managed))
            return
        for position, role in enumerate(self.roles):
            args = {"role": role, **self.grants, "policy_name": self.fixed(position) or None}
            end = f"-{position}"
            SessionManagerPermissions(
                f"{self.name}{end}", args, self._options(before, parent, end, alike=not before.managed)
            )

    def fixed(self, position: int) -> str:
        """Return the fixed name of a component's policy, if it has one."""
        return f"{self.policy_name}-{position}" if self.policy_name else ""

    def _managed_description(self) -> str | None:
        # With a fixed name another description cannot be: the documentation says so, and AWS refuses it.
        return None if self.policy_name else self.description or None

    def _options(
        self, before: "Declaration", parent: pulumi.Resource | None, end: str, *, alike: bool
    ) -> pulumi.ResourceOptions:
        if not alike or (self.name, self.parent) == (before.name, before.parent):
            return pulumi.ResourceOptions(parent=parent)
        above = f"app:index:Team${self._type()}" if before.parent else self._type()
        urn = f"urn:pulumi:dev::app::{above}::{before.name}{end}"
        return pulumi.ResourceOptions(parent=parent, aliases=[urn])

    def _type(self) -> str:
        kind = "SessionManagerManagedPolicy" if self.managed else "SessionManagerPermissions"
        return f"ssm-perms:index:{kind}"

    def document(self) -> dict[str, Any]:
        """Return what each of the roles is to have."""
        return policy_document(**self.grants)


NOTHING: Final = Declaration(roles=())


class World:
    """A sandbox with the roles, and a stack whose program changes; it notes since when a role has had what."""

    def __init__(self, box: Sandbox) -> None:
        """Begin with the roles, each with a policy of its own."""
        self.box = box
        box.reset()
        for role in ROLES:
            box.create_role(role, policies={"own": OWN})
        self.now = NOTHING
        self._since: dict[tuple[str, Grant], int] = {}

    def deploy(self, new: Declaration) -> None:
        """Change the program and run it; what roles had and are to keep is noted before."""
        begin, old = len(self.box.calls), self.now
        wanted = {(role, grant) for role in new.roles for grant in granted(new.document())}
        wanted |= {(role, grant) for role in ROLES for grant in granted(OWN)}
        self._since = {each: self._since.get(each, begin) for each in wanted}
        self.box.stack(lambda: new.run(old)).up()
        self.now = new

    def gaps(self) -> list[tuple[str, Grant, str]]:
        """List the writes after which a role was without something that it had and was to keep."""
        calls = self.box.calls
        return [
            (role, grant, call.action)
            for (role, grant), since in self._since.items()
            for call in gaps(calls[since:], role, *grant)
        ]

    def policies(self) -> dict[str, list[Any]]:
        """Return each role's documents, its own first."""
        found = {}
        for role in ROLES:
            inline = self.box.role_policies(role)
            found[role] = [inline.pop("own", None), *inline.values(), *self.box.attached_policies(role).values()]
        return found

    def expected(self) -> dict[str, list[Any]]:
        """Return what `policies` is to be now."""
        return {role: [OWN, *([self.now.document()] if role in self.now.roles else [])] for role in ROLES}
