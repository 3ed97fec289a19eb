"""An ARN names its account: a role that is given by its ARN has to be of the provider's."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import pulumi

from ._errors import Problem, raise_problems, show
from ._lookups import account
from ._roles import GivenRole, RoleInput

T = TypeVar("T")


def checked(
    component: pulumi.Resource, owner: str, roles: Mapping[str, RoleInput], value: pulumi.Input[T]
) -> pulumi.Input[T]:
    """Return the value once the roles are known to be of the provider's account; each is found at the path it has.

    Raises:
        InvalidInputError: Roles are of another account; all of them are named, as the value resolves.

    """
    found = problems(component, roles)
    if found is None:
        return value
    passed = found.apply(lambda wrong: raise_problems(owner, wrong))
    both = pulumi.Output.all(value, passed)
    return cast("pulumi.Output[T]", both.apply(lambda two: two[0]))


def problems(component: pulumi.Resource, roles: Mapping[str, RoleInput]) -> pulumi.Output[Sequence[Problem]] | None:
    """Return the roles that are of another account than the provider's.

    Where AWS does not say which account the provider is of, there are none. `None` says that no role is given by its
    ARN, so that there is nothing to ask.
    """
    if all(isinstance(role, GivenRole) and role.account is None for role in roles.values()):
        return None
    together = pulumi.Output.all(**roles)

    async def check(given: Mapping[str, Any]) -> Sequence[Problem]:
        own = await account(component) if any(role.account for role in given.values()) else None
        return list(_problems(given, own, secret=await together.is_secret())) if own else []

    return together.apply(check)


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
