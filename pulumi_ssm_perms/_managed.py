"""`SessionManagerManagedPolicy`: one customer managed policy on many existing roles."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, Optional, Unpack, overload

import pulumi
from pulumi_aws import iam

from . import _validators
from ._aws import MANAGED_POLICY_LIMIT, POLICY, ROLE_POLICY_ATTACHMENT
from ._check_role import Check
from ._component import SUFFIX, Component, generated_name_problems, split_options
from ._confirm_roles import confirm_roles
from ._document import to_json
from ._errors import InvalidValue
from ._grants import ComponentGrantArgs, read_component_grants
from ._grants_to_document import document_problems, granted_statements
from ._inputs import NO_ARGS, WithoutValue, as_output, component_reader, read_check
from ._outputs import hold_back
from ._role_inputs import RoleInput, role_input, role_problems
from ._validators import list_of, optional

_ROLES_REMEDY: Final = "write a list of role names or ARNs; an empty list attaches the policy to no role"
NO_ROLES: Final = (
    "roles is empty, so the policy is attached to no role. If a search made the list, it found nothing: check the "
    "search."
)
_NO_OUTPUT_OF_ROLES: Final = (
    "write plain names or ARNs, because each attachment is named after its role; call get_roles instead of "
    "get_roles_output, as it returns plain values; for a role that is known only as an Output, declare a "
    "SessionManagerPermissions"
)


class SessionManagerManagedPolicyArgs(ComponentGrantArgs):
    """The inputs of `SessionManagerManagedPolicy`."""

    roles: Sequence[str]
    """Names or ARNs of the existing IAM roles to attach the policy to, each once. A name and its ARN are one role, and
    IAM ignores case. An ARN of another account than the provider's is refused before the policy is written. An empty
    list detaches the policy from every role. Must be plain values, because each attachment is named after its role.
    Example: `roles=["web-role", "worker-role"]`. Required."""

    policy_name: NotRequired[pulumi.Input[Optional[str]]]
    """Exact name of the policy. If you change description or path, change the name too: IAM cannot change them in
    place, and refuses a second policy of the same name (EntityAlreadyExists), which leaves everything as it was. Must
    be unique in the account, of 1 to 128 letters, digits and _+=,.@-. Example: `policy_name="SessionManager"`. Default:
    a generated name."""

    description: NotRequired[pulumi.Input[Optional[str]]]
    """Description of the policy. IAM cannot change it, so another description makes another policy, which is attached
    before the old one is detached: each role needs room for both, and an exact policy_name must change, too. Must be at
    most 1,000 characters. Example: `description="Session Manager, team web"`. Default: none."""

    path: NotRequired[pulumi.Input[Optional[str]]]
    """Path of the policy. Another path makes another policy, as another description does. Must begin and end with /,
    and be at most 512 characters. Example: `path="/teams/web/"`. Default: /."""

    tags: NotRequired[pulumi.Input[Optional[Mapping[str, pulumi.Input[str]]]]]
    """Tags of the policy. Must be at most 50, with keys of 1 to 128 characters that do not begin with aws:, and values
    of at most 256 characters. Example: `tags={"team": "web"}`. Default: none."""

    check: NotRequired[Optional[str]]
    """Whether to ask IAM's policy simulator about each role, as check of SessionManagerPermissions does for one role:
    "advisory", "mandatory" or "disabled". Each cause is one line that names its roles, and what is mandatory ends the
    run for any of them. Must be a plain value. Example: `check="mandatory"`. Default: "disabled", which asks
    nothing."""


def _plain_role(value: object) -> RoleInput:
    if isinstance(value, pulumi.Resource):
        raise InvalidValue("it is a resource, whose name is an Output", _NO_OUTPUT_OF_ROLES)
    return role_input(value)


class SessionManagerManagedPolicy(pulumi.ComponentResource):
    """Gives many existing IAM roles the permissions that AWS Systems Manager Session Manager needs.

    One customer managed policy is attached to all of them. Its document is the same as that of
    SessionManagerPermissions. A changed document is one write for any number of roles, or two if the policy has five
    versions already, so it takes effect on all roles at once. Other policies of the roles are neither read nor changed,
    and `pulumi destroy` leaves the roles as they were.
    """

    policy_arn: pulumi.Output[str]
    """ARN of the policy."""

    policy_name: pulumi.Output[str]
    """Name of the policy, as IAM has it."""

    policy_json: pulumi.Output[str]
    """The policy document as compact JSON."""

    denied_actions: pulumi.Output[Optional[Mapping[str, Sequence[str]]]]
    """What the component grants and IAM denies, by role name, and the heartbeat, as in denied_actions of
    SessionManagerPermissions. Roles without a denied action are left out. No value without a check, or if no denial is
    known and IAM does not answer about a role."""

    @overload
    def __init__(
        self, name: str, args: SessionManagerManagedPolicyArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        name: str,
        *,
        opts: Optional[pulumi.ResourceOptions] = None,
        **inputs: Unpack[SessionManagerManagedPolicyArgs],
    ) -> None: ...

    def __init__(
        self,
        name: str,
        args: SessionManagerManagedPolicyArgs = NO_ARGS,
        opts: Optional[pulumi.ResourceOptions] = None,
        **inputs: Any,
    ) -> None:
        """Check the inputs, and declare the policy and an attachment for each role.

        Args:
            name: The component's name; the policy is called `<name>-session-manager-…` unless `policy_name` is given.
            args: The inputs as one `SessionManagerManagedPolicyArgs` or dict, instead of keyword arguments.
            opts: `provider`, `protect`, `retain_on_delete`, `depends_on` and `aliases` reach policy and attachments,
                `import_` the policy.
            **inputs: The inputs, as in `SessionManagerManagedPolicyArgs`.

        Raises:
            InvalidInputError: Inputs are wrong; nothing was declared. A wrong Output ends the run when it resolves.

        """
        name, reader = component_reader(type(self).__name__, name, args, opts, inputs)
        plain_roles = list_of(_plain_role, merge=True)
        roles = reader.read("roles", plain_roles, required=_ROLES_REMEDY, no_output=_NO_OUTPUT_OF_ROLES)
        valid_roles = [] if isinstance(roles, WithoutValue) else roles
        roles_by_input = {f"roles[{position}]": role for position, role in enumerate(valid_roles)}
        grants = read_component_grants(reader)
        log_group_arns = grants.by_name["cloudwatch_log_group_arns"]
        exact_name = reader.read("policy_name", optional(_validators.policy_name))
        description = reader.read("description", optional(_validators.description))
        policy_path = reader.read("path", optional(_validators.policy_path))
        tags = reader.read("tags", optional(_validators.tags))
        level = read_check(reader)
        reader.finish(
            generated_name_problems(name, exact_name, "in the account"),
            role_problems(roles_by_input, log_group_arns),
            document_problems(grants, MANAGED_POLICY_LIMIT),
        )

        import_, opts = split_options(opts)
        super().__init__("ssm-perms:index:SessionManagerManagedPolicy", name, None, opts)
        if not roles_by_input:
            pulumi.log.warn(NO_ROLES, resource=self)
        component = Component(self, name, reader.owner, opts)
        confirmed_roles = confirm_roles(component, roles_by_input, log_group_arns, must_exist=level != "disabled")
        statements = granted_statements(component, grants, MANAGED_POLICY_LIMIT)
        check = Check(component, level, confirmed_roles, statements, as_output(exact_name), is_inline=False)
        self.policy_json = statements.apply(to_json)
        child = f"{name}{SUFFIX}"
        policy = iam.Policy(
            child,
            name=as_output(exact_name),
            description=as_output(description),
            path=as_output(policy_path),
            tags=as_output(tags),
            policy=check.hold_back(hold_back(self.policy_json, until=confirmed_roles)),
            # The AWS provider would delete the old policy first if the new one has an exact name.
            opts=component.child_options(child, POLICY, delete_before_replace=False, import_=import_),
        )
        # In no function of its own: Pulumi's state has the stack trace of each resource, so one more frame makes each
        # write of it larger.
        for role in roles_by_input.values():
            child = f"{name}/{role.name.lower()}"
            opts = component.child_options(
                child,
                ROLE_POLICY_ATTACHMENT,
                # The AWS provider would detach the old policy first.
                delete_before_replace=False,
                # IAM ignores the case of a role's name.
                ignore_changes=["role"],
            )
            iam.RolePolicyAttachment(child, role=role.name, policy_arn=policy.arn, opts=opts)
        self.policy_name, self.policy_arn = policy.name, policy.arn
        self.denied_actions = check.denied_actions(policy.name)
        outputs = ("policy_arn", "policy_name", "policy_json", "denied_actions")
        self.register_outputs({output: getattr(self, output) for output in outputs})
