"""Confirms roles with AWS before anything is written: their account and, with a check, that they exist and may call."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pulumi

from . import _check_role, _lookups
from ._errors import Problem, merged, raise_problems, show
from ._inputs import Values, is_deferred
from ._outputs import after, then
from ._roles import GivenRole, by_path, log_group_problems

_MISSING: Final = (
    "IAM has no such role in the account of the provider",
    "write the name of an existing role, or give the component a provider of the role's account",
)


class Confirmed(NamedTuple):
    """What AWS says about the roles."""

    # The document, once the roles have passed.
    document: pulumi.Output[str]
    # The denied actions by role name; `None` if unknown, or without a check.
    denied: pulumi.Output[Any]


def confirm(
    component: pulumi.Resource,
    owner: str,
    values: Values,
    document: pulumi.Output[str],
    check: _check_role.Check | None,
) -> Confirmed:
    """Return the document once the roles have passed: of the provider's account and the log groups', and existing.

    A role name means a role of the provider's account. Without a check, AWS is asked nothing about it. In a preview, a
    role may not exist yet if it is an Output, or if the component waits for something: an old engine does not say.
    """
    roles = by_path(values)
    nothing: pulumi.Output[Any] = pulumi.Output.from_input(None)
    if not check and all(isinstance(role, GivenRole) and role.account is None for role in roles.values()):
        return Confirmed(document, nothing)
    waits = bool(check and check.depends_on)
    may_be_new = {path for path, role in roles.items() if pulumi.runtime.is_dry_run() and (waits or is_deferred(role))}

    async def ask(given: Mapping[str, GivenRole], secret: bool) -> Any:  # noqa: FBT001 - as `then` calls it
        wrong = list(await _of_another_account(component, given, secret=secret))
        own = {path: role for path, role in given.items() if path not in {problem.path for problem in wrong}}
        found = await check.find(own, secret=secret) if check else None
        missing = [path for path, role in (found or {}).items() if role.missing and path not in may_be_new]
        absent = [Problem(path, show(given[path].given), *_MISSING) for path in missing]
        raise_problems(owner, merged("roles", [*absent, *wrong]), secret=secret)
        return found

    async def compare(both: Sequence[Any], secret: bool) -> None:  # noqa: FBT001 - as `then` calls it
        raise_problems(owner, log_group_problems(both[0].values(), both[1]), secret=secret)

    given: pulumi.Output[Any] = pulumi.Output.from_input(roles)
    found = then(given, ask)
    compared = then(pulumi.Output.all(given, values["cloudwatch_log_group_arns"]), compare)
    written = after(after(document, found), compared)
    return Confirmed(written, check.denied_actions(found, document) if check else nothing)


async def _of_another_account(
    component: pulumi.Resource, roles: Mapping[str, GivenRole], *, secret: bool
) -> Iterator[Problem]:
    """Return a problem for each role ARN of another account than the provider's, or if that account is unknown."""
    given = {path: role for path, role in roles.items() if role.account}
    if not given:
        return iter(())
    try:
        own = await _lookups.account(component)
    except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
        why = _lookups.reason(error, secret=False)
        rule = f"AWS does not return the provider's account ({why}), so the role's account cannot be checked"
        remedy = "renew or correct the provider's credentials, or write the role's name instead of its ARN"
        return (Problem(path, show(role.given), rule, remedy) for path, role in given.items())
    if own is None:
        return iter(())
    return (_wrong_account(path, role, own, secret=secret) for path, role in given.items() if role.account != own)


def _wrong_account(path: str, role: GivenRole, own: str, *, secret: bool) -> Problem:
    if secret:
        whose, theirs = "another account", "the role's account"
    else:
        whose = theirs = f"account {role.account}"
    rule = f"it belongs to {whose}, but the provider belongs to account {own}"
    remedy = f"give the component a provider of {theirs}, or write the role's name if you mean the role in {own}"
    return Problem(path, show(role.given), rule, remedy)
