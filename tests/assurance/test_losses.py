"""The losses that the documentation warns of: each the very move, on a role of its own, and what it must take away.

What a replacement on purpose takes away for a moment is shown in `tests/docs/test_replaced_on_purpose.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pytest

from sandbox import Sandbox
from tests.assurance.deployment import Deployment
from tests.assurance.program import GRANTS, HERE, THERE, Program, Single

Wrong = Mapping[str, tuple[int, int]]
"""By account, how many policies there are too few and too many."""


class Loss(NamedTuple):
    """What a move takes away from its role.

    Args:
        gaps: The account and the action of the writes after which the role was without; one of them must be found.
        wrong: What is wrong at the end.
        left: What is wrong after `pulumi up --refresh`.
    """

    gaps: set[tuple[str, str]]
    wrong: Wrong
    left: Wrong


class Warned(NamedTuple):
    """The components of a role before a move and after it, and its loss."""

    before: Sequence[Single]
    after: Sequence[Single]
    loss: Loss


def one(policy_name: str = "ssm", grants: int = 0, **args: Any) -> Single:
    """Return a component that will get a role and a name of its own."""
    return Single("", policy_name, grants=GRANTS[grants], **args)


# What is left in the other account is nobody's any more.
ORPHANED: Final = Loss(set(), {HERE: (0, 1), THERE: (1, 0)}, {HERE: (0, 1)})
WARNED: Final = {
    "grants exchanged between two policies of a role": Warned(
        [one(grants=2), one("shells", 4)],
        [one(grants=4), one("shells", 2)],
        Loss({(HERE, "PutRolePolicy")}, {}, {}),
    ),
    "accounts exchanged between two policies of a role": Warned(
        [one(), one("shells", account=THERE)],
        [one(account=THERE), one("shells")],
        Loss({(HERE, "DeleteRolePolicy"), (THERE, "DeleteRolePolicy")}, {}, {}),
    ),
    "another account for a generated name": Warned([one("")], [one("", account=THERE)], ORPHANED),
}
UNDER_A_TRANSFORM: Final = {
    "another account for an exact name under a transform": Warned([one()], [one(account=THERE)], ORPHANED),
}


def losses(box: Sandbox, moves: Mapping[str, Warned], *, transform: bool = False) -> Iterator[tuple[str, Loss]]:
    """Make the moves in one run, each on a role of its own, and mend what they took away."""
    roles = {kind: kind.replace(" ", "-") for kind in moves}

    def program(components: Mapping[str, Sequence[Single]]) -> Program:
        singles = [
            replace(single, role=roles[kind], name=f"{roles[kind]}-{position}")
            for kind, those in components.items()
            for position, single in enumerate(those)
        ]
        return Program(tuple(singles), called="own", transform=transform)

    there = Deployment(box, list(roles.values()))
    there.deploy(program({kind: move.before for kind, move in moves.items()}))
    assert there.gaps == []
    assert there.wrong() == {}
    there.deploy(program({kind: move.after for kind, move in moves.items()}))
    gaps, wrong = there.gaps, there.wrong()
    there.deploy(there.now, refresh=True)
    left = there.wrong()
    for kind, role in roles.items():
        yield (
            kind,
            Loss(
                {(gap.place.account, gap.action) for gap in gaps if gap.place.role == role},
                {place.account: each for place, each in wrong.items() if place.role == role},
                {place.account: each for place, each in left.items() if place.role == role},
            ),
        )


@pytest.fixture(scope="module")
def found(shared_box: Sandbox) -> dict[str, Loss]:
    """Make every move that the documentation warns of."""
    return dict([*losses(shared_box, WARNED), *losses(shared_box, UNDER_A_TRANSFORM, transform=True)])


@pytest.mark.parametrize("kind", [*WARNED, *UNDER_A_TRANSFORM])
def test_what_the_documentation_warns_of_is_lost(found: Mapping[str, Loss], kind: str) -> None:
    """Each documented loss happens, at its writes and on its role alone, and the next run with refresh mends it."""
    loss, warned = found[kind], {**WARNED, **UNDER_A_TRANSFORM}[kind].loss

    assert loss.gaps <= warned.gaps
    assert bool(loss.gaps) == bool(warned.gaps)
    assert loss.wrong == warned.wrong
    assert loss.left == warned.left
