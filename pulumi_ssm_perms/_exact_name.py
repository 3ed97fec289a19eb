"""An exact policy name: its RolePolicy is at the root of the stack, and Pulumi knows it by role and name, as IAM does.

So no change of the program around the policy makes it another resource. `docs/architecture.md` has more.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_aws import iam

from . import _lookups, _run, _sdk
from ._aws import ROLE_POLICY
from ._errors import InvalidInputError, Problem, raise_problems, show
from ._names import SUFFIX
from ._outputs import from_coroutine, without_dependencies

_LOST: Final = (
    "it has no value, because the resource that it comes from has failed, or does not exist yet (--run-program)",
    "run `pulumi up` again once that resource exists; without a value Pulumi would delete the policy",
)


def taken(role: str, policy_name: str, by: "ExactName | None" = None) -> Iterator[Problem]:
    """Yield a problem if another component has an exact name on the same role."""
    # IAM ignores the case of a role's name.
    other = _run.current().exact_names.get((role.lower(), policy_name))
    if other and other is not by and other.holds:
        rule = f"{other.owner} has it on the same role, so each would overwrite or delete the other's policy"
        remedy = (
            "give one of them another policy_name or leave it out; for the same name in two accounts, declare them in "
            "two stacks"
        )
        yield Problem("policy_name", show(policy_name), rule, remedy)


@dataclass(frozen=True)
class ExactName:
    """A policy with an exact name, to be declared for a component.

    `generated` declares it under a generated name if `policy_name` resolves to `None`. `task` declares the component:
    the program, or one of the unit tests that share a program's state.
    """

    component: pulumi.ComponentResource
    name: str
    opts: pulumi.ResourceOptions
    owner: str
    role: pulumi.Input[str]
    policy_name: pulumi.Input[str | None]
    document: pulumi.Output[str]
    generated: Callable[[], "iam.RolePolicy"]
    task: asyncio.Task[Any] | None = field(default_factory=lambda: asyncio.current_task(asyncio.get_event_loop()))

    @property
    def holds(self) -> bool:
        """Whether the component still has its name: that of a unit test that has ended has it no more."""
        return pulumi.runtime.get_root_resource() is None or (self.task is not None and not self.task.done())

    def claim(self, role: str, policy_name: str) -> None:
        """Let no other component have this name on this role."""
        _run.current().exact_names[role.lower(), policy_name] = self

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
        raise_problems(self.owner, taken(role, policy_name, self), secret=await pair.is_secret())
        self.claim(role, policy_name)
        return self._policy(f"/{role.lower()}/{policy_name}", await self._options())

    def _planned(self) -> "iam.RolePolicy":
        """Declare the policy in a preview that does not know its role or its name in IAM yet."""
        if not pulumi.runtime.is_dry_run():
            raise InvalidInputError(self.owner, [Problem("role or policy_name", "", *_LOST)])
        return self._policy(f"{self.name}{SUFFIX}-exact", pulumi.ResourceOptions(parent=self.component))

    async def _options(self) -> pulumi.ResourceOptions:
        """Return the options that a child would inherit, and those for another name, role or account."""
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
            replacement_trigger=None if opts.transforms or _sdk.has_transforms() else await self._account(),
        )

    async def _account(self) -> str | None:
        try:
            return await _lookups.account(self.component)
        except Exception:  # noqa: BLE001 - an invoke raises nothing narrower, and the role was given by its name
            return None

    def _policy(self, name: str, opts: pulumi.ResourceOptions) -> "iam.RolePolicy":
        # Only another name replaces the policy, not a replaced resource that the name comes from.
        policy_name: pulumi.Output[str | None] = pulumi.Output.from_input(self.policy_name)
        return iam.RolePolicy(
            name, role=self.role, name=without_dependencies(policy_name), policy=self.document, opts=opts
        )
