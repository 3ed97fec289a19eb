"""Runs programs with a check under mocks, in a world of `world.py`, and reads what is asked and what is said."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pytest

from pulumi_ssm_perms import NotAllowedError
from tests.answers import SIMULATE
from tests.components import PERMISSIONS, depending
from tests.fleets import FLEET
from tests.mocks import Record
from tests.sentences import ALLOWED
from tests.world import Aws, Said, World

KINDS: Final = pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
LEVELS: Final = pytest.mark.parametrize("level", ["advisory", "mandatory"])
ADVISORY: Final = ' With check="advisory", this is a warning.'


class CheckRun(NamedTuple):
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


def runs(world: World) -> list[CheckRun]:
    """Run a world's program: an advisory and a mandatory preview, an advisory and a mandatory update."""
    return [_run(world, level, preview=preview) for preview in (True, False) for level in ("advisory", "mandatory")]


def expected(world: World) -> list[CheckRun]:
    """Return the runs as the world describes them."""

    def run(said: Said, asked: int | None, *, ends: bool) -> CheckRun:
        nothing: object = {} if "roles" in world.inputs else []
        # A run that ends writes no policy, so that nothing is allowed with it.
        lines = [line for line in said.lines if not (ends and line.startswith(ALLOWED))]
        return CheckRun(sorted(lines), ends, None if ends else nothing if said.denied == () else said.denied, asked)

    phases = zip((world.preview or world.said, world.said), world.asked or (None, None), world.ends, strict=True)
    return [run(said, asked, ends=ends) for said, asked, ending in phases for ends in (False, ending)]


def _run(world: World, level: str, *, preview: bool) -> CheckRun:
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
    return CheckRun(lines, ended, record.results.get("denied_actions"), len(asked(record)) if world.asked else None)
