"""What IAM says of a role: whether it exists in the provider's account, its ARN and its permissions boundary."""

from dataclasses import dataclass, replace
from typing import Final

import pulumi

from pulumi_ssm_perms._errors import SECRET, InvalidInputError, Problem, show
from pulumi_ssm_perms._lookups import ask
from pulumi_ssm_perms._roles import GivenRole, Late

from ._answers import failure

_GET_ROLE: Final = "aws:iam/getRole:getRole"
_NO_SUCH_ROLE: Final = ("NoSuchEntity", "couldn't find resource", "empty result")
_MISSING: Final = ("IAM has no such role in the account of the provider", "write the name of an existing role")


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
    component: pulumi.Resource, owner: str, path: str, name: pulumi.Input[str], given: Late
) -> pulumi.Output[Role]:
    """Return what IAM says of the role with this name, once the name is known; `given` is the input at this path.

    Raises:
        InvalidInputError: The role does not exist (but one that comes as an Output may not exist yet in preview).

    """
    may_be_new = isinstance(given, pulumi.Output) and pulumi.runtime.is_dry_run()
    both = pulumi.Output.all(name, given)

    async def look_up(name: str, given: GivenRole) -> Role:
        secret = await both.is_secret()
        role = Role(SECRET if secret else name)
        try:
            found = await ask(component, _GET_ROLE, {"name": name}, "arn")
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            if not any(sign in str(error) for sign in _NO_SUCH_ROLE):
                return replace(role, failure=failure(error, secret=secret))
            if may_be_new:
                return role
            missing = Problem(path, show(given.given, secret=secret), *_MISSING)
            raise InvalidInputError(owner, [missing]) from None
        return replace(role, arn=found.get("arn", ""), boundary=found.get("permissionsBoundary") or None)

    return both.apply(lambda two: pulumi.Output.from_input(look_up(*two)))
