"""Roles, provider and log groups must be of one account. Only the ARN of a role tells the role's account."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pulumi

from ._ask import GET_CALLER_IDENTITY, InvokeError, ask
from ._aws import arn_account
from ._errors import Problem, input_error, owner_of, show
from ._outputs import NOT_KNOWN
from ._rules import RoleInput

_CREDENTIALS_REMEDY: Final = "renew or correct the provider's credentials, or write the role's name instead of its ARN"
_EACH_ACCOUNT_REMEDY: Final = "declare one component for each account, with a provider of that account"
_OTHER_ACCOUNT_RULE: Final = (
    "it is in another account than the role: the agent sends only the group's name, so its logs go to the group of "
    "that name in the role's own account"
)


def repeated_role_problems(roles: Sequence[RoleInput]) -> Iterator[Problem]:
    """Yield the roles that a list has twice, or by one name in two accounts: IAM ignores the name's case."""
    if roles is NOT_KNOWN:
        return
    positions: dict[str, int] = {}
    for position, role in enumerate(roles):
        first = positions.setdefault(role.name.lower(), position)
        account = roles[first].account
        if account and role.account not in ("", account):
            rule = f"it belongs to another account than {account}, and a policy can be attached only in its own account"
            yield Problem(f"roles[{position}]", show(role.written), rule, _EACH_ACCOUNT_REMEDY)
        elif first != position:
            rule = f"it is the same role as roles[{first}]: a name and its ARN are one role, and IAM ignores case"
            yield Problem(f"roles[{position}]", show(role.written), rule, "name each role once")


def log_group_problems(roles: Sequence[RoleInput], log_group_arns: Sequence[str] | None) -> Iterator[Problem]:
    """Yield each log group outside of the roles' account, if the roles' ARNs name exactly one account."""
    if roles is NOT_KNOWN or log_group_arns is NOT_KNOWN:
        return
    accounts = {role.account for role in roles if role is not NOT_KNOWN and role.account}
    for position, arn in enumerate(log_group_arns or ()):
        if len(accounts) == 1 and arn_account(arn) not in accounts:
            remedy = "write the ARN of a log group of that account"
            yield Problem(f"cloudwatch_log_group_arns[{position}]", show(arn), _OTHER_ACCOUNT_RULE, remedy)


def confirm_accounts(
    component: pulumi.ComponentResource, roles: "pulumi.Input[Mapping[str, RoleInput]]"
) -> "pulumi.Output[Mapping[str, RoleInput]]":
    """Return the roles, by input path, once AWS confirms that their ARNs are of the provider's account."""
    output: pulumi.Output[Mapping[str, RoleInput]] = pulumi.Output.from_input(roles)

    async def confirm(resolved: Mapping[str, RoleInput]) -> Mapping[str, RoleInput]:
        secret = await output.is_secret()
        if problems := await _account_problems(component, resolved, secret=secret):
            raise input_error(owner_of(component), problems, secret=secret)
        return resolved

    return output.apply(confirm)


async def _account_problems(
    component: pulumi.ComponentResource, roles: Mapping[str, RoleInput], *, secret: bool
) -> Sequence[Problem]:
    """Return a problem for each ARN of another account than the provider's, or if AWS does not return that account."""
    roles_with_arn = {path: role for path, role in roles.items() if role.account}
    if not roles_with_arn:
        return []
    try:
        provider_account = await ask(component, GET_CALLER_IDENTITY)
    except InvokeError as error:
        rule = f"AWS does not return the provider's account ({error}), so the role's account cannot be checked"
        return [Problem(path, show(role.written), rule, _CREDENTIALS_REMEDY) for path, role in roles_with_arn.items()]
    problems: list[Problem] = []
    # A role that is written by name is in the provider's account, so an ARN of another account in the same list needs a
    # component of its own.
    is_one_account = len({role.account for role in roles.values()}) == 1
    for path, role in roles_with_arn.items():
        if provider_account not in (NOT_KNOWN, role.account):
            account = f"account {role.account}"
            role_account, of_role = ("another account", "the role's account") if secret else (account, account)
            rule = f"it belongs to {role_account}, but the provider belongs to account {provider_account}"
            remedy = f"give the component a provider of {of_role}" if is_one_account else _EACH_ACCOUNT_REMEDY
            by_name = f"write the role's name if you mean the role in {provider_account}"
            problems.append(Problem(path, show(role.written), rule, f"{remedy}, or {by_name}"))
    return problems
