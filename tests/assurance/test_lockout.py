"""The lockout proof: whatever a program becomes, in whatever order, no role is without what it is to keep."""

from random import Random

import pytest

from sandbox import Sandbox
from tests.assurance.extent import SEEDS, extent
from tests.assurance.walk import Walk


@pytest.mark.timeout(extent(600, 1800))
@pytest.mark.parametrize("number", extent([0], range(20)))
@pytest.mark.parametrize("seed", SEEDS)
def test_no_order_of_changes_takes_permissions_away(box: Sandbox, seed: str, number: int) -> None:
    """Lists that grow at the front, swaps, parents, names, fleets, failed runs: nothing is lost.

    What a bare resource does not survive either is not among the moves. `make assurance SEEDS=…` repeats a walk.
    """
    walk = Walk(box, Random(f"{seed} {number}"))
    last = walk.go()

    assert last.writes == [], "\n".join(walk.history)
