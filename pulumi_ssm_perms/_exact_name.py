"""An exact policy name: its RolePolicy is at the root of the stack, and Pulumi knows it by role and name, as IAM does.

So no change of the program around the policy makes it another resource. `docs/architecture.md` has more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import iam

from . import _sdk
from ._aws import ROLE_POLICY
from ._errors import InvalidInputError, Problem
from ._names import SUFFIX
from ._outputs import from_coroutine, without_dependencies

_LOST: Final = (
    "it has no value, because the resource that it comes from has failed, or does not exist yet (--run-program)",
    "run `pulumi up` again once that resource exists; without a value Pulumi would delete the policy",
)


@dataclass(frozen=True)
class ExactName:
    """A policy with an exact name, to be declared for a component.

    `generated` declares it under a generated name if `policy_name` resolves to `None`.
    """

    component: pulumi.ComponentResource
    name: str
    opts: pulumi.ResourceOptions
    owner: str
    role: pulumi.Input[str]
    policy_name: pulumi.Input[str | None]
    document: pulumi.Output[str]
    generated: Callable[[], "iam.RolePolicy"]

    def declare(self) -> pulumi.Output[str]:
        """Declare the policy once its role and name are known, and return its name in IAM."""
        declared: pulumi.Output[iam.RolePolicy] = from_coroutine(self._when_known())
        _sdk.adopt(self.component, declared.apply(lambda policy: policy.urn))
        return declared.apply(lambda policy: policy.name)

    async def _when_known(self) -> "iam.RolePolicy":
        pair: pulumi.Output[list[Any]] = pulumi.Output.all(self.role, self.policy_name)
        # Like a child, the policy is declared after the component and all that the component waits for.
        await self.component.urn.future()
        if not await pair.is_known():
            return self._planned()
        role, policy_name = await pair.future() or [None, None]
        if policy_name is None:
            return self.generated()
        return self._policy(f"/{role.lower()}/{policy_name}", self._options())

    def _planned(self) -> "iam.RolePolicy":
        """Declare the policy in a preview that does not know its role or its name in IAM yet."""
        if not pulumi.runtime.is_dry_run():
            raise InvalidInputError(self.owner, [Problem("role or policy_name", "", *_LOST)])
        return self._policy(f"{self.name}{SUFFIX}-exact", pulumi.ResourceOptions(parent=self.component))

    def _options(self) -> pulumi.ResourceOptions:
        """Return the options that a child would inherit, and those for another name or role."""
        opts = self.opts
        return pulumi.ResourceOptions(
            provider=self.component.get_provider(ROLE_POLICY),
            protect=_sdk.protect(self.component),
            retain_on_delete=opts.retain_on_delete,
            depends_on=opts.depends_on,
            transforms=opts.transforms,
            transformations=opts.transformations,
            # If only this resource is replaced, as after a taint, old and new are the same policy in IAM.
            delete_before_replace=True,
        )

    def _policy(self, name: str, opts: pulumi.ResourceOptions) -> "iam.RolePolicy":
        # Only another name replaces the policy, not a replaced resource that the name comes from.
        policy_name: pulumi.Output[str | None] = pulumi.Output.from_input(self.policy_name)
        return iam.RolePolicy(
            name, role=self.role, name=without_dependencies(policy_name), policy=self.document, opts=opts
        )
