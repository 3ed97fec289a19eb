"""Each move of inline policies, with a bare RolePolicy and with a component in its place: ours is never worse."""

import contextlib
import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pytest

from sandbox import Sandbox
from tests.engine.inline_moves import ACCOUNTS, TABLE, TRANSFORMS
from tests.moves import as_they_are
from tests.stage import Row, Seen, Stage, worse, worst


def hook(args: pulumi.ResourceHookArgs) -> None:
    """Do nothing."""


def with_a_transform() -> None:
    """Let the stack have a transform that returns the options."""
    pulumi.runtime.register_resource_transform(as_they_are)


class Variant(NamedTuple):
    """What a program registers, and the moves that it makes."""

    register: Callable[[], object]
    table: Mapping[str, Row]


VARIANTS: Final[Mapping[str, Variant]] = {
    "a hook": Variant(lambda: pulumi.ResourceHook("hook", hook), {**TABLE, **ACCOUNTS}),
    "a transform": Variant(with_a_transform, {**TABLE, **TRANSFORMS}),
}
CASES: Final = [(variant, kind) for variant, (_, table) in VARIANTS.items() for kind in table]
TRIES: Final = 6
Found = Mapping[str, tuple[list[Seen], list[Seen]]]


def ran(make: Callable[[], Stage]) -> tuple[Stage, dict[str, list[Seen]]]:
    """Run a stage; a bare one again if it fails: of two bare policies of one name, a write and a deletion race."""
    for _ in range(TRIES):
        stage = make()
        with contextlib.suppress(*([] if stage.ours else [auto.CommandError])):
            return stage, stage.run()
    stage = make()
    return stage, stage.run()


@pytest.fixture(scope="module")
def found(shared_box: Sandbox) -> Callable[[str], Found]:
    """Run the whole table, bare and ours, in a program with a hook or with a transform."""

    @functools.cache
    def made(variant: str) -> Found:
        register, table = VARIANTS[variant]
        seen: dict[bool, dict[str, list[Seen]]] = {True: {}, False: {}}
        # A part at a time: the engine writes the whole state after each step.
        for part, ours in itertools.product(range(3), seen):
            stage, outcome = ran(functools.partial(Stage, shared_box, dict([*table.items()][part::3]), ours, register))
            seen[ours] |= outcome
            assert not ours or stage.end() <= {"own", "ssm"}
        return {kind: (seen[True][kind], seen[False][kind]) for kind in table}

    return made


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("variant", "kind"), CASES)
def test_ours_is_never_worse(found: Callable[[str], Found], variant: str, kind: str) -> None:
    """No role lacks what it keeps with a bare resource, nothing fails, and no more is written or shown as deleted."""
    row = VARIANTS[variant].table[kind]
    ours, bare = found(variant)[kind]

    assert worse(ours, bare, more=row.more) == []
    assert ours[-1].writes == []
    assert worst(ours) == row.ours
    assert row.bare == "?" or worst(bare) in row.bare.split(" or ")
