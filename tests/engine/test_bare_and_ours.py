"""Each move, with a bare RolePolicy or Policy and with a component in its place: ours is never worse."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from sandbox import Sandbox
from tests.documents import KEY
from tests.engine.moves.declarations import TEAM, register_as_they_are
from tests.engine.moves.fleets import FLEETS
from tests.engine.moves.items import WEB, fleet_with
from tests.engine.moves.loops import LOOPS
from tests.engine.moves.options import OPTIONS
from tests.engine.moves.outcomes import FAILS, GAP, LOSES, Seen, worse, worst
from tests.engine.moves.renames import OUTPUTS, PARENTS, RENAMES
from tests.engine.moves.replaced_roles import REPLACED_ROLES
from tests.engine.moves.stage import Row, Stage
from tests.engine.moves.taints_and_targets import RECREATED, TARGETS

LEFT: Final = {"retain_on_delete, and gone", "retain_on_delete by a transform, and gone"}
ROWS: Final[Mapping[str, Row]] = {
    **RENAMES,
    **OUTPUTS,
    **LOOPS,
    **PARENTS,
    **REPLACED_ROLES,
    **OPTIONS,
    **FLEETS,
    **RECREATED,
    **TARGETS,
}
# In a program with such a transform the SDK drops an option that is `False`: create first.
UNDER_A_TRANSFORM: Final = (
    "another name",  # of an exact name
    "another component name of a generated name, with an alias",
    "generated names: swapped",
    "a description, another, none",  # of a fleet
    "fleet: another component name, with an alias",
)
Table = Mapping[str, list[Seen]]


def parts(table: Mapping[str, Row]) -> Iterator[Mapping[str, Row]]:
    """Yield the rows of each stack, which take the same options; few, because each step writes the whole state.

    A row that fails is alone, because its failure ends the update for the others, too.
    """
    for shared in sorted({row.shared for row in table.values()}):
        rows = [row for row in table.items() if row[1].shared == shared]
        few = 1 if any(FAILS in (row.bare, row.ours) for _, row in rows) else 18
        yield from (dict(rows[first : first + few]) for first in range(0, len(rows), few))


def run(box: Sandbox, table: Mapping[str, Row], **how: Any) -> Table:
    """Run a table with components on a stage, and destroy it."""
    seen: dict[str, list[Seen]] = {}
    for rows in parts(table):
        stage = Stage(box, rows, ours=True, **how)
        seen |= stage.run()
        assert {kind for kind, left in stage.end().items() if left - {"own"}} == LEFT & rows.keys()
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
def ours(shared_box: Sandbox) -> Table:
    """The table with components."""
    return run(shared_box, ROWS)


@pytest.fixture(scope="module")
def with_a_transform(shared_box: Sandbox) -> Table:
    """Some rows with components under a transform that returns the options."""
    return run(shared_box, {kind: ROWS[kind] for kind in UNDER_A_TRANSFORM}, register=register_as_they_are)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ROWS)
def test_ours_is_never_worse(bare: Table, ours: Table, kind: str) -> None:
    """No role lacks what it keeps with a bare resource, nothing fails, and no more is written or shown as deleted."""
    row = ROWS[kind]

    assert worse(ours[kind], bare[kind]) == []
    assert ours[kind][-1].writes == []
    assert (worst(bare[kind]), worst(ours[kind])) == (row.bare, row.ours)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", UNDER_A_TRANSFORM)
def test_ours_ends_as_bare_under_a_transform(bare: Table, with_a_transform: Table, kind: str) -> None:
    """In a program with a transform, ours is no worse, and no better either."""
    assert worse(with_a_transform[kind], bare[kind]) == []
    assert worst(with_a_transform[kind]) == ROWS[kind].bare


def test_autonaming_without_a_random_part_deletes_first(box: Sandbox) -> None:
    """Whatever an option says: under another parent a policy is lost, and a fleet's is gone for a moment."""
    rows = {
        "parent": Row([[WEB], [WEB._replace(within=[TEAM])]]),
        "description": Row([[fleet_with(description="old")], [fleet_with(description="new")]]),
    }
    verbatim = {"pulumi:autonaming": {"mode": "verbatim"}}
    bare, ours = (Stage(box, rows, ours, config=verbatim).run() for ours in (False, True))

    assert {kind: worst(seen) for kind, seen in ours.items()} == {"parent": LOSES, "description": GAP}
    assert [worse(ours[kind], bare[kind]) for kind in rows] == [[], []]


def test_a_sixth_version(box: Sandbox) -> None:
    """Another document is one write for any number of roles, or two if the policy has five versions."""
    rows = {"document": Row([[fleet_with(kms_key_arns=[f"{KEY[:-1]}{number}"])] for number in range(6)])}
    seen = Stage(box, rows, ours=True, previews=False).run()["document"]
    called = [write.split()[0] for each in seen[4:] for write in each.writes]

    assert called == ["CreatePolicyVersion", "DeletePolicyVersion", "CreatePolicyVersion"]
