"""What IAM says of roles: whether they exist in the provider's account, their ARNs, boundaries and trust policies."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import pulumi

from pulumi_ssm_perms._checks import role_account
from pulumi_ssm_perms._errors import SECRET, Problem, raise_problems, show, together

from ._answers import failure
from ._asking import ask
from ._trust import Use, use

_GET_ROLE: Final = "aws:iam/getRole:getRole"
_NO_SUCH_ROLE: Final = ("NoSuchEntity", "couldn't find resource", "empty result")
_MISSING: Final = ("IAM has no such role in the account of the provider", "write the name of an existing role")
_ELSEWHERE: Final = (
    "it belongs to another account than the provider's, where a role of the same name is another role",
    "give the component a provider of the role's account",
)


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
    component: pulumi.Resource, owner: str, wanted: Sequence[Wanted], after: pulumi.Output[str]
) -> pulumi.Output[Sequence[Role]]:
    """Return what IAM says of the roles, once `after` is known; where a preview does not know it, IAM is not asked.

    Raises:
        InvalidInputError: Roles do not exist (but one whose name comes as an Output may not exist yet in preview), or
            are of another account than the provider's. All are named.

    """
    inputs = pulumi.Output.all(*(part for role in wanted for part in (role.name, role.given)))
    in_preview = pulumi.runtime.is_dry_run()
    may_be_new = [in_preview and isinstance(role.name, pulumi.Output) for role in wanted]

    async def look_up(parts: Sequence[str]) -> Sequence[Role]:
        secret = await inputs.is_secret()
        names, given = parts[::2], parts[1::2]
        if not await after.is_known():
            return [Role(name, SECRET if secret else name) for name in names]
        found = await asyncio.gather(*(_ask(component, name, secret=secret) for name in names))
        each = zip(wanted, found, given, may_be_new, strict=True)
        wrong = [(role.path, value, _wrong(answer, value, may_be_new=new)) for role, answer, value, new in each]
        problems = [Problem(path, show(value, secret=secret), *why) for path, value, why in wrong if why]
        raise_problems(owner, together("roles", problems))
        return found

    return inputs.apply(lambda parts: pulumi.Output.from_input(look_up(parts)))


async def _ask(component: pulumi.Resource, name: str, *, secret: bool) -> Role:
    role = Role(name, SECRET if secret else name)
    try:
        found = await ask(component, _GET_ROLE, {"name": name}, "arn")
    except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
        if any(sign in str(error) for sign in _NO_SUCH_ROLE):
            return replace(role, missing=True)
        return replace(role, failure=failure(error, secret=secret))
    boundary = found.get("permissionsBoundary") or None
    return replace(role, arn=found.get("arn", ""), boundary=boundary, use=use(found.get("assumeRolePolicy")))


def _wrong(role: Role, given: str, *, may_be_new: bool) -> tuple[str, str] | None:
    if role.missing and not may_be_new:
        return _MISSING
    if role.arn and role_account(given) not in (None, role_account(role.arn)):
        return _ELSEWHERE
    return None
