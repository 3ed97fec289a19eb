"""What needs the provider's account: which roles and log groups are of another one, and which roles are the same."""

from collections.abc import Iterator, Sequence

import pulumi

from ._errors import Problem, format_value
from ._invoke import FAILURE_REMEDY, InvokeError, get_account
from ._roles import Role


async def account_problems(
    component: pulumi.ComponentResource, roles: Sequence[Role], log_group_arns: Sequence[str]
) -> list[Problem]:
    """Return the problem with each role and log group of another account, and with each role that is named again.

    The policy would land on a namesake of the role, and the logs in a namesake of the log group. Mocks that return
    nothing, and in a preview a provider of the same program, have no account to compare with: an ARN is taken then.
    """
    groups = {f"cloudwatch_log_group_arns[{position}]": arn for position, arn in enumerate(log_group_arns)}
    try:
        account = await get_account(component) if groups or any(role.account for role in roles) else None
    except InvokeError as error:
        rule = f"AWS does not return the provider's account ({error}), so the ARN's account cannot be checked"
        or_name = f"{FAILURE_REMEDY}, or write the role's name instead of its ARN"
        of_roles = [Problem(role.path, format_value(role.given), rule, or_name) for role in roles if role.account]
        return of_roles + [Problem(path, format_value(arn), rule, FAILURE_REMEDY) for path, arn in groups.items()]
    foreign = f"it is in another account than the provider, which belongs to account {account}"
    effect = "the agent sends only the group's name, so its logs go to the group of that name in the role's own account"
    remedy = f"write the ARN of a log group of account {account}"
    return [*_role_problems(roles, account, foreign)] + [
        Problem(path, format_value(arn), f"{foreign}: {effect}", remedy)
        for path, arn in groups.items()
        if account not in (None, arn.split(":")[4])
    ]


def _role_problems(roles: Sequence[Role], account: str | None, foreign: str) -> Iterator[Problem]:
    """Yield the problem with each role of another account, if it is known, and each that is named again."""
    remedy = "give the component a provider of the role's own account"
    if len({role.account or account for role in roles}) > 1:  # a role that was given by name is in the provider's
        remedy = "declare one component for each account, with a provider of its own"
    # Without an account to compare with, a name may be a role of the first ARN's account.
    of_names = account or next((role.account for role in roles if role.account), "")
    first_path: dict[tuple[str, str], str] = {}
    for role in roles:
        first = first_path.setdefault((role.account or of_names, role.name.lower()), role.path)
        if account and role.account not in ("", account):
            or_name = f"{remedy}, or write the role's name if you mean the role in {account}"
            yield Problem(role.path, format_value(role.given), foreign, or_name)
        elif first != role.path:
            rule = f"it is the same role as {first}: a name and its ARN are one role, and IAM ignores case"
            yield Problem(role.path, format_value(role.given), rule, "name each role once")
