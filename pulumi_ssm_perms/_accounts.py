"""Refuses roles and log groups whose ARN is in another account than the provider's."""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi

from ._errors import Problem, format_value
from ._invoke import FAILURE_REMEDY, InvokeError, get_account
from ._roles import EACH_ACCOUNT_REMEDY, Role

_LOG_GROUP_EFFECT: Final = (
    "the agent sends only the group's name, so its logs go to the group of that name in the role's own account"
)


async def find_foreign_arns(
    component: pulumi.ComponentResource, roles: Mapping[str, Role], log_group_arns: Sequence[str]
) -> list[Problem]:
    """Return the problem with each role, by its path, and each log group that is not of the provider's account.

    The policy would land on a namesake of the role, and the logs in a namesake of the log group. Mocks that return
    nothing, and in a preview a provider of the same program, have no account to compare with.
    """
    roles_with_arn = {path: role for path, role in roles.items() if role.account}
    groups = {f"cloudwatch_log_group_arns[{position}]": arn for position, arn in enumerate(log_group_arns)}
    if not (roles_with_arn or groups):
        return []
    try:
        account = await get_account(component)
    except InvokeError as error:
        rule = f"AWS does not return the provider's account ({error}), so the ARN's account cannot be checked"
        role_remedy = f"{FAILURE_REMEDY}, or write the role's name instead of its ARN"
        group_rule, group_remedy = rule, FAILURE_REMEDY
    else:
        if account is None:
            return []
        roles_with_arn = {path: role for path, role in roles_with_arn.items() if role.account != account}
        groups = {path: arn for path, arn in groups.items() if arn.split(":")[4] != account}
        rule = f"it is in another account than the provider, which belongs to account {account}"
        # A role given by name is in the provider's account: a foreign ARN beside it needs another component.
        has_names = not all(role.account for role in roles.values())
        role_remedy = EACH_ACCOUNT_REMEDY if has_names else "give the component a provider of the role's own account"
        role_remedy += f", or write the role's name if you mean the role in {account}"
        group_rule, group_remedy = f"{rule}: {_LOG_GROUP_EFFECT}", f"write the ARN of a log group of account {account}"
    return [
        *(Problem(path, format_value(role.given), rule, role_remedy) for path, role in roles_with_arn.items()),
        *(Problem(path, format_value(arn), group_rule, group_remedy) for path, arn in groups.items()),
    ]
