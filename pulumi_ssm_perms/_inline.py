"""`SessionManagerPermissions`: one inline policy on one existing role."""

from collections.abc import Sequence
from typing import Any, NotRequired, Optional, Unpack, overload

import pulumi

from . import _names, _roles
from ._aws import INLINE_POLICIES_LIMIT
from ._check_role import REQUIRE_ALLOWED, Check, Denied
from ._component import Component
from ._confirm_roles import confirm_roles
from ._grants import LOG_GROUPS, ComponentGrantArgs, read_component_grants
from ._imports import import_of_exact_name
from ._inline_policy import inline_policy
from ._inputs import NO_ARGS, PLAIN_BOOLEAN, MaybeOutput, Rule, component_reader
from ._outputs import after
from ._policy_document import document_json, plain_json


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

    require_allowed: NotRequired[Optional[bool]]
    """Whether to ask as check_role does, and to end the run if IAM denies an action or does not answer: in a preview,
    and in an update before the policy is written. What only a real request can tell stays a warning, and so does a
    denial in a preview if the role is an Output or the component depends on something. A plain value. Default:
    false."""


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
    """The actions that IAM's simulator denies, each once, and the heartbeat if this update takes it away. Empty if
    there are none. No value without check_role or require_allowed, or if IAM does not answer."""

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
        role: MaybeOutput[_roles.RoleInput] = reader.read("role", Rule(_roles.role_input, required=_roles.REMEDY))
        policy_name: MaybeOutput[str | None] = reader.read("policy_name", Rule(_names.policy_name))
        check_role: bool = reader.read("check_role", PLAIN_BOOLEAN)
        require_allowed: bool = reader.read(REQUIRE_ALLOWED, PLAIN_BOOLEAN)
        grants = read_component_grants(reader)
        if policy_name is None or isinstance(policy_name, str):
            reader.problems.extend(_names.inline_problems(name, policy_name))
        plain = plain_json(reader, grants, INLINE_POLICIES_LIMIT)
        reader.problems.extend(_roles.role_problems({"role": role}, grants[LOG_GROUPS]))
        reader.problems.extend(import_of_exact_name(opts, role, policy_name))
        reader.finish()

        super().__init__("ssm-perms:index:SessionManagerPermissions", name, None, opts)
        component = Component(self, name, reader.owner, opts or pulumi.ResourceOptions())
        self.role_name = pulumi.Output.from_input(role).apply(lambda role: role.name)
        self.policy_json = document_json(component, grants, plain, INLINE_POLICIES_LIMIT)
        checked = check_role or require_allowed
        roles = confirm_roles(component, {"role": role}, grants[LOG_GROUPS], must_exist=checked)
        option = REQUIRE_ALLOWED if require_allowed else "check_role"
        check = Check(component, option, roles, self.policy_json, inline=True) if checked else None
        document = after(self.policy_json, roles)
        if check:
            document = check.when_allowed(document, policy_name)
        self.policy_name = inline_policy(component, self.role_name, policy_name, document)
        denied = check.denied_actions(self.policy_name) if check else None
        self.denied_actions = pulumi.Output.from_input(denied).apply(_of_one)
        outputs = ("role_name", "policy_name", "policy_json", "denied_actions")
        self.register_outputs({output: getattr(self, output) for output in outputs})


def _of_one(denied: Denied) -> list[str] | None:
    return None if denied is None else [action for actions in denied.values() for action in actions]
