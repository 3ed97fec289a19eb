"""What IAM says of a role: its ARN, its permissions boundary, and who uses it according to its trust policy."""

import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._errors import SECRET, show

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
    """A role, how a message shows its name, and whether the same program may create it or what it depends on."""

    name: str
    shown: str
    may_be_new: bool


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


async def look_up(component: Component, name: str, *, may_be_new: bool, secret: bool) -> Role:
    """Return what IAM says of the role with this name in the provider's account; the program may have just made it."""
    role = name, shown(name, secret=secret), may_be_new
    try:
        answer = await _invokes.ask_until_found(
            lambda: _invokes.ask_in_turn(component, _GET_ROLE, {"name": name}, "arn"), may_be_new=may_be_new
        )
    except _invokes.Unanswered as error:
        if _invokes.is_not_found(error):
            return MissingRole(*role)
        return UnansweredRole(*role, _invokes.reason(error, secret=secret))
    if not answer or not answer.get("arn"):
        return UnknownRole(*role)
    boundary = answer.get("permissionsBoundary") or None
    return FoundRole(*role, answer["arn"], boundary, _use(answer.get("assumeRolePolicy")))


def unknown(name: str, *, secret: bool) -> UnknownRole:
    """Return a role that a preview cannot ask about, because something that it depends on does not exist yet."""
    return UnknownRole(name, shown(name, secret=secret), may_be_new=True)


def shown(name: str, *, secret: bool) -> str:
    """Return how a message shows the name of a role."""
    return SECRET if secret else show(name)


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
