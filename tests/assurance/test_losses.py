"""The losses that the documentation warns of: each the very move, on a role of its own, and what it must take away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import pytest

from sandbox import Sandbox
from tests.assurance.deployment import Deployment
from tests.assurance.program import GRANTS, HERE, THERE, Fleet, Program, Single

ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
Wrong = Mapping[str, tuple[int, int]]
"""By account, how many policies there are too few and too many."""


@dataclass(frozen=True)
class Warned:
    """A move and its loss.

    Args:
        before: The components before.
        after: The components after.
        fleet: Whether a fleet has the role instead, before and after.
        replaced: The type of the resource that is replaced on purpose.
        gaps: The account and the action of the writes after which the role was without; one of them must be found.
        wrong: What is wrong at the end.
        left: What is wrong after `pulumi up --refresh`.
    """

    before: Sequence[Single] = ()
    after: Sequence[Single] = ()
    fleet: bool = False
    replaced: str = ""
    gaps: Sequence[tuple[str, str]] = ()
    wrong: Wrong = field(default_factory=dict[str, tuple[int, int]])
    left: Wrong = field(default_factory=dict[str, tuple[int, int]])


def one(policy_name: str = "ssm", grants: int = 0, **args: Any) -> Single:
    """Return a component that will get a role and a name of its own."""
    return Single("", policy_name, grants=GRANTS[grants], **args)


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
    singles = tuple(
        replace(single, role=role(kind), name=f"{role(kind)}-{position}")
        for kind, move in moves.items()
        for position, single in enumerate(move.after if after else move.before)
    )
    roles = tuple(role(kind) for kind, move in moves.items() if move.fleet)
    return Program(singles, Fleet(roles) if roles else None, called="own", transform=transform)


class Found(NamedTuple):
    """What a move took away from its role, and what is wrong with it at the end and after `pulumi up --refresh`."""

    gaps: set[tuple[str, str]]
    wrong: Wrong
    left: Wrong


def losses(box: Sandbox, moves: Mapping[str, Warned], *, transform: bool = False) -> dict[str, Found]:
    """Make the moves in one run, each on a role of its own, and mend what they took away."""
    there = Deployment(box, [role(kind) for kind in moves])
    there.deploy(program(moves, after=False, transform=transform))
    begun = (there.gaps, there.wrong())
    replaced = [
        urn
        for kind, move in moves.items()
        for urn in (there.urns(move.replaced) if move.replaced else [])
        if role(kind) in urn.rpartition("::")[2]
    ]
    there.deploy(program(moves, after=True, transform=transform), replaced=replaced)
    gaps, wrong = there.gaps, there.wrong()
    there.deploy(there.now, refresh=True)
    left = there.wrong()

    assert begun == ([], {})
    return {
        kind: Found(
            {(gap.place.account, gap.action) for gap in gaps if gap.place.role == role(kind)},
            {place.account: each for place, each in wrong.items() if place.role == role(kind)},
            {place.account: each for place, each in left.items() if place.role == role(kind)},
        )
        for kind in moves
    }


@pytest.fixture(scope="module")
def lost(shared_box: Sandbox) -> dict[str, Found]:
    """Make every move that the documentation warns of."""
    return losses(shared_box, WARNED) | losses(shared_box, UNDER_A_TRANSFORM, transform=True)


@pytest.mark.parametrize("kind", [*WARNED, *UNDER_A_TRANSFORM])
def test_what_the_documentation_warns_of_is_lost(lost: Mapping[str, Found], kind: str) -> None:
    """Each documented loss happens, at its writes and on its role alone, and the next run with refresh mends it."""
    warned, found = {**WARNED, **UNDER_A_TRANSFORM}[kind], lost[kind]

    assert found.gaps <= set(warned.gaps)
    assert bool(found.gaps) == bool(warned.gaps)
    assert (found.wrong, found.left) == (warned.wrong, warned.left)


def test_a_taint_takes_an_exact_name_and_an_attachment_away_for_a_moment(box: Sandbox) -> None:
    """What is tainted is replaced: a policy of a generated name by another one, the others by themselves."""
    there = Deployment(box, ["exact", "generated", "attached"])
    singles = (Single("exact", "ssm", "exact"), Single("generated", "", "generated"))
    there.deploy(Program(singles, Fleet(("attached",)), called="own"))
    stack = box.stack(lambda: None)
    state = stack.export_stack()
    for resource in (state.deployment or {})["resources"]:
        resource["taint"] = resource["type"] in (ROLE_POLICY, ATTACHMENT)
    stack.import_stack(state)
    there.deploy(there.now)

    assert {(gap.place.role, gap.action) for gap in there.gaps} == {
        ("exact", "DeleteRolePolicy"),
        ("attached", "DetachRolePolicy"),
    }
    assert there.wrong() == {}
