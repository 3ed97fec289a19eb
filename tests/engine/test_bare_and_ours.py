"""Each move, with a bare RolePolicy or Policy and with a component in its place: ours is never worse."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from sandbox import Sandbox
from tests.documents import KEY
from tests.engine.moves.accounts import ACCOUNTS
from tests.engine.moves.items import TEAM, WEB, many
from tests.engine.moves.loops import LOOPS
from tests.engine.moves.managed_policies import FLEETS
from tests.engine.moves.options import OPTIONS
from tests.engine.moves.renames import OUTPUTS, PARENTS, RENAMES
from tests.engine.moves.replaced_roles import REPLACED_ROLES
from tests.engine.moves.taints_and_targets import RECREATED, TARGETS
from tests.moves import register_as_they_are
from tests.outcomes import FAILS, LOSES, Seen, worse, worst
from tests.stage import Row, Stage

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
    **ACCOUNTS,
}
WORSE: Final = {
    "another account, component and provider",
    "another account in a parent of another type",
    "components of two accounts swap their roles",
    "--continue-on-error: another description",
}
"""The rows in which ours is worse."""
# In a program with such a transform the SDK drops some options: what keeps a policy must be its resource's name.
UNDER_A_TRANSFORM: Final = (
    "a first key",  # is an update
    "another name",  # of an exact name
    "a first name, and none",  # between an exact name and a generated one
    "another component name of a generated name, with an alias",
    "two components swap roles",  # in a list
    "a description, another, none",  # of a fleet: an input that IAM cannot change
    "a name, another, none",  # the same, and the provider would delete first
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


def judge(kind: str, ours: Table, bare: Table) -> None:
    """Require what the row says, that ours is worse in the named rows alone, and that it writes nothing in the end."""
    row = ROWS[kind]

    assert (worse(ours[kind], bare[kind], more=row.more) != []) == (kind in WORSE)
    assert ours[kind][-1].writes == []
    assert worst(ours[kind]) == row.ours
    assert worst(bare[kind]) == row.bare


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ROWS)
def test_ours_is_never_worse(bare: Table, ours: Table, kind: str) -> None:
    """No role lacks what it keeps with a bare resource, nothing fails, and no more is written or shown as deleted."""
    judge(kind, ours, bare)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", UNDER_A_TRANSFORM)
def test_ours_is_never_worse_under_a_transform(bare: Table, with_a_transform: Table, kind: str) -> None:
    """So it is in a program with a transform, in which the SDK drops some options."""
    judge(kind, with_a_transform, bare)


def test_autonaming_without_a_random_part_loses_a_policy(box: Sandbox) -> None:
    """Under another parent, it then has the name of the policy that is deleted last, bare and ours."""
    rows = {"parent": Row([[WEB], [WEB._replace(within=[TEAM])]])}
    verbatim = {"pulumi:autonaming": {"mode": "verbatim"}}
    seen = [Stage(box, rows, ours, config=verbatim).run()["parent"] for ours in (False, True)]

    assert [worst(each) for each in seen] == [LOSES, LOSES]


def test_a_sixth_version(box: Sandbox) -> None:
    """Another document is one write for any number of roles, or two if the policy has five versions."""
    rows = {"document": Row([[many(kms_key_arns=[f"{KEY[:-1]}{number}"])] for number in range(6)])}
    seen = Stage(box, rows, ours=True, previews=False).run()["document"]
    called = [write.split()[0] for each in seen[4:] for write in each.writes]

    assert called == ["CreatePolicyVersion", "DeletePolicyVersion", "CreatePolicyVersion"]
