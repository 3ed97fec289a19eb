"""Confirms roles with AWS before the policy is written: their account and, with a check, that they exist."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import pulumi

from . import _invokes
from ._check_role import Role, get_roles
from ._component import Component
from ._errors import Problem, merge_problems, raise_problems, show
from ._inputs import Read, as_output
from ._outputs import after, then
from ._roles import RoleInput, log_group_problems

MISSING: Final = "IAM has no such role in the account of the provider"
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

    The roles have the paths of their inputs. Return what IAM says of those that must exist, by the same paths. Without
    `must_exist`, nothing is asked about a role name: it means a role of the provider's account.
    """
    unresolved = {path for path, role in roles.items() if not isinstance(role, RoleInput)}
    with_account = {path for path, role in roles.items() if isinstance(role, RoleInput) and role.account}
    if not (must_exist or unresolved or with_account):
        return pulumi.Output.from_input(dict[str, Role]())
    # The program may create a role that is an Output, and each one if the component depends on something.
    may_be_new = roles.keys() if component.opts.depends_on else unresolved
    resolved: pulumi.Output[Any] = pulumi.Output.from_input({path: as_output(role) for path, role in roles.items()})
    confirmed = then(resolved, partial(_confirm, component, may_be_new, must_exist=must_exist))
    compared = then(pulumi.Output.all(resolved, as_output(log_group_arns)), partial(_compare, component))
    return after(confirmed, compared)


async def _confirm(
    component: Component,
    may_be_new: Collection[str],
    roles: Mapping[str, RoleInput],
    *,
    must_exist: bool,
    secret: bool,
) -> Mapping[str, Role]:
    elsewhere = await _account_problems(component, roles, secret=secret)
    here = {path: role for path, role in roles.items() if path not in {problem.path for problem in elsewhere}}
    nothing: Mapping[str, Role | None] = {}
    found = await get_roles(component, here, may_be_new, secret=secret) if must_exist else nothing
    missing = [
        Problem(path, show(here[path].written), MISSING, _remedy(path, may_be_new=path in may_be_new))
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
        own = await _invokes.invoke_for_field(component, _invokes.GET_CALLER_IDENTITY)
    except _invokes.Unanswered as error:
        rule = _NO_ACCOUNT.format(error.reason(secret=False))
        return [Problem(path, show(role.written), rule, _RENEW) for path, role in by_arn.items()]
    problems: list[Problem] = []
    for path, role in by_arn.items():
        if own not in (None, role.account):
            whose, theirs = ("another account", "the role's account") if secret else (f"account {role.account}",) * 2
            rule = f"it belongs to {whose}, but the provider belongs to account {own}"
            remedy = (
                f"give the component a provider of {theirs}, or write the role's name if you mean the role in {own}"
            )
            problems.append(Problem(path, show(role.written), rule, remedy))
    return problems


def _remedy(path: str, *, may_be_new: bool) -> str:
    """Return what to do about a role that IAM does not have; a list of roles takes no Output."""
    named = "" if "[" in path else "pass role.name, or "
    return _CORRECT_ROLE.format(_DELETED if may_be_new else f"{named}make the component depend on it («depends_on»)")


async def _compare(component: Component, resolved: Sequence[Any], *, secret: bool) -> None:
    roles, log_group_arns = resolved
    raise_problems(component.owner, log_group_problems(roles.values(), log_group_arns or ()), secret=secret)
