"""Programs for roles of which each has a policy of its own, and what the roles hold after whatever happened."""

import contextlib
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import psutil

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.documents import allow, policy

OWN: Final = policy(allow(["s3:GetObject"]))

Program = Callable[[], None]


class Held(NamedTuple):
    """What roles hold: whether all is right, and how many more policies than needed say the same.

    Args:
        without: Roles that lack the document they should have.
        other: Roles of which a policy is not as it was, or that hold another one than their own and ours.
        twice: How many second, identical policies there are.
    """

    without: Sequence[str]
    other: Sequence[str]
    twice: int


RIGHT: Final = Held([], [], 0)


def create(box: Sandbox, number: int) -> list[str]:
    """Make so many roles, each with a policy of its own; return their names."""
    roles = [f"role-{position:02}" for position in range(number)]
    for role in roles:
        box.create_role(role, policies={"own": OWN})
    return roles


def inline(roles: Sequence[str], **args: Any) -> Program:
    """Return a program that declares a component for each role."""

    def program() -> None:
        for role in roles:
            inputs: Any = {"role": role, **args}
            SessionManagerPermissions(role, inputs)

    return program


def managed(roles: Sequence[str], **args: Any) -> Program:
    """Return a program that declares one managed policy for the roles."""

    def program() -> None:
        inputs: Any = {"roles": roles, **args}
        SessionManagerManagedPolicy("fleet", inputs)

    return program


def held(box: Sandbox, roles: Sequence[str], grants: Mapping[str, Any] | None = None) -> Held:
    """Compare what the roles hold with what they should."""
    wanted = policy_document(**(grants or {}))
    without, other, twice = [], [], 0
    for role in roles:
        inline_policies = box.role_policies(role)
        own = inline_policies.pop("own", None)
        ours = [*inline_policies.values(), *box.attached_policies(role).values()]
        if wanted not in ours:
            without.append(role)
        if own != OWN or any(document != wanted for document in ours):
            other.append(role)
        twice += max(0, ours.count(wanted) - 1)
    return Held(without, other, twice)


def most(box: Sandbox, roles: Sequence[str]) -> int:
    """Return the highest number of policies beside its own that one of the roles has."""
    return max(len(box.role_policies(role)) + len(box.attached_policies(role)) for role in roles) - 1


def lost(box: Sandbox, roles: Sequence[str]) -> list[tuple[str, str]]:
    """List role and action of each write after which a role was without its channels."""
    return [(role, call.action) for role in roles for call in box.gaps(role, "ssmmessages:OpenControlChannel")]


def interrupt_engine() -> None:
    """Send the engine what Ctrl-C sends."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # another child that has just ended
            if child.name() == "pulumi":
                child.send_signal(signal.SIGINT)


def at_line(number: int, pattern: str, act: Callable[[], object]) -> Callable[[str], None]:
    """Return a listener for the engine's output that acts once, at the so-manieth line that matches a pattern."""
    seen = 0

    def listen(line: str) -> None:
        nonlocal seen
        if re.search(pattern, line):
            seen += 1
            if seen == number:
                act()

    return listen
