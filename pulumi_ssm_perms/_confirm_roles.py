"""Confirms roles with AWS before the policy is written: their account and, with a check, that they exist."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import pulumi

from . import _invokes
from ._aws import arn_account
from ._component import Component
from ._errors import Problem, merge_problems, raise_problems, show
from ._iam_role import IamRole, get_roles
from ._inputs import ReadInput, as_output
from ._outputs import apply_async, hold_back
from ._role_inputs import RoleInput, log_group_problems

NO_SUCH_ROLE: Final = "IAM has no such role in the account of the provider"
_CORRECT_ROLE: Final = (
    "write the name of an existing role, or give the component a provider of the role's account; if this program "
    "creates it, {}"
)
_NO_ACCOUNT: Final = "AWS does not return the provider's account ({}), so the role's account cannot be checked"
_RENEW: Final = "renew or correct the provider's credentials, or write the role's name instead of its ARN"
_DELETED: Final = "it was deleted outside of Pulumi, or IAM shows it late: run `pulumi up --refresh`"


def confirm_roles(
    component: Component,
    roles: Mapping[str, ReadInput[RoleInput]],
    log_group_arns: ReadInput[list[str] | None],
    *,
    must_exist: bool,
) -> "pulumi.Output[Mapping[str, IamRole]]":
    """Confirm that the roles are of the provider's account and the log groups', and with `must_exist` that each exists.

    The keys are the paths of inputs, `role` or `roles[1]`. Return what IAM says of the roles that must exist, by the
    same keys; the Output fails with `InvalidInputError`. Without `must_exist`, nothing is asked about a role name: it
    means a role of the provider's account.
    """
    given_as_outputs = {path for path, role in roles.items() if not isinstance(role, RoleInput)}
    with_account = {path for path, role in roles.items() if isinstance(role, RoleInput) and role.account}
    if not (must_exist or given_as_outputs or with_account):
        return pulumi.Output.from_input(dict[str, IamRole]())
    # The program may create a role that is an Output, and each one if the component depends on something.
    may_be_new = roles.keys() if component.opts.depends_on else given_as_outputs
    inputs: pulumi.Output[Any] = pulumi.Output.from_input({path: as_output(role) for path, role in roles.items()})
    confirmed = apply_async(inputs, partial(_confirm, component, may_be_new, must_exist=must_exist))
    # A role is refused even while a preview does not know the log groups.
    compared = apply_async(
        pulumi.Output.all(inputs, confirmed, as_output(log_group_arns)), partial(_compare_log_groups, component)
    )
    return hold_back(confirmed, until=compared)


async def _confirm(
    component: Component,
    may_be_new: Collection[str],
    inputs: Mapping[str, RoleInput],
    *,
    must_exist: bool,
    secret: bool,
) -> Mapping[str, IamRole]:
    problems = await _account_problems(component, inputs, secret=secret)
    foreign = {problem.path for problem in problems}
    # The others are asked about, too: one error names all that is wrong.
    others = {path: role for path, role in inputs.items() if path not in foreign}
    iam_roles: Mapping[str, IamRole | None] = {}
    if must_exist:
        iam_roles = await get_roles(component, others, may_be_new, secret=secret)
    missing = [
        Problem(path, show(inputs[path].written), NO_SUCH_ROLE, _remedy(path, may_be_new=path in may_be_new))
        for path, role in iam_roles.items()
        if role is None
    ]
    raise_problems(component.owner, merge_problems("roles", [*missing, *problems]), secret=secret)
    return {path: role for path, role in iam_roles.items() if role}


async def _account_problems(component: Component, roles: Mapping[str, RoleInput], *, secret: bool) -> list[Problem]:
    """Return a problem for each role ARN of another account than the provider's, or if that account is unknown."""
    by_arn = {path: role for path, role in roles.items() if role.account}
    if not by_arn:
        return []
    try:
        own_account = await _invokes.provider_field(component, _invokes.GET_CALLER_IDENTITY)
    except _invokes.InvokeError as error:
        rule = _NO_ACCOUNT.format(error.reason(secret=False))
        return [Problem(path, show(role.written), rule, _RENEW) for path, role in by_arn.items()]
    problems: list[Problem] = []
    for path, role in by_arn.items():
        if own_account not in (None, role.account):
            account = f"account {role.account}"
            whose, theirs = ("another account", "the role's account") if secret else (account, account)
            rule = f"it belongs to {whose}, but the provider belongs to account {own_account}"
            write_name = f"write the role's name if you mean the role in {own_account}"
            remedy = f"give the component a provider of {theirs}, or {write_name}"
            problems.append(Problem(path, show(role.written), rule, remedy))
    return problems


def _remedy(path: str, *, may_be_new: bool) -> str:
    """Return what to do about a role that IAM does not have; a list of roles takes no Output."""
    named = "pass role.name, or " if path == "role" else ""
    return _CORRECT_ROLE.format(_DELETED if may_be_new else f"{named}make the component depend on it («depends_on»)")


async def _compare_log_groups(component: Component, resolved: Sequence[Any], *, secret: bool) -> None:
    inputs, iam_roles, log_group_arns = resolved
    accounts = [role.account for role in inputs.values()]
    accounts += [arn_account(role.arn) for role in iam_roles.values() if role.arn]
    raise_problems(component.owner, log_group_problems(accounts, log_group_arns or ()), secret=secret)
