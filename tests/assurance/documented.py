"""The losses that the documentation warns of: each the very move, on roles of its own, and what it must take away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.assurance.world import GRANTS, HERE, THERE, Fleet, One, Program

ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


@dataclass(frozen=True)
class Warned:
    """A move and its loss.

    Args:
        before: The components before.
        after: The components after.
        fleet: Whether a fleet has the role instead, before and after.
        replaced: The type of the resource that is replaced on purpose.
        gaps: The account and the action of the writes after which the role was without; one of them must be found.
        wrong: By account, how many policies there are too few and too many at the end.
        left: The same after `pulumi up --refresh`.
    """

    before: Sequence[One] = ()
    after: Sequence[One] = ()
    fleet: bool = False
    replaced: str = ""
    gaps: Sequence[tuple[str, str]] = ()
    wrong: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    left: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def one(policy_name: str = "ssm", grants: int = 0, **args: Any) -> One:
    """Return a component that will get a role and a name of its own."""
    return One("", policy_name, grants=GRANTS[grants], **args)


NESTED: Final = one(parents=("Team",))
LOST: Final[Mapping[str, Any]] = {"gaps": [(HERE, "DeleteRolePolicy")], "wrong": {HERE: (1, 0)}}
# What is left in the other account is nobody's any more.
ORPHANED: Final[Mapping[str, Any]] = {"wrong": {HERE: (0, 1), THERE: (1, 0)}, "left": {HERE: (0, 1)}}
WARNED: Final[Mapping[str, Warned]] = {
    "fewer parents without an alias": Warned([NESTED], [one()], **LOST),
    "parents of another type without an alias": Warned([NESTED], [one(parents=("Squad",))], **LOST),
    "an exact name replaced on purpose": Warned(
        [one()], [one()], replaced=ROLE_POLICY, gaps=[(HERE, "DeleteRolePolicy")]
    ),
    "an attachment replaced on purpose": Warned(fleet=True, replaced=ATTACHMENT, gaps=[(HERE, "DetachRolePolicy")]),
    "grants exchanged between two policies of a role": Warned(
        [one(grants=2), one("shells", 4)], [one(grants=4), one("shells", 2)], gaps=[(HERE, "PutRolePolicy")]
    ),
    "accounts exchanged between two policies of a role": Warned(
        [one(), one("shells", account=THERE)],
        [one(account=THERE), one("shells")],
        gaps=[(HERE, "DeleteRolePolicy"), (THERE, "DeleteRolePolicy")],
    ),
    "another account for a generated name": Warned([one("")], [one("", account=THERE)], **ORPHANED),
}
UNDER_A_TRANSFORM: Final[Mapping[str, Warned]] = {
    "another account for an exact name under a transform": Warned([one()], [one(account=THERE)], **ORPHANED),
}


def role(kind: str) -> str:
    """Return the role of a move."""
    return kind.replace(" ", "-")


def program(moves: Mapping[str, Warned], *, after: bool, transform: bool) -> Program:
    """Return the program that has all the moves before it, or after it."""
    ones = tuple(
        replace(each, role=role(kind), name=f"{role(kind)}-{position}")
        for kind, move in moves.items()
        for position, each in enumerate(move.after if after else move.before)
    )
    roles = tuple(role(kind) for kind, move in moves.items() if move.fleet)
    return Program(ones, Fleet(roles) if roles else None, called="own", transform=transform)
