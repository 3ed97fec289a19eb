"""`SessionManagerManagedPolicy`: one customer managed policy on many existing roles."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple, NotRequired, Optional, Unpack, overload

import pulumi
from pulumi_aws import iam

from . import _names, _roles, _sdk, _validators
from ._aws import MANAGED_POLICY_LIMIT, POLICY, ROLE_POLICY_ATTACHMENT
from ._check_role import Check, Policy, declare_checked
from ._component import Component
from ._confirm_roles import confirm_roles
from ._errors import InvalidValue
from ._grants import ComponentGrantArgs, read_component_grants
from ._imports import import_of_managed
from ._inputs import NO_ARGS, InputReader, Read, as_output, component_reader, read_check
from ._outputs import after, with_lasting_dependencies
from ._policy_document import document_json, document_problems, granted_statements
from ._validators import Validate, list_of, optional

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
_NO_OUTPUT_OF_FIXED: Final = (
    "write a plain value or leave it out, because policy and attachments are named after it; for one role, declare a "
    "SessionManagerPermissions"
)


class Fixed(NamedTuple):
    """What IAM cannot change in a policy."""

    policy_name: str | None
    description: str | None
    path: str | None

    @property
    def digest(self) -> list[str]:
        """A digest of it, if any of it is set: each combination is another resource.

        So the new policy is attached to every role before the old one is deleted, whatever options a transform sets.
        """
        if self == (None, None, None):
            return []
        return [hashlib.sha256(json.dumps(self._asdict()).encode()).hexdigest()[:7]]


@dataclass(frozen=True)
class ManagedPolicy(Policy):
    """A declared managed policy."""

    arn: pulumi.Output[str]


class SessionManagerManagedPolicyArgs(ComponentGrantArgs):
    """The inputs of `SessionManagerManagedPolicy`."""

    roles: Sequence[str]
    """Names or ARNs of the existing IAM roles to attach the policy to, each once. A name and its ARN are one role, and
    IAM ignores case. An ARN of another account than the provider's is refused before the policy is written. An empty
    list detaches the policy from every role. Must be plain values, because each attachment is named after its role.
    Example: `roles=["web-role", "worker-role"]`. Required."""

    policy_name: NotRequired[Optional[str]]
    """Exact name of the policy. If you change description or path, change the name too, because IAM cannot change them
    in place. Must be a plain value, unique in the account, of 1 to 128 letters, digits and _+=,.@-. Example:
    `policy_name="SessionManager"`. Default: a generated name."""

    description: NotRequired[Optional[str]]
    """Description of the policy. IAM cannot change it, so another description makes another policy, which is attached
    before the old one is detached: each role needs room for both. Must be a plain value of at most 1,000 characters.
    Example: `description="Session Manager, team web"`. Default: none."""

    path: NotRequired[Optional[str]]
    """Path of the policy. Another path makes another policy, as another description does. Must be a plain value that
    begins and ends with /, of at most 512 characters. Example: `path="/teams/web/"`. Default: /."""

    tags: NotRequired[pulumi.Input[Optional[Mapping[str, pulumi.Input[str]]]]]
    """Tags of the policy. Must be at most 50, with keys of 1 to 128 characters that do not begin with aws:, and values
    of at most 256 characters. Example: `tags={"team": "web"}`. Default: none."""

    check: NotRequired[Optional[str]]
    """Whether to ask IAM's policy simulator about each role, as check of SessionManagerPermissions does for one role:
    "advisory", "mandatory" or "disabled". Each cause is one line that names its roles, and what is mandatory ends the
    run for any of them. Must be a plain value. Example: `check="mandatory"`. Default: "disabled", which asks
    nothing."""


def _plain_role(value: object) -> _roles.RoleInput:
    if isinstance(value, pulumi.Resource):
        raise InvalidValue("it is a resource, whose name is an Output", _NO_OUTPUT_OF_ROLES)
    return _roles.role_input(value)


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
    SessionManagerPermissions. Roles without a denied action are left out. No value without a check, if no denial is
    known and IAM does not answer about a role, or if this run does not write the document to a role."""

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
            opts: `provider`, `protect`, `retain_on_delete`, `depends_on` and `aliases` reach policy and attachments.
            **inputs: The inputs, as in `SessionManagerManagedPolicyArgs`.

        Raises:
            InvalidInputError: Inputs are wrong; nothing was declared. A wrong Output ends the run when it resolves.

        """
        name, reader = component_reader(type(self).__name__, name, args, opts, inputs)
        roles = reader.read_plain(
            "roles",
            list_of(_plain_role, merge=True),
            required=_ROLES_REMEDY,
            no_output=_NO_OUTPUT_OF_ROLES,
            if_wrong=(),
        )
        by_path = {f"roles[{position}]": role for position, role in enumerate(roles)}
        grants = read_component_grants(reader)
        fixed = _read_fixed(reader)
        tags = reader.read("tags", optional(_validators.tags))
        level = read_check(reader)
        reader.finish(
            _names.managed_problems(name, fixed.policy_name, digest=bool(fixed.digest)),
            _roles.role_problems(by_path, grants.cloudwatch_log_group_arns),
            import_of_managed(opts),
            document_problems(grants, MANAGED_POLICY_LIMIT),
        )

        opts = with_lasting_dependencies(opts)
        super().__init__("ssm-perms:index:SessionManagerManagedPolicy", name, None, opts)
        if not roles:
            pulumi.log.warn(NO_ROLES, resource=self)
        component = Component(self, name, reader.owner, opts or pulumi.ResourceOptions())
        statements = granted_statements(component, grants, MANAGED_POLICY_LIMIT)
        self.policy_json = document_json(statements)
        check = Check.at(level, inline=False, exact_name=fixed.policy_name)
        confirmed = confirm_roles(component, by_path, grants.cloudwatch_log_group_arns, must_exist=check is not None)

        def declare(ready: pulumi.Output[Any]) -> ManagedPolicy:
            return _declare(component, by_path, fixed, tags, after(self.policy_json, ready))

        policy, self.denied_actions = declare_checked(component, check, confirmed, statements, declare)
        self.policy_name, self.policy_arn = policy.name, policy.arn
        outputs = ("policy_arn", "policy_name", "policy_json", "denied_actions")
        self.register_outputs({output: getattr(self, output) for output in outputs})


def _read_fixed(reader: InputReader) -> Fixed:
    def read(name: str, validate: Validate[str | None]) -> str | None:
        return reader.read_plain(name, optional(validate), no_output=_NO_OUTPUT_OF_FIXED, if_wrong="")

    return Fixed(
        policy_name=read("policy_name", _names.policy_name),
        description=read("description", _validators.description),
        path=read("path", _validators.policy_path),
    )


def _declare(
    component: Component,
    roles: Mapping[str, _roles.RoleInput],
    fixed: Fixed,
    tags: Read[Mapping[str, str] | None],
    document: pulumi.Output[str],
) -> ManagedPolicy:
    """Declare the policy, and its attachment to each role."""
    opts = partial(pulumi.ResourceOptions, parent=component.resource, custom_timeouts=component.opts.custom_timeouts)
    called = "-".join([f"{component.name}{_names.SUFFIX}", *fixed.digest])
    policy = iam.Policy(
        called,
        name=fixed.policy_name,
        description=fixed.description,
        path=fixed.path,
        tags=as_output(tags),
        policy=document,
        # Without `delete_before_replace`, the AWS provider would delete the old policy first if a new name is set.
        opts=opts(aliases=_sdk.aliases(component, called, POLICY), delete_before_replace=False),
    )
    state: dict[str, tuple[pulumi.Output[Any], pulumi.Output[Any]]] = {}
    for path, role in roles.items():
        called = "/".join([component.name, role.name.lower(), *fixed.digest])
        aliases = _sdk.aliases(component, called, ROLE_POLICY_ATTACHMENT)
        attached = opts(
            aliases=aliases,
            # IAM ignores the case of a role's name.
            ignore_changes=["role"],
            # If only the attachment is replaced, as after a taint, old and new attach the same policy to the same role.
            # Deleting the old one last would detach it. If it may be of another policy, the new one comes first.
            delete_before_replace=not aliases,
        )
        attachment = iam.RolePolicyAttachment(called, role=role.name, policy_arn=policy.arn, opts=attached)
        # A role has the document by policy and attachment.
        written = pulumi.Output.all(policy.policy, attachment.role)
        state[path] = written, pulumi.Output.all(policy.id, attachment.id)
    return ManagedPolicy(policy.name, state, policy.arn)
