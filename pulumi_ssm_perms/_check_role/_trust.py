"""What a role is for, as far as its trust policy tells: nodes, which register with Systems Manager, or ECS tasks."""

import enum
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, cast
from urllib.parse import unquote

# "Amazon ECS task IAM role" (Amazon ECS Developer Guide).
_TASKS: Final = ("Service", "ecs-tasks.amazonaws.com")


class Use(enum.Enum):
    """Who works with a role."""

    NODES = enum.auto()
    TASKS = enum.auto()
    UNCERTAIN = enum.auto()


def use(trust: object) -> Use:
    """Return what the role with this trust policy is for: tasks where nobody but ECS tasks may assume it.

    It is uncertain where several may assume it, or another than an AWS service, or where the policy cannot be read.
    """
    try:
        # IAM's own answer is URL-encoded, and the AWS provider's is not.
        text = str(trust)
        principals = set(_principals(json.loads(text if text.lstrip().startswith("{") else unquote(text))))
    except (ValueError, TypeError, KeyError, AttributeError):
        return Use.UNCERTAIN
    if principals == {_TASKS}:
        return Use.TASKS
    return Use.NODES if [kind for kind, _ in principals] == ["Service"] else Use.UNCERTAIN


def _principals(trust: Any) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each principal that a statement allows to assume the role."""
    for statement in _many(trust["Statement"]):
        if statement["Effect"] == "Allow":
            for kind, names in statement["Principal"].items():
                yield from ((kind, name) for name in _many(names))


def _many(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list) else [value]
