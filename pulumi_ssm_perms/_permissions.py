"""`SessionManagerPermissions`: one inline policy on one existing role."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NotRequired, Optional

import pulumi

from . import _account, _check_role, _checks, _lookups, _roles, _sdk
from ._aws import INLINE_POLICIES_LIMIT
from ._errors import Problem
from ._grants import COMPONENT_GRANTS, ComponentGrantArgs
from ._inline_policy import InlinePolicy, duplicates
from ._inputs import Values, plain, read, takes_a_mapping
from ._policy_document import policy_json
from ._rules import grant_problems
from ._run import Component
from ._specs import Spec, specs


class SessionManagerPermissionsArgs(ComponentGrantArgs):
    """The inputs of `SessionManagerPermissions`."""

    role: pulumi.Input[str]
    """Name or ARN of the existing IAM role, of any path and partition, in the account of the provider: an ARN of
    another account is refused before anything is written. So are service-linked roles, roles of IAM Identity Center,
    and what is no role, such as an instance's id. Required."""

    policy_name: NotRequired[pulumi.Input[Optional[str]]]
    """Exact name of the inline policy: 1 to 128 letters, digits and _+=,.@-. Two stacks that give the same name on the
    same role overwrite each other without a warning. Default: a generated name, with which that cannot happen."""

    check_role: NotRequired[Optional[bool]]
    """Whether to ask IAM's policy simulator, in preview too, if the role will be able to do all of it and, unless only
    ECS tasks may assume it, to register with Systems Manager: warnings say what is denied and why, and denied_actions
    lists it. The deploying identity then needs iam:GetRole and iam:SimulatePrincipalPolicy. Policies that the same
    program gives the role count if the component depends on them (depends_on). The simulator sees identity policies,
    permissions boundary and SCPs, but no key, bucket or endpoint policies and no RCPs; a condition of a statement on
    particular resources may escape the check. A plain value. Default: false."""


_SPECS: Final = specs(
    SessionManagerPermissionsArgs,
    {
        "role": Spec(_roles.given_role, required=_roles.REMEDY),
        "policy_name": Spec(_checks.inline_policy_name),
        "check_role": Spec(_checks.boolean, plain="write a plain true or false"),
        **COMPONENT_GRANTS,
    },
)


class SessionManagerPermissions(pulumi.ComponentResource):
    """Gives an existing IAM role the permissions that AWS Systems Manager Session Manager needs, as one inline policy.

    The document is AWS's own ("Add Session Manager permissions to an existing IAM role", AWS Systems Manager User
    Guide) with nothing that was not asked for. Other policies of the role are neither read nor changed, and destroy
    leaves the role as it was.
    """

    role_name: pulumi.Output[str]
    """Name of the role, from the input."""

    policy_name: pulumi.Output[str]
    """Name of the inline policy, as IAM has it."""

    policy_json: pulumi.Output[str]
    """The policy document as compact JSON."""

    denied_actions: pulumi.Output[Optional[Sequence[str]]]
    """What IAM's simulator says the role may not do, each action once; empty if it may do all. No value without
    check_role, and whenever something could not be found out."""

    @takes_a_mapping
    def __init__(
        self, name: str, args: SessionManagerPermissionsArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """Check the inputs and declare the policy.

        Args:
            name: The component's name; the policy is called `<name>-session-manager-…` unless `policy_name` is given.
            args: The inputs, a `SessionManagerPermissionsArgs` or a plain dict of the same keys.
            opts: `provider`, `protect`, `retain_on_delete`, `depends_on` and `aliases` reach the policy.

        Raises:
            InvalidInputError: Inputs are wrong; nothing was declared. A wrong Output ends the run as it resolves.

        """
        name = plain(name)
        owner = f"{type(self).__name__} {name!r}"
        identity = Component(owner, _parent(opts))
        values = read(owner, args, _specs(name), lambda v: _problems(v, identity))
        super().__init__("ssm-perms:index:SessionManagerPermissions", name, None, opts)
        document = policy_json(self, owner, values, INLINE_POLICIES_LIMIT)
        given: _roles.RoleInput = values["role"]
        role_name = _roles.name_of(given)
        role = _account.checked(self, owner, {"role": given}, role_name)
        self.denied_actions = pulumi.Output.from_input(None)
        if values["check_role"]:
            wanted = _check_role.Wanted(role, "role", _roles.as_given(given))
            found = _check_role.find(self, owner, [wanted], _lookups.known_after(self, opts))
            denied = _check_role.denied_actions(self, "check_role", found, document)
            self.denied_actions = denied.apply(_of_one)
            role = pulumi.Output.all(role, found).apply(lambda pair: pair[0])
        policy = InlinePolicy(self, name, identity, role_name, role, values["policy_name"], document)
        self.role_name = pulumi.Output.from_input(role_name)
        self.policy_name = policy.declare()
        self.policy_json = pulumi.Output.from_input(document)
        outputs = {"role_name": self.role_name, "policy_name": self.policy_name, "policy_json": self.policy_json}
        checked = {"denied_actions": self.denied_actions} if values["check_role"] else {}
        self.register_outputs({**outputs, **checked})


def _of_one(denied: Mapping[str, Sequence[str]] | None) -> list[str] | None:
    return None if denied is None else [action for actions in denied.values() for action in actions]


def _parent(opts: pulumi.ResourceOptions | None) -> tuple[str, str] | None:
    parent = opts.parent if opts else None
    return _sdk.type_and_name(parent) if parent else None


def _problems(values: Values, identity: Component) -> Iterator[Problem]:
    role, policy_name = values["role"], values["policy_name"]
    if isinstance(role, _roles.GivenRole) and isinstance(policy_name, str):
        yield from duplicates(identity, role.name, policy_name, secret=False)
    yield from grant_problems(values, INLINE_POLICIES_LIMIT)


def _specs(name: str) -> dict[str, Spec]:
    policy_name = replace(_SPECS["policy_name"], if_missing=lambda: _checks.component_name(name, "on the role"))
    return {**_SPECS, "policy_name": policy_name}
