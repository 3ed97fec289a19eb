"""`SessionManagerPermissions`: one inline policy on one existing role."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NotRequired, Optional, Unpack, overload

import pulumi

from . import _names, _roles, _validators
from ._aws import INLINE_POLICIES_LIMIT
from ._check_role import Check
from ._component import Component
from ._confirm_roles import Denied, confirm
from ._errors import Problem
from ._grants import COMPONENT_GRANTS, ComponentGrantArgs, GrantValues, log_groups_of
from ._imports import import_of_exact_name
from ._inline_policy import InlinePolicy
from ._inputs import NO_ARGS, SPEC, Given, Spec, arguments, read
from ._policy_document import document_json, document_problems


class SessionManagerPermissionsArgs(ComponentGrantArgs):
    """The inputs of `SessionManagerPermissions`."""

    role: pulumi.Input[str]
    """Name or ARN of the existing IAM role, of any path and partition. It must be in the provider's account: an ARN of
    another account is refused before anything is written. So are service-linked roles, roles of IAM Identity Center,
    and anything else that isn't a role, such as an instance's id. Required."""

    policy_name: NotRequired[pulumi.Input[Optional[str]]]
    """Exact name of the inline policy: 1 to 128 letters, digits and _+=,.@-. It overwrites a policy of that name which
    the role already has: import that policy first. Two stacks that give the same name on the same role overwrite each
    other without a warning. Pulumi's state shows role and name, even if they are secret. Default: a generated name,
    which no other stack has."""

    check_role: NotRequired[Optional[bool]]
    """Whether to ask IAM's policy simulator, in preview too, if the role will be able to do all that it is granted. It
    also asks about registering with Systems Manager, unless only ECS tasks may assume the role. Warnings say what is
    denied and why, and denied_actions lists it. A role that does not exist ends the run before anything is written. The
    deploying identity needs iam:GetRole and iam:SimulatePrincipalPolicy. Policies that the same program gives the role
    count if the component depends on them (depends_on). The simulator sees identity policies, the permissions boundary
    and SCPs. It does not see key policies, bucket policies, endpoint policies or RCPs. It may miss a condition of a
    statement on particular resources. A plain value. Default: false."""


@dataclass(frozen=True)
class _Inputs:
    """The valid inputs, with their rules."""

    role: Given[_roles.GivenRole] = field(metadata={SPEC: Spec(_roles.given_role, required=_roles.REMEDY)})
    policy_name: Given[str | None] = field(metadata={SPEC: Spec(_names.policy_name)})
    check_role: bool = field(metadata={SPEC: Spec(_validators.boolean, plain=_validators.PLAIN_BOOLEAN, default=False)})
    grants: GrantValues = field(metadata={SPEC: COMPONENT_GRANTS})


class SessionManagerPermissions(pulumi.ComponentResource):
    """Gives an existing IAM role the permissions that AWS Systems Manager Session Manager needs, as one inline policy.

    The document is AWS's own ("Add Session Manager permissions to an existing IAM role", AWS Systems Manager User
    Guide). It grants only what the inputs ask for. Other policies of the role are neither read nor changed, and destroy
    leaves the role as it was.
    """

    role_name: pulumi.Output[str]
    """Name of the role, from the input."""

    policy_name: pulumi.Output[str]
    """Name of the inline policy, as IAM has it."""

    policy_json: pulumi.Output[str]
    """The policy document as compact JSON."""

    denied_actions: pulumi.Output[Optional[Sequence[str]]]
    """The actions that IAM's simulator denies, each once. Empty if it denies nothing. No value without check_role, or
    if IAM could not tell."""

    @overload
    def __init__(
        self, name: str, args: SessionManagerPermissionsArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        name: str,
        *,
        opts: Optional[pulumi.ResourceOptions] = None,
        **inputs: Unpack[SessionManagerPermissionsArgs],
    ) -> None: ...

    def __init__(
        self,
        name: str,
        args: SessionManagerPermissionsArgs = NO_ARGS,
        opts: Optional[pulumi.ResourceOptions] = None,
        **inputs: Any,
    ) -> None:
        """Check the inputs and declare the policy.

        Args:
            name: The component's name; the policy is called `<name>-session-manager-…` unless `policy_name` is given.
            args: The inputs as one `SessionManagerPermissionsArgs` or dict, instead of keyword arguments.
            opts: `provider`, `protect`, `retain_on_delete`, `depends_on` and `aliases` reach the policy.
            **inputs: The inputs, as in `SessionManagerPermissionsArgs`.

        Raises:
            InvalidInputError: Inputs are wrong; nothing was declared. A wrong Output ends the run when it resolves.

        """
        name, owner, args = arguments(type(self).__name__, name, args, opts, inputs)
        valid = read(owner, args, _Inputs, partial(_problems, name, opts))
        super().__init__("ssm-perms:index:SessionManagerPermissions", name, None, opts)
        component = Component(self, name, owner, opts or pulumi.ResourceOptions())
        self.policy_json = document_json(component, valid.grants, INLINE_POLICIES_LIMIT)
        check = Check(component, "check_role" if valid.check_role else "")
        confirmed = confirm(check, {"role": valid.role}, log_groups_of(valid.grants), self.policy_json)
        self.role_name = pulumi.Output.from_input(valid.role).apply(lambda role: role.name)
        self.denied_actions = confirmed.denied.apply(_of_one)
        self.policy_name = InlinePolicy(component, self.role_name, valid.policy_name, confirmed.document).declare()
        outputs = ("role_name", "policy_name", "policy_json", "denied_actions")
        self.register_outputs({output: getattr(self, output) for output in outputs})


def _of_one(denied: Denied) -> list[str] | None:
    return None if denied is None else [action for actions in denied.values() for action in actions]


def _problems(name: str, opts: pulumi.ResourceOptions | None, inputs: _Inputs) -> Iterator[Problem]:
    """Yield the problems between plain inputs, of the policy's name, and of an import."""
    if inputs.policy_name is None or isinstance(inputs.policy_name, str):
        yield from _names.inline_problems(name, inputs.policy_name)
    yield from document_problems(inputs.grants, INLINE_POLICIES_LIMIT)
    yield from _roles.role_problems({"role": inputs.role}, log_groups_of(inputs.grants))
    yield from import_of_exact_name(opts, inputs.role, inputs.policy_name)
