"""`SessionManagerPermissions`: one inline policy on one existing role."""

from collections.abc import Sequence
from typing import Any, NotRequired, Optional, Unpack, overload

import pulumi
from pulumi_aws import iam

from ._aws import INLINE_POLICIES_LIMIT, ROLE_POLICY
from ._check_role import Check, DeniedActions
from ._component import SUFFIX, Component, generated_name_problems, split_options
from ._confirm_roles import confirm_roles
from ._document import to_json
from ._grants import ComponentGrantArgs, read_component_grants
from ._grants_to_document import document_problems, granted_statements
from ._inputs import NO_ARGS, Unresolved, as_output, component_reader, read_check
from ._outputs import hold_back
from ._role_inputs import ROLE_REMEDY, role_input, role_problems
from ._validators import optional, policy_name


class SessionManagerPermissionsArgs(ComponentGrantArgs):
    """The inputs of `SessionManagerPermissions`."""

    role: pulumi.Input[str]
    """Name or ARN of the existing IAM role, of any path and partition. An ARN of another account than the provider's is
    refused before the policy is written. Must be a role that you may change: no service-linked role, and none of IAM
    Identity Center. Example: `role="web-role"`. Required."""

    policy_name: NotRequired[pulumi.Input[Optional[str]]]
    """Exact name of the inline policy. It overwrites a policy of that name which the role already has, so import that
    policy first (`import_`). As with any resource of a fixed name, a component that is renamed or gets another parent
    without an alias loses the policy, and the run succeeds: the page "Living with it" has all that an exact name costs.
    Must be 1 to 128 letters, digits and _+=,.@-. Example: `policy_name="SessionManager"`. Default: a generated name,
    with random characters unless the stack sets `pulumi:autonaming`."""

    check: NotRequired[Optional[str]]
    """Whether to ask IAM's policy simulator, before the policy is written, what stands in its way. One of Pulumi's
    enforcement levels: "advisory", "mandatory" or "disabled". Advisory warns of each denial, and keeps no write back.
    Mandatory ends a preview, or an update before the write, where another policy or the boundary denies what is
    granted, where the update takes the heartbeat away from nodes (of a generated name, only a preview knows that), or
    where IAM does not answer; but a preview only warns if the role is an Output or the component has depends_on,
    because the run may change the answer. A role that does not exist ends the run with either. The deploying identity
    needs iam:GetRole and iam:SimulatePrincipalPolicy. The page "Check a role" has all that it says. Must be a plain
    value. Example: `check="advisory"`. Default: "disabled", which asks nothing."""


class SessionManagerPermissions(pulumi.ComponentResource):
    """Gives an existing IAM role the permissions that AWS Systems Manager Session Manager needs, as one inline policy.

    The document has the four actions of a session ("Add Session Manager permissions to an existing IAM role", AWS
    Systems Manager User Guide), and otherwise only what the inputs ask for. Other policies of the role are neither read
    nor changed, and `pulumi destroy` leaves the role as it was.
    """

    role_name: pulumi.Output[str]
    """Name of the role, from the input."""

    policy_name: pulumi.Output[str]
    """Name of the inline policy, as IAM has it."""

    policy_json: pulumi.Output[str]
    """The policy document as compact JSON."""

    denied_actions: pulumi.Output[Optional[Sequence[str]]]
    """What the component grants and IAM denies, each action once, and the heartbeat of a node's role if it is denied or
    this update takes it away. What only an SCP can deny is not listed, except a heartbeat that no policy seems to
    allow. Empty if there is none. No value without a check, or if no denial is known and IAM does not answer. It does
    not wait for the policy."""

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
            opts: `provider`, `protect`, `retain_on_delete`, `depends_on`, `aliases` and `import_` reach the policy.
            **inputs: The inputs, as in `SessionManagerPermissionsArgs`.

        Raises:
            InvalidInputError: Inputs are wrong; nothing was declared. A wrong Output ends the run when it resolves.

        """
        name, reader = component_reader(type(self).__name__, name, args, opts, inputs)
        role = reader.read("role", role_input, required=ROLE_REMEDY)
        grants = read_component_grants(reader)
        log_group_arns = grants.by_name["cloudwatch_log_group_arns"]
        exact_name = reader.read("policy_name", optional(policy_name))
        level = read_check(reader)
        reader.finish(
            generated_name_problems(name, exact_name, "on the role"),
            document_problems(grants, INLINE_POLICIES_LIMIT),
            role_problems({"role": role}, log_group_arns),
        )

        import_, opts = split_options(opts)
        super().__init__("ssm-perms:index:SessionManagerPermissions", name, None, opts)
        component = Component(self, name, reader.owner, opts)
        confirmed_roles = confirm_roles(component, {"role": role}, log_group_arns, must_exist=level != "disabled")
        statements = granted_statements(component, grants, INLINE_POLICIES_LIMIT)
        check = Check(component, level, confirmed_roles, statements, as_output(exact_name), is_inline=True)
        self.role_name = as_output(role).apply(lambda role: role.name)
        self.policy_json = statements.apply(to_json)
        child = f"{name}{SUFFIX}"
        # A generated name is another one after a replacement, so the new policy can come first. An exact name can be
        # the same policy in IAM, as after a taint, so the old one must go first. Of an Output, the provider decides.
        deletes_first = None if isinstance(exact_name, Unresolved) else exact_name is not None
        policy = iam.RolePolicy(
            child,
            name=as_output(exact_name),
            role=self.role_name,
            policy=check.hold_back(hold_back(self.policy_json, until=confirmed_roles)),
            opts=component.child_options(child, ROLE_POLICY, delete_before_replace=deletes_first, import_=import_),
        )
        self.policy_name = policy.name
        self.denied_actions = check.denied_actions(policy.name).apply(_of_one_role)
        outputs = ("role_name", "policy_name", "policy_json", "denied_actions")
        self.register_outputs({output: getattr(self, output) for output in outputs})


def _of_one_role(denied: DeniedActions) -> list[str] | None:
    return None if denied is None else [action for actions in denied.values() for action in actions]
