"""`check` on the engine, in some worlds of `tests/worlds.py`: the real bridge passes on what IAM is told and says."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from pulumi_ssm_perms import _invokes
from sandbox import Sandbox
from tests.engine.checked import Told, make, questions, stack_of, told
from tests.on_engine import in_yaml
from tests.worlds import WORLDS, Said, World, lines_of

CHOSEN: Final = (
    "the heartbeat by another policy",
    "a boundary of one Region, elsewhere",
    "an SCP of one Region, elsewhere",
    "keys in two Regions, a boundary of one",
    "a key, a log group and a bucket",
    "keys that IAM is not told, and a Deny",
    "a role of CodeBuild",
    "a managed policy of the component's own name",
    "the heartbeat switched off",
    "the heartbeat switched off, exact name",
    "the heartbeat switched off, the boundary is attached as well",
    "a boundary that denies",
    "a key, a log group and a bucket of another account",
    "a fleet: one line for each cause",
    "detached from one of three",
    "a Deny in the own policy, this update writes it",
)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once, as often as in ten seconds."""
    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))


def ran(box: Sandbox, world: World, level: str, command: str) -> Told:
    """Run a command; what Pulumi adds to a generated name, which differs, is that of the worlds."""
    run = told(stack_of(box, world, level), command)
    return run._replace(lines=[re.sub(r"(-session-manager)(-[0-9a-f]{7})+", r"\1-1234567", line) for line in run.lines])


def expected(world: World, said: Said, *, ends: bool = False) -> Told:
    """Return what a world says of a run."""
    none: Any = {} if "roles" in world.inputs else []
    return Told(lines_of(said, ends=ends), None if ends else said.denied or none, ends)


@pytest.mark.parametrize("name", CHOSEN)
def test_a_world_on_the_engine(box: Sandbox, name: str) -> None:
    """Lines, denied actions and end of both commands and levels; a run that ends writes nothing."""
    world = WORLDS[name]
    preview = world.preview or world.update
    make(box, world)
    advisory = ran(box, world, "advisory", "preview")
    mandatory = ran(box, world, "mandatory", "preview")
    ended = ran(box, world, "mandatory", "up")

    assert advisory == expected(world, preview)
    assert mandatory == expected(world, preview, ends=world.ends[0])
    assert ended == expected(world, world.mandatory or world.update, ends=world.ends[1])
    if world.ends[1]:
        assert box.writes == []
    else:
        box.reset()
        make(box, world)
    box.forget()
    assert ran(box, world, "advisory", "up") == expected(world, world.update)
    assert len(questions(box)) == (len(questions(box)) if world.calls is None else world.calls)


IN_YAML: Final[Mapping[str, Mapping[str, Any]]] = {
    "keys that IAM is not told, and a Deny": {
        "kmsKeyArns": WORLDS["keys that IAM is not told, and a Deny"].inputs["kms_key_arns"]
    },
}


@pytest.mark.parametrize("name", IN_YAML)
def test_a_world_in_yaml(box: Sandbox, name: str) -> None:
    """The plugin says the same, and the denied actions reach the program."""
    world = WORLDS[name]
    make(box, world)

    def printed(level: str, command: str, *, fails: bool = False) -> str:
        properties = {"role": "web", "check": level, **IN_YAML[name]}
        made = {"app": {"type": "ssm-perms:SessionManagerPermissions", "properties": properties}}
        return " ".join(in_yaml(box, made, command, fails=fails, outputs={"denied": "${app.deniedActions}"}).split())

    for command, ends in zip(("preview", "up"), world.ends, strict=True):
        said = printed("mandatory", command, fails=ends)
        assert [line for line in world.update.lines if line.removeprefix("- ") not in said] == []
        assert "Traceback" not in said
    said = printed("advisory", "up")
    assert [line for line in world.update.lines if line.removeprefix("- ") not in said] == []
    assert [action for action in world.update.denied if f'[0]: "{action}"' not in said] == []
