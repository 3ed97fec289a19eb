"""The lockout proof: whatever a program becomes, in whatever order, no role is without what it is to keep."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.assurance import documented, world
from tests.assurance.deployed import World
from tests.assurance.documented import UNDER_A_TRANSFORM, WARNED, Warned, role
from tests.assurance.extent import LONG, extent
from tests.assurance.walk import AFTER, MOVES, Walk
from tests.assurance.world import One, Program

SEED: Final = 7
WALKS: Final = 20
patient: Final = settings(
    max_examples=extent(1, WALKS),
    deadline=None,
    database=None,
    derandomize=not LONG,
    print_blob=True,
    phases=[Phase.explicit, *([Phase.generate, Phase.shrink] if LONG else [])],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(extent(600, 3600))
@patient
@given(random=st.randoms(use_true_random=False))
@example(random=Random(SEED))
def test_no_order_of_changes_takes_permissions_away(
    box: Sandbox, progress: Callable[[str], None], random: Random
) -> None:
    """Lists that grow at the front, swaps, hand-overs, accounts, spellings, parents, failures: nothing is lost by any.

    No move has an excuse: what the documentation warns of is not among them, and is proved below to be lost.
    """
    walk = Walk(box, random, progress)
    moves = list(MOVES)
    random.shuffle(moves)
    walk.go(moves)

    assert set(walk.happened) >= {*MOVES, *AFTER}


class Found(NamedTuple):
    """What a move took away from its role, and what is wrong with it at the end and after `pulumi up --refresh`."""

    gaps: set[tuple[str, str]]
    wrong: Mapping[str, tuple[int, int]]
    left: Mapping[str, tuple[int, int]]


def losses(box: Sandbox, moves: Mapping[str, Warned], *, transform: bool = False) -> dict[str, Found]:
    """Make the moves in one run, each on a role of its own, and mend what they took away."""
    there = World(box, [role(kind) for kind in moves])
    there.deploy(documented.program(moves, after=False, transform=transform))
    begun = (there.gaps, there.wrong())
    replaced = [
        urn
        for kind, move in moves.items()
        if move.replaced
        for urn in there.urns(move.replaced)
        if role(kind) in urn.rpartition("::")[2]
    ]
    there.deploy(documented.program(moves, after=True, transform=transform), replace=replaced)
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


def by_the_components_name(one: One, opts: pulumi.ResourceOptions) -> None:
    """Declare what Pulumi knows by the component's name and IAM by its own, and write a new one first."""
    first = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=False))
    name: Any = one.policy_name or None
    document = json.dumps(policy_document(**one.grants))
    aws.iam.RolePolicy(f"{one.name}-session-manager", role=one.role, name=name, policy=document, opts=first)


FORGOTTEN: Final[Mapping[str, tuple[Program, Program]]] = {
    "a list that grows at the front": (
        Program((One("web", "ssm"),)),
        Program((One("api", "ssm"), One("web", "ssm"))),
    ),
    "two components that swap their roles": (
        Program((One("api", "ssm"), One("web", "ssm"))),
        Program((One("web", "ssm"), One("api", "ssm"))),
    ),
}


@pytest.mark.parametrize("kind", FORGOTTEN)
def test_the_measure_finds_a_loss(box: Sandbox, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Without the identity of exact names, moves that users make every day are found out by the proof's measure."""
    monkeypatch.setattr(world.One, "declare", by_the_components_name)
    before, after = FORGOTTEN[kind]
    there = World(box)
    there.deploy(before.named())
    begun = (there.gaps, there.wrong())
    there.deploy(after.named())

    assert begun == ([], {})
    assert {gap.action for gap in there.gaps} == {"DeleteRolePolicy"}
    assert set(there.wrong().values()) == {(1, 0)}


def test_a_walk_finds_the_loss(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk of the length of every day's does not come to its end without the identity of exact names."""
    monkeypatch.setattr(world.One, "declare", by_the_components_name)
    walk = Walk(box, Random(SEED))
    with pytest.raises(AssertionError, match="DeleteRolePolicy"):
        walk.go(list(MOVES))

    assert len(walk.history) < len(MOVES)
