"""What IAM says of roles: whether they exist in the provider's account, their ARNs, boundaries and trust policies."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import pulumi

from pulumi_ssm_perms._errors import SECRET, Problem, raise_problems, show, together
from pulumi_ssm_perms._lookups import is_not_found

from ._answers import failure
from ._asking import ask
from ._trust import Use, use

_GET_ROLE: Final = "aws:iam/getRole:getRole"
_MISSING: Final = ("IAM has no such role in the account of the provider", "write the name of an existing role")


class Wanted(NamedTuple):
    """A role to be found: its name, and the input that names it with that input's value, name or ARN."""

    name: pulumi.Input[str]
    path: str
    given: pulumi.Input[str]


@dataclass(frozen=True)
class Role:
    """What IAM says of a role, and how a warning may name it.

    Without an ARN it is `missing`, or IAM has not been asked yet or, with a `failure`, could not be asked about it.
    """

    name: str
    shown: str
    arn: str = ""
    boundary: str | None = None
    use: Use = Use.NODES
    failure: str | None = None
    missing: bool = False


def find(
    component: pulumi.Resource,
    owner: str,
    wanted: Sequence[Wanted],
    after: pulumi.Output[str],
    wrong: pulumi.Input[Sequence[Problem]] = (),
) -> pulumi.Output[Sequence[Role]]:
    """Return what IAM says of the roles, once `after` is known; where a preview does not know it, IAM is not asked.

    Raises:
        InvalidInputError: Roles do not exist, or something else is `wrong` with them. All of them are named. In
            preview, a role that comes as an Output may not exist yet.

    """
    inputs = pulumi.Output.all(*(part for role in wanted for part in (role.name, role.given)))
    in_preview = pulumi.runtime.is_dry_run()
    may_be_new = [in_preview and isinstance(role.given, pulumi.Output) for role in wanted]

    async def look_up(parts: Sequence[str], wrong: Sequence[Problem]) -> Sequence[Role]:
        secret = await inputs.is_secret()
        given = parts[1::2]
        roles = [Role(name, SECRET if secret else name) for name in parts[::2]]
        if not await after.is_known():
            raise_problems(owner, wrong)
            return roles
        found = await asyncio.gather(*(_ask(component, role, secret=secret) for role in roles))
        each = zip(wanted, found, given, may_be_new, strict=True)
        missing = [(role.path, value) for role, answer, value, new in each if answer.missing and not new]
        named = {problem.path for problem in wrong}
        absent = [Problem(path, show(value, secret=secret), *_MISSING) for path, value in missing if path not in named]
        raise_problems(owner, together("roles", [*absent, *wrong]))
        return found

    both = pulumi.Output.all(inputs, pulumi.Output.from_input(wrong))
    # On the way through an Output, a named tuple becomes a plain one.
    return both.apply(lambda two: pulumi.Output.from_input(look_up(two[0], [Problem(*each) for each in two[1]])))


async def _ask(component: pulumi.Resource, role: Role, *, secret: bool) -> Role:
    try:
        found = await ask(component, _GET_ROLE, {"name": role.name}, "arn")
    except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
        if is_not_found(error):
            return replace(role, missing=True)
        return replace(role, failure=failure(error, secret=secret))
    boundary = found.get("permissionsBoundary") or None
    return replace(role, arn=found.get("arn", ""), boundary=boundary, use=use(found.get("assumeRolePolicy")))
