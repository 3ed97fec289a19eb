"""What IAM says of a role: its ARN, its permissions boundary, and who uses it according to its trust policy."""

import enum
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._errors import SECRET, show
from pulumi_ssm_perms._outputs import gathered
from pulumi_ssm_perms._roles import RoleInput

_GET_ROLE: Final = "aws:iam/getRole:getRole"

# "Amazon ECS task IAM role" (Amazon ECS Developer Guide).
_TASKS: Final = ("Service", "ecs-tasks.amazonaws.com")


class Use(enum.Enum):
    """Who uses a role."""

    NODES = enum.auto()
    TASKS = enum.auto()
    UNCERTAIN = enum.auto()


@dataclass(frozen=True)
class Role:
    """A role, whether its name is secret, and whether the same program may create it or what it depends on."""

    name: str
    secret: bool
    may_be_new: bool

    @property
    def shown(self) -> str:
        """The name as a message shows it."""
        return SECRET if self.secret else show(self.name)


@dataclass(frozen=True)
class FoundRole(Role):
    """A role that IAM has."""

    arn: str
    boundary: str | None
    use: Use


@dataclass(frozen=True)
class MissingRole(Role):
    """A role that IAM does not have."""


@dataclass(frozen=True)
class UnknownRole(Role):
    """A role that a preview cannot ask about yet: the program is to create it, or something that comes before it."""


@dataclass(frozen=True)
class UnansweredRole(Role):
    """A role that IAM could not be asked about."""

    failure: str


async def get_roles(
    component: Component, roles: Mapping[str, RoleInput], outputs: Collection[str], *, secret: bool
) -> Mapping[str, Role]:
    """Return what IAM says of the roles in the provider's account, by the path of their input.

    The program may create a role whose path is in `outputs`, and each one if the component depends on something.
    """
    if not await _invokes.dependencies_exist(component):
        return {path: UnknownRole(role.name, secret, may_be_new=True) for path, role in roles.items()}
    new = roles if component.opts.depends_on else outputs
    return await gathered(
        {path: _get_role(component, UnknownRole(role.name, secret, path in new)) for path, role in roles.items()}
    )


async def _get_role(component: Component, role: UnknownRole) -> Role:
    facts = role.name, role.secret, role.may_be_new
    try:
        answer = await _invokes.ask_until_found(
            lambda: _invokes.ask_in_turn(component, _GET_ROLE, {"name": role.name}, "arn"), may_be_new=role.may_be_new
        )
    except _invokes.Unanswered as error:
        if _invokes.is_not_found(error):
            return MissingRole(*facts)
        return UnansweredRole(*facts, _invokes.reason(error, secret=role.secret))
    if not answer or not answer.get("arn"):
        return role
    boundary = answer.get("permissionsBoundary") or None
    return FoundRole(*facts, answer["arn"], boundary, _use(answer.get("assumeRolePolicy")))


def _use(trust: object) -> Use:
    """Return who uses a role with this trust policy: tasks if only ECS tasks may assume it.

    Uncertain if several principals may assume it, or one that is not an AWS service, or if the policy is unreadable.
    """
    try:
        principals = set(_principals(json.loads(str(trust))))
    except (ValueError, TypeError, KeyError, AttributeError):
        return Use.UNCERTAIN
    if principals == {_TASKS}:
        return Use.TASKS
    return Use.NODES if [kind for kind, _ in principals] == ["Service"] else Use.UNCERTAIN


def _principals(trust: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each principal that a statement allows to assume the role."""
    for statement in _many(trust["Statement"]):
        if statement["Effect"] == "Allow":
            for kind, names in statement["Principal"].items():
                yield from ((kind, name) for name in _many(names))


def _many(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list) else [value]
