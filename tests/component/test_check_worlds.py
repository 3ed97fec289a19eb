"""`check`: in each world, the lines of an advisory run, the denied actions, and which mandatory runs end."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import NotAllowedError, SessionManagerPermissions, _inline
from tests.answers import GET_REGION
from tests.components import PERMISSIONS, output, secret
from tests.fleets import FLEET
from tests.mocks import UNKNOWN, Record, try_run
from tests.worlds import WORLDS, World, answers

# The prototype's table is also run against the package before it, whose inputs had other names.
_OLD: Final = "check_role" in inspect.get_annotations(_inline.SessionManagerPermissionsArgs)


def levels(level: str, *, fleet: bool = False) -> dict[str, Any]:
    """Return the input that asks for a check."""
    if not _OLD:
        return {"check": level}
    advisory = "check_roles" if fleet else "check_role"
    return {advisory if level == "advisory" else "require_allowed": True}


def each_role(level: str) -> Mapping[str, Any]:
    """Declare a component for each of two roles, after each other."""
    roles = ("ApiThrottlingProxy", "web")
    return {role: SessionManagerPermissions(role, role=role, **levels(level)).denied_actions for role in roles}


def two_providers(level: str) -> Mapping[str, Any]:
    """Declare a component whose provider is throttled, and one with another provider."""
    opts = pulumi.ResourceOptions(provider=aws.Provider("other"))
    first = SessionManagerPermissions("api", role="api", opts=opts, **levels(level))
    # After the first one, which then has been throttled for sure.
    opts = pulumi.ResourceOptions(provider=aws.Provider("fine"), depends_on=[first])
    made = {"api": first, "web": SessionManagerPermissions("web", role="web", opts=opts, **levels(level))}
    return {role: component.denied_actions for role, component in made.items()}


PROGRAMS: Final[Mapping[str, Callable[[str], Mapping[str, Any]]]] = {
    "each role": each_role,
    "two providers": two_providers,
}
_WAYS: Final = {"secret": secret, "output": output}


def declared(world: World, level: str, *, preview: bool = False) -> Record:
    """Run a world's program."""
    if world.program:
        return try_run(lambda: PROGRAMS[world.program](level), answer=answers(world), preview=preview)
    fleet = "roles" in world.inputs
    inputs = {**levels(level, fleet=fleet), **world.inputs}
    way, _, role = str(inputs.get("role", "")).partition(":")
    if way in _WAYS:
        inputs["role"] = lambda: _WAYS[way](role)
    return (FLEET if fleet else PERMISSIONS).try_declare(inputs, answer=answers(world), preview=preview)


class Seen(NamedTuple):
    """What a world's program says."""

    lines: list[str]
    denied: object
    ends: tuple[bool, bool]
    calls: int


def seen(world: World, *, preview: bool = False) -> Seen:
    """Run a world's program with each level."""
    record = declared(world, "advisory", preview=preview)
    lines = [text if text in record.warned else f"- {text}" for _, text in record.logged if "does not see" not in text]
    results = record.results
    denied = {role: results.get(role) for role in results} if world.program else results.get("denied_actions")
    runs = [declared(world, "mandatory", preview=each) for each in (True, preview)]
    ended = [isinstance(each.error, NotAllowedError) for each in runs]
    kind = FLEET if "roles" in world.inputs else PERMISSIONS
    # Nothing is written in an update that ends, except for what only the policy tells; nothing ends an advisory run.
    after = any("--refresh" in line for line in lines)
    assert world.program or preview or after or ended[1] != (kind.policy_type in kind.written(runs[1]))
    assert [each.error for each in (record, declared(world, "advisory", preview=True))] == [None, None]
    calls = sum(each.token != GET_REGION for each in record.invokes)
    return Seen(lines, denied, (ended[0], ended[1]), calls)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_check(world: World) -> None:
    """Lines and denied actions of an advisory update; whether a mandatory preview and update end; calls of AWS."""
    found = seen(world, preview=world.denied == UNKNOWN)
    denied = [*world.denied] if isinstance(world.denied, tuple) else world.denied
    if isinstance(denied, set):
        found = found._replace(denied={*found.denied})  # type: ignore[misc]

    assert sorted(found.lines) == sorted(world.lines)
    assert found.denied == denied
    assert found.ends == world.ends
    assert found.calls == (found.calls if world.calls is None else world.calls)


# What a preview cannot know: that the update writes the policy, or that IAM will not show it.
OTHERWISE: Final = {"39", "43", "44", "50", "51", "52"}
ALIKE: Final = {
    name: world
    for name, world in WORLDS.items()
    if not world.program and world.denied != UNKNOWN and name.split()[0] not in OTHERWISE
}


@pytest.mark.parametrize("world", ALIKE.values(), ids=ALIKE)
def test_a_preview_says_what_the_update_says(world: World) -> None:
    """Both say the same lines, and list the same actions."""
    previewed, updated = (declared(world, "advisory", preview=each) for each in (True, False))

    assert sorted(previewed.logged) == sorted(updated.logged)
    assert previewed.results["denied_actions"] == updated.results["denied_actions"]
    assert len(previewed.invokes) <= len(updated.invokes)
