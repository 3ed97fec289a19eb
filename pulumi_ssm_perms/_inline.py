"""`SessionManagerPermissions`: one inline policy on one existing role."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, NotRequired, Optional, Unpack, overload

import pulumi
from pulumi_aws import iam

from . import _check_role, _confirm_roles, _names, _roles, _sdk, _validators
from ._aws import INLINE_POLICIES_LIMIT, ROLE_POLICY
from ._errors import Problem
from ._exact_name import ExactName
from ._grants import COMPONENT_GRANTS, ComponentGrantArgs
from ._imports import import_of_exact_name
from ._inputs import NO_ARGS, Inputs, Spec, arguments, read
from ._policy_document import ComponentDocument


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


_SPECS: Final[Mapping[str, Spec]] = {
    "role": Spec(_roles.given_role, required=_roles.REMEDY),
    "policy_name": Spec(_names.policy_name),
    "check_role": Spec(_validators.boolean, plain=_validators.PLAIN_BOOLEAN, default=False),
    **COMPONENT_GRANTS,
}


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
        given = read(owner, args, _specs(name))
        document = ComponentDocument(given, INLINE_POLICIES_LIMIT)
        given.problems.extend(_problems(given, opts))
        values = given.validated()
        super().__init__("ssm-perms:index:SessionManagerPermissions", name, None, opts)
        check = None
        if values["check_role"]:
            check = _check_role.Check(self, "check_role", opts.depends_on if opts else None)
        self.policy_json = document.json(self, values)
        confirmed = _confirm_roles.confirm(self, owner, values, self.policy_json, check)
        self.role_name = pulumi.Output.from_input(values["role"].name)
        self.denied_actions = confirmed.denied.apply(_of_one)
        generated = partial(self._generated, name, opts, confirmed.document)
        if values["policy_name"] is None:
            self.policy_name = generated().name
        else:
            exact = ExactName(
                component=self,
                name=name,
                opts=opts or pulumi.ResourceOptions(),
                owner=owner,
                role=self.role_name,
                policy_name=values["policy_name"],
                document=confirmed.document,
                generated=generated,
            )
            self.policy_name = exact.declare()
        outputs = ("role_name", "policy_name", "policy_json", "denied_actions")
        self.register_outputs({output: getattr(self, output) for output in outputs})

    def _generated(
        self, name: str, opts: Optional[pulumi.ResourceOptions], document: pulumi.Input[str]
    ) -> "iam.RolePolicy":
        called = f"{name}{_names.SUFFIX}"
        known = _sdk.aliases(self, name, opts, called, ROLE_POLICY)
        # A replacement gets another name, so it can come first. The AWS provider deletes first if a name is set.
        own = pulumi.ResourceOptions(parent=self, delete_before_replace=False, aliases=known)
        return iam.RolePolicy(called, role=self.role_name, policy=document, opts=own)


def _of_one(denied: Mapping[str, Sequence[str]] | None) -> list[str] | None:
    return None if denied is None else [action for actions in denied.values() for action in actions]


def _problems(given: Inputs, opts: pulumi.ResourceOptions | None) -> Iterator[Problem]:
    """Yield the problems of a plain role and of an import."""
    yield from _roles.role_problems(given.values)
    yield from import_of_exact_name(opts, given.values["role"], given.values["policy_name"])


def _specs(name: str) -> dict[str, Spec]:
    policy_name = replace(
        _SPECS["policy_name"],
        validate=partial(_names.inline_policy_name, name),
        if_missing=lambda: _names.generated_name(name, "on the role"),
    )
    return {**_SPECS, "policy_name": policy_name}
