"""Each move, with a bare RolePolicy or Policy and with a component in its place: ours is never worse."""

import functools
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import pulumi
import pytest

from sandbox import Sandbox
from tests.engine.fleet_moves import FLEETS
from tests.engine.inline_moves import ACCOUNTS, TABLE
from tests.moves import register_as_they_are
from tests.stage import Row, Seen, Stage, worse, worst


def hook(args: pulumi.ResourceHookArgs) -> None:
    """Do nothing."""


class Variant(NamedTuple):
    """What a program registers, its rows, and whether they are ours."""

    register: Callable[[], object]
    table: Mapping[str, Row]
    ours: bool = True


VARIANTS: Final[Mapping[str, Variant]] = {
    "bare": Variant(lambda: None, {**TABLE, **FLEETS, **ACCOUNTS}, ours=False),
    "a hook": Variant(lambda: pulumi.ResourceHook("hook", hook), {**TABLE, **FLEETS, **ACCOUNTS}),
    "a transform": Variant(register_as_they_are, {**TABLE, **FLEETS}),
}
RETAINED: Final = {"retain_on_delete, and gone"}
CASES: Final = [(name, kind) for name, variant in VARIANTS.items() if variant.ours for kind in variant.table]


@pytest.fixture(scope="module")
def found(shared_box: Sandbox) -> Callable[[str], Mapping[str, list[Seen]]]:
    """Run the whole table of a variant: the rows of as many updates in one stack."""

    @functools.cache
    def made(name: str) -> Mapping[str, list[Seen]]:
        variant = VARIANTS[name]
        seen: dict[str, list[Seen]] = {}
        for number in {len(row.updates) for row in variant.table.values()}:
            rows = {kind: row for kind, row in variant.table.items() if len(row.updates) == number}
            stage = Stage(shared_box, rows, variant.ours, variant.register)
            seen |= stage.run()
            if variant.ours:
                assert {kind for kind, left in stage.end().items() if left - {"own"}} == RETAINED & rows.keys()
        return seen

    return made


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("variant", "kind"), CASES)
def test_ours_is_never_worse(found: Callable[[str], Mapping[str, list[Seen]]], variant: str, kind: str) -> None:
    """No role lacks what it keeps with a bare resource, nothing fails, and no more is written or shown as deleted."""
    row = VARIANTS[variant].table[kind]
    ours, bare = found(variant)[kind], found("bare")[kind]

    assert worse(ours, bare, more=row.more) == []
    assert ours[-1].writes == []
    assert (worst(ours), worst(bare)) == (row.ours, row.bare)
