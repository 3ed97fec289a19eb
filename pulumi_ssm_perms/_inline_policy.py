"""The component's RolePolicy, and its name in Pulumi's state: the component's, or that of role and policy in IAM."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import iam

from . import _lookups, _run, _sdk
from ._aws import RESOURCE_NAME_SUFFIX
from ._errors import InvalidInputError, Problem, raise_problems, show

_TYPE: Final = "aws:iam/rolePolicy:RolePolicy"
_LOST: Final = (
    "the resource that it comes from has failed, so that it has no value",
    "run it again once that resource exists; without a value Pulumi would delete the policy",
)
_OTHERS: Final = (
    "the policy that is imported, or that an alias names, is another role's",
    (
        "correct the import or the alias; if `pulumi up` has failed with this line, first remove the policy from "
        "Pulumi's state with `pulumi state delete`: otherwise Pulumi would delete that policy"
    ),
)


@dataclass(frozen=True)
class InlinePolicy:
    """A policy of a role, to be declared under a component.

    `role_name` is known from the inputs alone; `role` may wait for more than that.
    """

    component: pulumi.ComponentResource
    name: str
    identity: _run.Component
    role_name: pulumi.Input[str]
    role: pulumi.Input[str]
    policy_name: pulumi.Input[str | None]
    document: pulumi.Input[str]

    def declare(self) -> pulumi.Output[str]:
        """Declare the policy, and return its name in IAM."""
        if self.policy_name is None:
            return self._generated().name
        if isinstance(self.role_name, str) and isinstance(self.policy_name, str):
            _run.current().claim(self.identity, self.role_name, self.policy_name)
        declared: pulumi.Output[iam.RolePolicy] = pulumi.Output.from_input(self._when_known())
        _sdk.expect_child(self.component, declared.apply(lambda policy: policy.urn))
        return declared.apply(
            lambda policy: pulumi.Output.all(policy.name, policy.role, self.role_name).apply(self._of_the_role)
        )

    def _of_the_role(self, found: list[Any]) -> str:
        """Return the policy's name if the policy is the role's; `ignore_changes` hides from Pulumi that it is not."""
        name: str = found[0]
        role, wanted = found[1:]
        if isinstance(role, str) and isinstance(wanted, str) and role.lower() != wanted.lower():
            raise InvalidInputError(self.identity.owner, [Problem("role", "", *_OTHERS)])
        return name

    async def _when_known(self) -> "iam.RolePolicy":
        pair: pulumi.Output[list[Any]] = pulumi.Output.all(self.role_name, self.policy_name)
        if not await pair.is_known():
            return self._not_known()
        role, policy_name = await pair.future() or [None, None]
        if policy_name is None:
            return self._generated()
        secret = await pair.is_secret()
        raise_problems(self.identity.owner, duplicates(self.identity, role, policy_name, secret=secret))
        _run.current().claim(self.identity, role, policy_name)
        return await self._exact(f"/{role.lower()}/{policy_name}", secret=secret)

    def _generated(self) -> "iam.RolePolicy":
        # A replacement has another name, so it can come first. The AWS provider would delete first where one was given.
        return self._policy(f"{self.name}{RESOURCE_NAME_SUFFIX}", delete_before_replace=False)

    def _not_known(self) -> "iam.RolePolicy":
        """Declare the policy in a preview that does not know yet its role or its name in IAM."""
        if not pulumi.runtime.is_dry_run():
            raise InvalidInputError(self.identity.owner, [Problem("role or policy_name", "", *_LOST)])
        return self._policy(f"{self.name}{RESOURCE_NAME_SUFFIX}-exact", delete_before_replace=True)

    async def _exact(self, pair: str, *, secret: bool) -> "iam.RolePolicy":
        """Declare the policy under a name that is made of role and policy name, whatever its component is called.

        Then each policy of IAM has one entry in Pulumi's state, and deleting another entry cannot delete it. The name
        begins with a `/` because the engine rewrites the aliases of a child whose name begins with its parent's. A
        secret name is replaced by a digest.

        The component's aliases count although the component may be there under its own name: a policy may come to it
        from another component, whose parents are of other types.
        """
        digest = f"/{hashlib.sha256(pair.encode()).hexdigest()[:16]}"
        name, other = (digest, pair) if secret else (pair, digest)
        urn = await self.component.urn.future() or ""
        former = [await pulumi.Output.from_input(each).future() or "" for each in _sdk.former_urns(self.component)]
        aliases = dict.fromkeys(alias for each in (urn, *former) for alias in (*_urns(each, name), *_urns(each, other)))
        return self._policy(
            name,
            # Where this resource alone is replaced, as after a taint, old and new are the same policy of IAM.
            delete_before_replace=True,
            # IAM ignores the case of a role's name.
            ignore_changes=["role"],
            aliases=[alias for alias in aliases if alias not in _urns(urn, name)[:1]],
            replacement_trigger=None if _sdk.has_transforms() else await _lookups.account(self.component),
        )

    def _policy(self, name: str, **opts: Any) -> "iam.RolePolicy":
        options = pulumi.ResourceOptions(parent=self.component, **opts)
        return iam.RolePolicy(name, role=self.role, name=self.policy_name, policy=self.document, opts=options)


def duplicates(identity: _run.Component, role: str, policy_name: str, *, secret: bool) -> Iterator[Problem]:
    """Yield what is wrong with an exact name that another component of the program has on the same role."""
    if other := _run.current().other(identity, role, policy_name):
        rule = f"{other.owner} has it on the same role, and each would overwrite or delete the policy of the other"
        remedy = "give one of them another policy_name, also where their accounts differ, or leave it out"
        yield Problem("policy_name", show(policy_name, secret=secret), rule, remedy)


def _urns(component: str, name: str) -> list[str]:
    """Return the URNs of a policy of this name under the component, and under it with fewer parents above."""
    stack, _, rest = component.partition("::")
    project, _, rest = rest.partition("::")
    types, _, found = rest.partition("::")
    above = types.split("$") if found else []
    return ["::".join([stack, project, f"{'$'.join(above[n:])}${_TYPE}", name]) for n in range(len(above))]
