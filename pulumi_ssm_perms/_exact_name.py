"""An exact policy name: its RolePolicy is at the root of the stack, and Pulumi knows it by role and name, as IAM does.

So no change of the program around the policy makes it another resource. `docs/architecture.md` has more.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import iam

from . import _lookups, _run, _sdk
from ._errors import InvalidInputError, Problem, raise_problems, show
from ._names import SUFFIX
from ._outputs import from_coroutine, without_dependencies

_TYPE: Final = "aws:iam/rolePolicy:RolePolicy"
_LOST: Final = (
    "it has no value, because the resource that it comes from has failed",
    "run `pulumi up` again once that resource exists; without a value Pulumi would delete the policy",
)
_OTHERS: Final = (
    "the imported policy, or the policy of an alias, is another role's",
    (
        "correct the import or the alias; if `pulumi up` has failed with this line, first remove the policy from "
        "Pulumi's state with `pulumi state delete`: otherwise Pulumi would delete that policy"
    ),
)


def claimed(owner: str, role: str, policy_name: str) -> Iterator[Problem]:
    """Claim an exact name for a component; yield a problem if another component has it on the same role."""
    # IAM ignores the case of a role's name.
    other = _run.current().exact_names.setdefault((role.lower(), policy_name), owner)
    if other != owner:
        rule = f"{other} has it on the same role, so each would overwrite or delete the other's policy"
        remedy = "give one of them another policy_name, even if their accounts differ, or leave it out"
        yield Problem("policy_name", show(policy_name), rule, remedy)


@dataclass(frozen=True)
class ExactName:
    """A policy with an exact name, to be declared for a component.

    Attributes:
        generated: Declares the policy under a generated name; used if `policy_name` resolves to `None`.

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
        return declared.apply(
            lambda policy: pulumi.Output.all(policy.name, policy.role, self.role).apply(self._of_the_role)
        )

    def _of_the_role(self, found: list[Any]) -> str:
        """Return the policy's name; fail if the policy is another role's, which `ignore_changes` hides from Pulumi."""
        name: str = found[0]
        role, wanted = found[1:]
        if isinstance(role, str) and isinstance(wanted, str) and role.lower() != wanted.lower():
            raise InvalidInputError(self.owner, [Problem("role", "", *_OTHERS)])
        return name

    async def _when_known(self) -> "iam.RolePolicy":
        pair: pulumi.Output[list[Any]] = pulumi.Output.all(self.role, self.policy_name)
        # Like a child, the policy is declared after the component and all that the component waits for.
        await self.component.urn.future()
        if not await pair.is_known():
            return self._planned()
        role, policy_name = await pair.future() or [None, None]
        if policy_name is None:
            return self.generated()
        secret = await pair.is_secret()
        raise_problems(self.owner, claimed(self.owner, role, policy_name), secret=secret)
        name, other = _names(f"/{role.lower()}/{policy_name}", secret=secret)
        return self._policy(name, await self._options(other))

    def _planned(self) -> "iam.RolePolicy":
        """Declare the policy in a preview that does not know its role or its name in IAM yet."""
        if not pulumi.runtime.is_dry_run():
            raise InvalidInputError(self.owner, [Problem("role or policy_name", "", *_LOST)])
        return self._policy(f"{self.name}{SUFFIX}-exact", pulumi.ResourceOptions(parent=self.component))

    async def _options(self, other_name: str) -> pulumi.ResourceOptions:
        """Return the options that a child would inherit, and those for another name, role or account."""
        opts = self.opts
        role: pulumi.Output[str] = pulumi.Output.from_input(self.role)
        return pulumi.ResourceOptions(
            provider=self.component.get_provider(_TYPE),
            protect=_sdk.protect(self.component),
            retain_on_delete=opts.retain_on_delete,
            depends_on=opts.depends_on,
            transforms=opts.transforms,
            transformations=opts.transformations,
            aliases=[pulumi.Alias(name=other_name)],
            # If only this resource is replaced, as after a taint, old and new are the same policy in IAM.
            delete_before_replace=True,
            # Another spelling of a role's name is the same role. If the role is a resource of the program, the engine
            # must see that it is replaced.
            ignore_changes=None if await role.resources() else ["role"],
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


def _names(pair: str, *, secret: bool) -> tuple[str, str]:
    """Return the policy's name in Pulumi, and the name that it had before its names became secret or public.

    Pulumi shows resource names, so a secret name is replaced by a digest.
    """
    digest = f"/{hashlib.sha256(pair.encode()).hexdigest()[:16]}"
    return (digest, pair) if secret else (pair, digest)
