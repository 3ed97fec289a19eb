"""Confirms roles with AWS before anything is written: their account and, with a check, that they exist and may call."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import pulumi

from . import _lookups
from ._check_role import Check
from ._check_role._role import Role
from ._component import Component
from ._errors import Problem, merged, raise_problems, show
from ._inputs import Given, is_deferred
from ._outputs import after, then
from ._roles import GivenRole, log_group_problems

_MISSING: Final = (
    "IAM has no such role in the account of the provider",
    "write the name of an existing role, or give the component a provider of the role's account",
)
Roles = Mapping[str, Given[GivenRole]]
"""The roles of a component, each by the path of its input."""
Denied = Mapping[str, Sequence[str]] | None
"""The denied actions by role name; `None` if unknown, or without a check."""


class Confirmed(NamedTuple):
    """A document that waits until AWS has confirmed the roles, and the actions that IAM denies them."""

    document: pulumi.Output[str]
    denied: pulumi.Output[Denied]


def confirm(check: Check, roles: Roles, log_group_arns: Given[list[str]], document: pulumi.Output[str]) -> Confirmed:
    """Confirm that the roles are of the provider's account and of the log groups', and with a check that they exist.

    Without a check, nothing is asked about a role name: it means a role of the provider's account.
    """
    nothing: pulumi.Output[Denied] = pulumi.Output.from_input(None)
    if not check.option and all(isinstance(role, GivenRole) and role.account is None for role in roles.values()):
        return Confirmed(document, nothing)
    outputs = {path for path, role in roles.items() if is_deferred(role)}
    given: pulumi.Output[Any] = pulumi.Output.from_input(dict(roles))
    found = then(given, partial(_found, check, outputs))
    compared = then(pulumi.Output.all(given, log_group_arns), partial(_compare, check.component.owner))
    denied = then(pulumi.Output.all(found, document), check.denied_actions) if check.option else nothing
    return Confirmed(after(after(document, found), compared), denied)


async def _found(
    check: Check, outputs: set[str], roles: Mapping[str, GivenRole], *, secret: bool
) -> Mapping[str, Role] | None:
    """Return what IAM says of the roles: `None` without a check, or if it is too early to ask."""
    wrong = await _of_another_account(check.component, roles, secret=secret)
    own = {path: role for path, role in roles.items() if path not in {problem.path for problem in wrong}}
    found = await check.find(own, outputs, secret=secret)
    missing = [path for path, role in (found or {}).items() if role.missing]
    absent = [Problem(path, show(roles[path].given), *_MISSING) for path in missing]
    raise_problems(check.component.owner, merged("roles", [*absent, *wrong]), secret=secret)
    return found


async def _compare(owner: str, both: Sequence[Any], *, secret: bool) -> None:
    roles, log_group_arns = both
    raise_problems(owner, log_group_problems(roles.values(), log_group_arns), secret=secret)


async def _of_another_account(component: Component, roles: Mapping[str, GivenRole], *, secret: bool) -> list[Problem]:
    """Return a problem for each role ARN of another account than the provider's, or if that account is unknown."""
    given = {path: role for path, role in roles.items() if role.account}
    if not given:
        return []
    try:
        own = await _lookups.account(component)
    except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
        why = _lookups.reason(error, secret=False)
        rule = f"AWS does not return the provider's account ({why}), so the role's account cannot be checked"
        remedy = "renew or correct the provider's credentials, or write the role's name instead of its ARN"
        return [Problem(path, show(role.given), rule, remedy) for path, role in given.items()]
    others = {path: role for path, role in given.items() if own not in (None, role.account)}
    return [_wrong_account(path, role, own or "", secret=secret) for path, role in others.items()]


def _wrong_account(path: str, role: GivenRole, own: str, *, secret: bool) -> Problem:
    whose, theirs = ("another account", "the role's account") if secret else (f"account {role.account}",) * 2
    rule = f"it belongs to {whose}, but the provider belongs to account {own}"
    remedy = f"give the component a provider of {theirs}, or write the role's name if you mean the role in {own}"
    return Problem(path, show(role.given), rule, remedy)
