"""Each move, with a bare RolePolicy or Policy and with a component in its place: ours is never worse."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import pulumi
import pytest

from sandbox import Sandbox
from tests.engine.fleet_moves import FLEETS
from tests.engine.inline_moves import ACCOUNTS, TABLE
from tests.moves import register_as_they_are
from tests.stage import Row, Seen, Stage, worse, worst

RETAINED: Final = {"retain_on_delete, and gone", "retain_on_delete by a transform, and gone"}
ROWS: Final[Mapping[str, Row]] = {**TABLE, **FLEETS, **ACCOUNTS}
UNDER_A_TRANSFORM: Final[Mapping[str, Row]] = {**TABLE, **FLEETS}
Table = Mapping[str, list[Seen]]


def parts(table: Mapping[str, Row]) -> Iterator[Mapping[str, Row]]:
    """Yield the rows of each stack: of as many updates, and few, because each step writes the whole state."""
    for number in {len(row.updates) for row in table.values()}:
        rows = [row for row in table.items() if len(row[1].updates) == number]
        yield from (dict(rows[first : first + 16]) for first in range(0, len(rows), 16))


def run(box: Sandbox, table: Mapping[str, Row], register: Callable[[], object]) -> Table:
    """Run a table with components, in programs that register something."""
    seen: dict[str, list[Seen]] = {}
    for rows in parts(table):
        stage = Stage(box, rows, ours=True, register=register)
        seen |= stage.run()
        assert {kind for kind, left in stage.end().items() if left - {"own"}} == RETAINED & rows.keys()
    return seen


# Each table is run once, also if it fails, whatever the order of the tests.
@pytest.fixture(scope="module")
def bare(shared_box: Sandbox) -> Table:
    """The table with bare resources."""
    seen: dict[str, list[Seen]] = {}
    for rows in parts(ROWS):
        seen |= Stage(shared_box, rows, ours=False).run()
    return seen


@pytest.fixture(scope="module")
def with_a_hook(shared_box: Sandbox) -> Table:
    """The table with components in programs that have a hook."""
    return run(shared_box, ROWS, lambda: pulumi.ResourceHook("hook", lambda _: None))


@pytest.fixture(scope="module")
def with_a_transform(shared_box: Sandbox) -> Table:
    """The table with components under a transform that returns the options."""
    return run(shared_box, UNDER_A_TRANSFORM, register_as_they_are)


def judge(ours: Sequence[Seen], bare: Sequence[Seen], row: Row) -> None:
    """Require that ours is never worse, writes nothing when it is repeated, and that both are what the row says."""
    assert worse(ours, bare, more=row.more) == []
    assert ours[-1].writes == []
    assert worst(ours) == row.ours
    assert worst(bare) in row.bare.split(" or ")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ROWS)
def test_ours_is_never_worse(bare: Table, with_a_hook: Table, kind: str) -> None:
    """No role lacks what it keeps with a bare resource, nothing fails, and no more is written or shown as deleted."""
    judge(with_a_hook[kind], bare[kind], ROWS[kind])


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", UNDER_A_TRANSFORM)
def test_ours_is_never_worse_under_a_transform(bare: Table, with_a_transform: Table, kind: str) -> None:
    """So it is in a program that hides the account from Pulumi."""
    judge(with_a_transform[kind], bare[kind], ROWS[kind])
