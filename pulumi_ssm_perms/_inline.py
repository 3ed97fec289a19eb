"""`SessionManagerPermissions`: one inline policy on one existing role."""

from collections.abc import Sequence
from typing import Any, NotRequired, Optional, Unpack, overload

import pulumi

from . import _names, _roles
from ._aws import INLINE_POLICIES_LIMIT
from ._check_role import Check, Denied, Policy, declare_checked
from ._component import Component
from ._confirm_roles import confirm_roles
from ._grants import ComponentGrantArgs, read_component_grants
from ._imports import import_of_inline
from ._inline_policy import ROLE, inline_policy
from ._inputs import NO_ARGS, as_output, component_reader, read_check
from ._outputs import after, with_lasting_dependencies
from ._policy_document import document_json, document_problems, granted_statements
from ._validators import optional


class SessionManagerPermissionsArgs(ComponentGrantArgs):
    """The inputs of `SessionManagerPermissions`."""

    role: pulumi.Input[str]
    """Name or ARN of the existing IAM role, of any path and partition. An ARN of another account than the provider's is
    refused before the policy is written. Must be a role that you may change: no service-linked role, and none of IAM
    Identity Center. Example: `role="web-role"`. Required."""

    policy_name: NotRequired[pulumi.Input[Optional[str]]]
    """Exact name of the inline policy. It overwrites a policy of that name which the role already has, so import that
    policy first. Two stacks with the same name on the same role overwrite each other without a warning. Pulumi's state
    shows role and name, even if they are secret. Must be 1 to 128 letters, digits and _+=,.@-. Example:
    `policy_name="SessionManager"`. Default: a generated name, with random characters unless the stack sets
    `pulumi:autonaming`."""

    check: NotRequired[Optional[str]]
    """Whether to ask IAM's policy simulator, in a preview too, if the role will be able to do all that it is granted,
    and, as a node's role, to send the heartbeat. One of Pulumi's enforcement levels: "advisory", "mandatory" or
    "disabled". Advisory tells each denial as a warning with its cause, and lists it in denied_actions. Mandatory ends
    the run where IAM denies what is granted or does not answer, and where this update takes the heartbeat away: in a
    preview, and in an update before the policy is written. What only an SCP can deny, and a policy that was changed
    outside of Pulumi, end no run. A role that does not exist ends the run with either. IAM is told the Region of each
    resource, or the provider's. The deploying identity needs iam:GetRole and iam:SimulatePrincipalPolicy. The page
    "Check a role" has all that it says. Must be a plain value. Example: `check="advisory"`. Default: "disabled", which
    asks nothing."""


class SessionManagerPermissions(pulumi.ComponentResource):
    """Gives an existing IAM role the permissions that AWS Systems Manager Session Manager needs, as one inline policy.

    The document is AWS's own ("Add Session Manager permissions to an existing IAM role", AWS Systems Manager User
    Guide). It grants only what the inputs ask for. Other policies of the role are neither read nor changed, and
    `pulumi destroy` leaves the role as it was.
    """

    role_name: pulumi.Output[str]
    """Name of the role, from the input."""

    policy_name: pulumi.Output[str]
    """Name of the inline policy, as IAM has it."""

    policy_json: pulumi.Output[str]
    """The policy document as compact JSON."""

    denied_actions: pulumi.Output[Optional[Sequence[str]]]
    """What the component grants and IAM denies, each action once, and the heartbeat of a node's role if nobody allows
    it; in a preview, also one that the update takes away. What only an SCP can deny is not listed, and in a preview not
    what the component's own policy, as IAM shows it, lacks or denies. Empty if there is none. No value without a check,
    if no denial is known and IAM does not answer, or if this run does not write the document."""

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
        name, reader = component_reader(type(self).__name__, name, args, opts, inputs)
        role = reader.read("role", _roles.role_input, required=_roles.REMEDY)
        grants = read_component_grants(reader)
        policy_name = reader.read("policy_name", optional(_names.policy_name))
        level = read_check(reader)
        reader.finish(
            _names.inline_problems(name, policy_name),
            document_problems(grants, INLINE_POLICIES_LIMIT),
            _roles.role_problems({ROLE: role}, grants.cloudwatch_log_group_arns),
            import_of_inline(opts, role, policy_name),
        )

        opts = with_lasting_dependencies(opts)
        super().__init__("ssm-perms:index:SessionManagerPermissions", name, None, opts)
        component = Component(self, name, reader.owner, opts or pulumi.ResourceOptions())
        self.role_name = as_output(role).apply(lambda role: role.name)
        statements = granted_statements(component, grants, INLINE_POLICIES_LIMIT)
        self.policy_json = document_json(statements)
        check = Check.at(level, inline=True, exact_name=as_output(policy_name))
        confirmed = confirm_roles(
            component, {ROLE: role}, grants.cloudwatch_log_group_arns, must_exist=check is not None
        )

        def declare(ready: pulumi.Output[Any]) -> Policy:
            return inline_policy(component, self.role_name, policy_name, after(self.policy_json, ready))

        policy, denied = declare_checked(component, check, confirmed, statements, declare)
        self.policy_name = policy.name
        self.denied_actions = denied.apply(_of_one)
        outputs = ("role_name", "policy_name", "policy_json", "denied_actions")
        self.register_outputs({output: getattr(self, output) for output in outputs})


def _of_one(denied: Denied) -> list[str] | None:
    return None if denied is None else [action for actions in denied.values() for action in actions]
