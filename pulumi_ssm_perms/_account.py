"""An ARN names its account: a role that is given by its ARN has to be of the provider's."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

import pulumi

from ._errors import Problem, raise_problems, show
from ._lookups import account
from ._roles import GivenRole, Late

T = TypeVar("T")


def checked(
    component: pulumi.Resource, owner: str, roles: Mapping[str, Late], value: pulumi.Input[T]
) -> pulumi.Input[T]:
    """Return the value once the roles are known to be of the provider's account; each is found at the path it has.

    Where none is given by its ARN, or AWS does not say which account the provider is of, there is nothing to check.

    Raises:
        InvalidInputError: Roles are of another account; all of them are named, as the value resolves.

    """
    if all(isinstance(role, GivenRole) and role.account is None for role in roles.values()):
        return value
    together = pulumi.Output.all(**roles)

    async def check(given: Mapping[str, Any]) -> bool:
        own = await account(component) if any(role.account for role in given.values()) else None
        if own:
            raise_problems(owner, _problems(given, own, secret=await together.is_secret()))
        return True

    passed: pulumi.Output[bool] = together.apply(check)
    both = pulumi.Output.all(value, passed)
    return cast("pulumi.Output[T]", both.apply(lambda two: two[0]))


def _problems(roles: Mapping[str, GivenRole], own: str, *, secret: bool) -> Iterator[Problem]:
    for path, role in roles.items():
        if role.account in (None, own):
            continue
        if secret:
            whose, theirs = f"another account than {own}, the provider's", "the role's account"
        else:
            whose, theirs = f"account {role.account}, and the provider to account {own}", f"account {role.account}"
        rule = f"it belongs to {whose}, where a role of the same name is another role"
        remedy = f"give the component a provider of {theirs}, or write the role's name for the role of account {own}"
        yield Problem(path, show(role.given, secret=secret), rule, remedy)
