"""`check`: in each world, what previews and updates say and list, with either level, and which of them end."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import NotAllowedError, SessionManagerPermissions, _invokes
from pulumi_ssm_perms._check_role._causes import Cause
from pulumi_ssm_perms._input_names import named
from tests.answers import GET_REGION
from tests.components import PERMISSIONS, Kind, output, secret
from tests.fleets import FLEET
from tests.mocks import Record, try_run
from tests.worlds import WORLDS, Aws, Said, World, lines_of


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once, as often as in ten seconds."""
    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))


def each_role(level: Any, world: World) -> Mapping[str, Any]:
    """Declare a component for each of two roles."""
    roles = world.inputs["names"]
    return {role: SessionManagerPermissions(role, role=role, check=level).denied_actions for role in roles}


def two_providers(level: Any, _: World) -> Mapping[str, Any]:
    """Declare a component whose provider is throttled, and one with another provider."""
    opts = pulumi.ResourceOptions(provider=aws.Provider("other"))
    first = SessionManagerPermissions("api", role="api", check=level, opts=opts)
    # After the first one, which then has been throttled for sure.
    role = first.denied_actions.apply(lambda _: "web")
    opts = pulumi.ResourceOptions(provider=aws.Provider("fine"))
    made = {"api": first, "web": SessionManagerPermissions("web", role=role, check=level, opts=opts)}
    return {role: component.denied_actions for role, component in made.items()}


PROGRAMS: Final[Mapping[str, Callable[[Any, World], Mapping[str, Any]]]] = {
    "each role": each_role,
    "two providers": two_providers,
}
_WAYS: Final = {"secret": secret, "output": output}


def kind_of(world: World) -> Kind:
    """Return which component a world's program declares."""
    return FLEET if "roles" in world.inputs else PERMISSIONS


def declared(world: World, level: str, *, preview: bool) -> Record:
    """Run a world's program. Component, role and policy have different names."""
    if world.program:
        return try_run(lambda: PROGRAMS[world.program](level, world), answer=Aws(world), preview=preview)
    inputs = {"check": level, **world.inputs}
    way, _, role = str(inputs.get("role", "")).partition(":")
    if way in _WAYS:
        inputs["role"] = lambda: _WAYS[way](role)
    kind = kind_of(world)
    name = "fleet" if kind is FLEET else "app"
    return kind.try_declare(inputs, name=name, answer=Aws(world), preview=preview)


def told(record: Record) -> list[str]:
    """Return what was logged and what ended the run, without the way out, as the lines of a world."""
    logged = [text for _, text in record.logged if "does not see" not in text]
    lines = [text if text in record.warned else f"- {text}" for text in logged]
    if isinstance(record.error, NotAllowedError):
        ways = sorted({named(f" {cause.value.way_out}") for cause in Cause if cause.value.way_out}, key=len)
        lines += [text.removesuffix([way for way in ways if text.endswith(way)][-1]) for text in record.error.causes]
    elif record.error:
        lines.append(type(record.error).__name__)
    return sorted(lines)


class Run(NamedTuple):
    """What a run of a world's program says, whether a check has ended it, and the denied actions if none has."""

    lines: list[str]
    ended: bool
    denied: object


def ran(world: World, level: str, *, preview: bool) -> Run:
    """Run a world's program, which registers its policy unless an update ends."""
    record = declared(world, level, preview=preview)
    results = record.results
    ended = isinstance(record.error, NotAllowedError)
    if not world.program and (ended or not record.error):
        assert (kind_of(world).policy_type in kind_of(world).written(record)) != (ended and not preview)
    lines = told(record)
    if world.program and ended:
        # How far the other component came is a race.
        lines = [line for line in lines if not line.startswith("- ")]
    return Run(lines, ended, results if world.program else results.get("denied_actions"))


def expected(world: World, said: Said, *, ends: bool) -> Run:
    """Return the run that a world describes."""
    denied = [*said.denied] if isinstance(said.denied, tuple) else said.denied
    if kind_of(world) is FLEET and denied == []:
        denied = {}
    unknown = ends or said.lines == ["InvalidInputError"]
    lines = [line for line in lines_of(said, ends=ends) if not (world.program and ends and line.startswith("- "))]
    return Run(sorted(lines), ends, ({} if world.program else None) if unknown else denied)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_check(world: World) -> None:
    """The lines, the denied actions and the end of each run; how often an advisory update asks AWS."""
    preview = world.preview or world.update
    record = declared(world, "advisory", preview=False)
    calls = sum(each.token != GET_REGION for each in record.invokes)

    assert ran(world, "advisory", preview=False) == expected(world, world.update, ends=False)
    assert ran(world, "advisory", preview=True) == expected(world, preview, ends=False)
    assert ran(world, "mandatory", preview=True) == expected(world, preview, ends=world.ends[0])
    assert ran(world, "mandatory", preview=False) == expected(
        world, world.mandatory or world.update, ends=world.ends[1]
    )
    assert calls == (calls if world.calls is None else world.calls)
