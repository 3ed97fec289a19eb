"""Runs programs with a check under mocks, in a world of `world.py`, and reads what is asked and what is said."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pytest

from pulumi_ssm_perms import NotAllowedError
from tests.answers import SIMULATE
from tests.components import PERMISSIONS, depending
from tests.fleets import FLEET
from tests.mocks import Record
from tests.sentences import lines_of
from tests.world import Aws, Said, World

KINDS: Final = pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
LEVELS: Final = pytest.mark.parametrize("level", ["advisory", "mandatory"])
ADVISORY: Final = ' With check="advisory", this is a warning.'


class Run(NamedTuple):
    """What a run says, whether a check has ended it, the denied actions, and how often the simulator is asked."""

    lines: list[str]
    ended: bool
    denied: object
    asked: int | None


def said(record: Record) -> list[str]:
    """Return what is logged, as in a world."""
    return [text if text in record.warned else f"- {text}" for _, text in record.logged]


def asked(record: Record) -> list[Mapping[str, Any]]:
    """Return the arguments of each simulation."""
    return [each.args for each in record.invokes if each.token == SIMULATE]


def in_worlds(worlds: Mapping[str, World]) -> pytest.MarkDecorator:
    """Run a test in each world."""
    return pytest.mark.parametrize("world", worlds.values(), ids=worlds)


def runs(world: World) -> list[Run]:
    """Run a world's program: an advisory and a mandatory preview, an advisory and a mandatory update."""
    return [_run(world, level, preview=preview) for preview in (True, False) for level in ("advisory", "mandatory")]


def expected(world: World) -> list[Run]:
    """Return the runs as the world describes them."""
    preview = world.preview or world.update
    mandatory = world.mandatory or (preview if world.ends[1] else world.update)
    in_preview, in_update, in_mandatory = world.asked or [None] * 3

    def run(said: Said, asked: int | None, *, before: bool, ends: bool = False) -> Run:
        nothing: object = {} if "roles" in world.inputs else []
        denied = None if ends else nothing if said.denied == () else said.denied
        return Run(lines_of(said, before=before, ends=ends), ends, denied, asked)

    return [
        run(preview, in_preview, before=True),
        run(preview, in_preview, before=True, ends=world.ends[0]),
        run(world.update, in_update, before=False),
        run(mandatory, in_mandatory, before=world.ends[1], ends=world.ends[1]),
    ]


def _run(world: World, level: str, *, preview: bool) -> Run:
    """Run a world's program, which registers its policy unless an update ends.

    Component, role and policy have different names.
    """
    kind, name = (FLEET, "fleet") if "roles" in world.inputs else (PERMISSIONS, "app")
    opts: Callable[[], Any] | None = depending if world.depends else None
    record = kind.try_declare({"check": level, **world.inputs}, opts, name=name, answer=Aws(world), preview=preview)
    error = record.error
    ended = isinstance(error, NotAllowedError)
    if ended or not error:
        # `depending` declares another policy.
        own = [made for made in record.registrations if made.type == kind.policy_type and made.name != "own"]
        assert bool(own) != (ended and not preview)
    causes = error.causes if isinstance(error, NotAllowedError) else str(error).splitlines() if error else ()
    lines = sorted([*said(record), *(cause.removesuffix(ADVISORY) for cause in causes)])
    return Run(lines, ended, record.results.get("denied_actions"), len(asked(record)) if world.asked else None)
