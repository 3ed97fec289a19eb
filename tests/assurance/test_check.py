"""The check's oracle on more walks: what it says is what IAM says afterwards, in whatever order things change."""

from random import Random

import pytest

from sandbox import Sandbox
from tests.assurance.extent import SEEDS, extent
from tests.engine.test_check_oracle import KINDS, Walk


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", extent(["short"], SEEDS))
@pytest.mark.usefixtures("without_pauses")
def test_no_order_of_changes_makes_a_check_say_what_is_not_so(box: Sandbox, seed: str, kind: str) -> None:
    """Drift, conditions, Regions, SCPs, boundaries, names: each sentence holds. `make assurance SEEDS=…` repeats it."""
    walk = Walk(box, KINDS[kind], Random(seed))
    walk.go(extent(2, 60))

    assert walk.wrong == [], "\n".join(walk.wrong)
