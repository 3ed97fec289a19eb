"""Declares the inline policy. With an exact `policy_name` it is at the root of the stack, known by role and name.

IAM knows it by the same, so no change of the program around the policy makes it another resource:
`docs/architecture.md`, "Exact names".
"""

from dataclasses import dataclass
from typing import Final, cast

import pulumi
from pulumi_aws import iam

from . import _names, _sdk
from ._aws import ROLE_POLICY
from ._component import Component
from ._errors import InvalidInputError, Problem, raise_problems
from ._inputs import Given
from ._outputs import from_coroutine, without_dependencies

_LOST: Final = (
    "it has no value, because the resource that it comes from has failed, or does not exist yet (--run-program)",
    "run `pulumi up` again once that resource exists; without a value Pulumi would delete the policy",
)


@dataclass(frozen=True)
class InlinePolicy:
    """The inline policy of a component."""

    component: Component
    role: pulumi.Output[str]
    policy_name: Given[str | None]
    document: pulumi.Output[str]

    def declare(self) -> pulumi.Output[str]:
        """Declare the policy, with an exact name once that and the role are known; return its name in IAM."""
        if self.policy_name is None:
            return self._with_generated_name().name
        declared: pulumi.Output[iam.RolePolicy] = from_coroutine(self._when_known())
        _sdk.adopt(self.component.resource, declared.apply(lambda policy: policy.urn))
        return declared.apply(lambda policy: policy.name)

    async def _when_known(self) -> "iam.RolePolicy":
        given: pulumi.Output[str | None] = pulumi.Output.from_input(self.policy_name)
        pair = pulumi.Output.all(self.role, given)
        # Like a child, the policy is declared after the component and all that the component waits for.
        await self.component.resource.urn.future()
        if await given.is_known():
            problems = _names.inline_problems(self.component.name, await given.future())
            raise_problems(self.component.owner, problems, secret=await given.is_secret())
        if not await pair.is_known():
            return self._planned(given)
        role, policy_name = cast("tuple[str, str | None]", await pair.future())
        if policy_name is None:
            return self._with_generated_name()
        return self._policy(f"/{role.lower()}/{policy_name}", given, self._options())

    def _with_generated_name(self) -> "iam.RolePolicy":
        called = f"{self.component.name}{_names.SUFFIX}"
        known = _sdk.aliases(self.component, called, ROLE_POLICY)
        # A replacement gets another name, so it can come first. The AWS provider deletes first if a name is set.
        opts = pulumi.ResourceOptions(parent=self.component.resource, delete_before_replace=False, aliases=known)
        return iam.RolePolicy(called, role=self.role, policy=self.document, opts=opts)

    def _planned(self, policy_name: pulumi.Output[str | None]) -> "iam.RolePolicy":
        """Declare the policy in a preview that does not know its role or its name in IAM yet."""
        if not pulumi.runtime.is_dry_run():
            raise InvalidInputError(self.component.owner, [Problem("role or policy_name", "", *_LOST)])
        opts = pulumi.ResourceOptions(parent=self.component.resource)
        return self._policy(f"{self.component.name}{_names.SUFFIX}-exact", policy_name, opts)

    def _options(self) -> pulumi.ResourceOptions:
        """Return the options that a child would inherit, and those for another name or role."""
        given = self.component.opts
        return pulumi.ResourceOptions(
            provider=self.component.resource.get_provider(ROLE_POLICY),
            protect=_sdk.protect(self.component.resource),
            retain_on_delete=given.retain_on_delete,
            depends_on=given.depends_on,
            transforms=given.transforms,
            transformations=given.transformations,
            # If only this resource is replaced, as after a taint, old and new are the same policy in IAM.
            delete_before_replace=True,
        )

    def _policy(
        self, called: str, policy_name: pulumi.Output[str | None], opts: pulumi.ResourceOptions
    ) -> "iam.RolePolicy":
        # Only another name replaces the policy, not a replaced resource that the name comes from.
        name = without_dependencies(policy_name)
        return iam.RolePolicy(called, role=self.role, name=name, policy=self.document, opts=opts)
