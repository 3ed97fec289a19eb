"""Confirms roles with AWS before the policy is written: their account and, with a check, that they exist."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import pulumi

from . import _invokes
from ._aws import arn_account
from ._component import Component
from ._errors import Problem, merge_problems, raise_problems, show
from ._iam_role import Role, get_roles
from ._inputs import Read, as_output
from ._outputs import after, then
from ._roles import RoleInput, log_group_problems

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
    roles: Mapping[str, Read[RoleInput]],
    log_group_arns: Read[list[str] | None],
    *,
    must_exist: bool,
) -> "pulumi.Output[Mapping[str, Role]]":
    """Confirm that the roles are of the provider's account and the log groups', and with `must_exist` that each exists.

    The keys are the paths of inputs, `role` or `roles[1]`. Return what IAM says of the roles that must exist, by the
    same keys; the Output fails with `InvalidInputError`. Without `must_exist`, nothing is asked about a role name: it
    means a role of the provider's account.
    """
    unresolved = {path for path, role in roles.items() if not isinstance(role, RoleInput)}
    with_account = {path for path, role in roles.items() if isinstance(role, RoleInput) and role.account}
    if not (must_exist or unresolved or with_account):
        return pulumi.Output.from_input(dict[str, Role]())
    # The program may create a role that is an Output, and each one if the component depends on something.
    new_paths = roles.keys() if component.opts.depends_on else unresolved
    inputs: pulumi.Output[Any] = pulumi.Output.from_input({path: as_output(role) for path, role in roles.items()})
    confirmed = then(inputs, partial(_refuse_absent, component, new_paths, must_exist=must_exist))
    known = pulumi.Output.all(inputs, confirmed, as_output(log_group_arns))
    compared = then(known, partial(_compare_accounts, component))
    return after(confirmed, compared)


async def _refuse_absent(
    component: Component,
    new_paths: Collection[str],
    roles: Mapping[str, RoleInput],
    *,
    must_exist: bool,
    secret: bool,
) -> Mapping[str, Role]:
    elsewhere = await _account_problems(component, roles, secret=secret)
    # The others are asked about, too: one error names all that is wrong.
    elsewhere_paths = {problem.path for problem in elsewhere}
    others = {path: role for path, role in roles.items() if path not in elsewhere_paths}
    nothing: Mapping[str, Role | None] = {}
    found = await get_roles(component, others, new_paths, secret=secret) if must_exist else nothing
    missing = [
        Problem(path, show(others[path].written), NO_SUCH_ROLE, _remedy(path, may_be_new=path in new_paths))
        for path, role in found.items()
        if role is None
    ]
    raise_problems(component.owner, merge_problems("roles", [*missing, *elsewhere]), secret=secret)
    return {path: role for path, role in found.items() if role}


async def _account_problems(component: Component, roles: Mapping[str, RoleInput], *, secret: bool) -> list[Problem]:
    """Return a problem for each role ARN of another account than the provider's, or if that account is unknown."""
    by_arn = {path: role for path, role in roles.items() if role.account}
    if not by_arn:
        return []
    try:
        own_account = await _invokes.invoke_for_field(component, _invokes.GET_CALLER_IDENTITY)
    except _invokes.Unanswered as error:
        rule = _NO_ACCOUNT.format(error.reason(secret=False))
        return [Problem(path, show(role.written), rule, _RENEW) for path, role in by_arn.items()]
    problems: list[Problem] = []
    for path, role in by_arn.items():
        if own_account not in (None, role.account):
            whose, theirs = ("another account", "the role's account") if secret else (f"account {role.account}",) * 2
            rule = f"it belongs to {whose}, but the provider belongs to account {own_account}"
            write_name = f"write the role's name if you mean the role in {own_account}"
            remedy = f"give the component a provider of {theirs}, or {write_name}"
            problems.append(Problem(path, show(role.written), rule, remedy))
    return problems


def _remedy(path: str, *, may_be_new: bool) -> str:
    """Return what to do about a role that IAM does not have; a list of roles takes no Output."""
    named = "" if "[" in path else "pass role.name, or "
    return _CORRECT_ROLE.format(_DELETED if may_be_new else f"{named}make the component depend on it («depends_on»)")


async def _compare_accounts(component: Component, resolved: Sequence[Any], *, secret: bool) -> None:
    inputs, roles, log_group_arns = resolved
    in_arns = [arn_account(role.arn) for role in roles.values() if role.arn]
    accounts = [role.account for role in inputs.values()] + in_arns
    raise_problems(component.owner, log_group_problems(accounts, log_group_arns or ()), secret=secret)
