"""Declares the inline policy. With an exact `policy_name` it is at the root of the stack, known by role and name.

IAM knows it by the same, so no change of the program around the policy makes it another resource:
`docs/architecture.md`, "Exact names".
"""

from typing import Final

import pulumi
from pulumi_aws import iam

from . import _names, _sdk
from ._aws import ROLE_POLICY
from ._check_role import Policy
from ._component import Component
from ._confirm_provider import confirm_provider
from ._errors import InvalidInputError, Problem, raise_problems
from ._inputs import Read, as_output
from ._outputs import from_coroutine, resolved, without_dependencies

ROLE: Final = "role"
"""The path of the one role."""

_LOST: Final = (
    "it has no value, because the resource that it comes from has failed, or does not exist yet (--run-program)",
    "run `pulumi up` again once that resource exists; without a value Pulumi would delete the policy",
)


def inline_policy(
    component: Component,
    role_name: pulumi.Output[str],
    policy_name: Read[str | None],
    document: pulumi.Output[str],
) -> Policy:
    """Declare the policy, with an exact name once that and the role are known."""
    if policy_name is None:
        made = _with_generated_name(component, role_name, document)
        return Policy(made.name, {ROLE: (pulumi.Output.all(made.policy, made.role), made.id)})
    exact_name: pulumi.Output[str | None] = as_output(policy_name)
    declared: pulumi.Output[iam.RolePolicy] = from_coroutine(_when_known(component, role_name, exact_name, document))
    _sdk.adopt(component.resource, declared.apply(lambda policy: policy.urn))
    return Policy(
        declared.apply(lambda policy: policy.name),
        {
            ROLE: (
                declared.apply(lambda policy: pulumi.Output.all(policy.policy, policy.role)),
                declared.apply(lambda policy: policy.id),
            )
        },
    )


async def _when_known(
    component: Component,
    role_name: pulumi.Output[str],
    exact_name: pulumi.Output[str | None],
    document: pulumi.Output[str],
) -> "iam.RolePolicy":
    # Like a child, the policy is declared after the component and all that the component waits for.
    await resolved(component.resource.urn)
    name = await resolved(exact_name)
    if name.known:
        raise_problems(component.owner, _names.inline_problems(component.name, name.value), secret=name.secret)
    role = await resolved(role_name)
    known = name.known and role.known
    if not known and not pulumi.runtime.is_dry_run():
        raise InvalidInputError(component.owner, [Problem("role or policy_name", "", *_LOST)])
    if known and name.value is None:
        return _with_generated_name(component, role_name, document)
    if known:
        await confirm_provider(component)
        called, opts = f"/{role.value.lower()}/{name.value}", _options_at_root(component)
    else:
        # Only a preview shows the policy here, because it does not know the policy's own place yet.
        called, opts = f"{component.name}{_names.SUFFIX}-exact", pulumi.ResourceOptions(parent=component.resource)
    # Only another name replaces the policy, not a replaced resource that the name comes from.
    return iam.RolePolicy(called, role=role_name, name=without_dependencies(exact_name), policy=document, opts=opts)


def _with_generated_name(
    component: Component, role_name: pulumi.Output[str], document: pulumi.Output[str]
) -> "iam.RolePolicy":
    called = f"{component.name}{_names.SUFFIX}"
    opts = pulumi.ResourceOptions(
        parent=component.resource,
        aliases=_sdk.aliases(component, called, ROLE_POLICY),
        custom_timeouts=component.opts.custom_timeouts,
        # A replacement gets another name, so it can come first. The AWS provider deletes first if a name is set.
        delete_before_replace=False,
    )
    return iam.RolePolicy(called, role=role_name, policy=document, opts=opts)


def _options_at_root(component: Component) -> pulumi.ResourceOptions:
    """Return the options that a child would inherit, and those for another name or role."""
    opts = component.opts
    return pulumi.ResourceOptions(
        provider=component.resource.get_provider(ROLE_POLICY),
        protect=_sdk.protect(component.resource),
        retain_on_delete=opts.retain_on_delete,
        depends_on=opts.depends_on,
        custom_timeouts=opts.custom_timeouts,
        transforms=opts.transforms,
        transformations=opts.transformations,
        # If only this resource is replaced, as after a taint, old and new are the same policy in IAM.
        delete_before_replace=True,
    )
