"""What IAM says of a role: whether it exists in the provider's account, its ARN and its permissions boundary."""

from dataclasses import dataclass, replace
from typing import Final

import pulumi

from pulumi_ssm_perms._checks import role_account
from pulumi_ssm_perms._errors import SECRET, InvalidInputError, Problem, show
from pulumi_ssm_perms._lookups import ask

from ._answers import failure

_GET_ROLE: Final = "aws:iam/getRole:getRole"
_NO_SUCH_ROLE: Final = ("NoSuchEntity", "couldn't find resource", "empty result")
_MISSING: Final = ("IAM has no such role in the account of the provider", "write the name of an existing role")
_ELSEWHERE: Final = (
    "it is of another account than the provider's, where a role of the same name is another role",
    "give the component a provider of the role's account",
)


@dataclass(frozen=True)
class Role:
    """What IAM says of a role, and how a warning may name it.

    Without an ARN it does not exist yet or, with a `failure`, IAM could not be asked about it.
    """

    shown: str
    arn: str = ""
    boundary: str | None = None
    failure: str | None = None


def find(
    component: pulumi.Resource, owner: str, path: str, name: pulumi.Input[str], given: pulumi.Input[str]
) -> pulumi.Output[Role]:
    """Return what IAM says of the role with this name.

    `path` and `given` are the input that names it and the input's value, name or ARN.

    Raises:
        InvalidInputError: The role does not exist (but one that comes as an Output may not exist yet in preview), or
            its ARN is of another account than the provider's.

    """
    may_be_new = isinstance(name, pulumi.Output) and pulumi.runtime.is_dry_run()
    both = pulumi.Output.all(name, given)

    async def look_up(name: str, given: str) -> Role:
        secret = await both.is_secret()
        role = Role(SECRET if secret else name)
        try:
            found = await ask(component, _GET_ROLE, {"name": name}, "arn")
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            if not any(sign in str(error) for sign in _NO_SUCH_ROLE):
                return replace(role, failure=failure(error, secret=secret))
            if may_be_new:
                return role
            raise _invalid_input(owner, path, given, _MISSING, secret=secret) from None
        arn = found.get("arn", "")
        if arn and role_account(given) not in (None, role_account(arn)):
            raise _invalid_input(owner, path, given, _ELSEWHERE, secret=secret)
        return replace(role, arn=arn, boundary=found.get("permissionsBoundary") or None)

    return both.apply(lambda two: pulumi.Output.from_input(look_up(*two)))


def _invalid_input(owner: str, path: str, given: str, why: tuple[str, str], *, secret: bool) -> InvalidInputError:
    return InvalidInputError(owner, [Problem(path, show(given, secret=secret), *why)])
