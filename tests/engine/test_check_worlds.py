"""`check` on the engine, in some worlds of `tests/worlds.py`: the real bridge passes on what IAM is told and says."""

import json
import re
from typing import Any, Final

import pytest

from sandbox import Sandbox
from tests.engine.checked import Told, told
from tests.fleets import fleet
from tests.on_engine import permissions
from tests.sentences import lines_of
from tests.world import LIMIT, Said, World
from tests.worlds import ON, WORLDS

# One for each thing that the bridge passes on, and for each end of a run.
CHOSEN: Final = (
    "a boundary of one Region, elsewhere",
    "a key, a log group and a bucket",
    "keys that IAM is not told, and a Deny",
    "the heartbeat switched off",
    "the heartbeat switched off, exact name",
    "the heartbeat switched off, the boundary is attached as well",
    "a fleet: one line for each cause",
)

pytestmark = pytest.mark.usefixtures("without_pauses")


def stack_of(box: Sandbox, world: World, level: str, **more: Any) -> Any:
    """Return the stack of a world's program in its Region. Component, role and policy have different names."""
    inputs: Any = {**world.inputs, "check": level, **more}
    program = fleet(**inputs) if "roles" in inputs else permissions("app", **inputs)
    return box.stack(program, config={"aws:region": world.region})


def make(box: Sandbox, world: World) -> None:
    """Make a world: what IAM has, and if the heartbeat is switched off, what an earlier update has written."""
    iam, made = box.client("iam"), set[str]()
    for role, held in world.roles.items():
        assert held
        limit = {"limit": held.boundary} if held.boundary else {}
        for name, document in {**held.attached, **limit}.items():
            if name not in made:
                iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
                made.add(name)
        box.create_role(role, "/team/", {} if world.state else held.inline, LIMIT if limit else None)
        for name in held.attached:
            iam.attach_role_policy(RoleName=role, PolicyArn=LIMIT.replace("limit", name))
    if world.state:
        stack_of(box, world, "disabled", **ON).up()
    box.forget()


def ran(box: Sandbox, world: World, level: str, command: str) -> Told:
    """Run a command; what Pulumi adds to a generated name, which differs, is that of the worlds."""
    run = told(stack_of(box, world, level), command)
    return run._replace(lines=[re.sub(r"(-session-manager)(-[0-9a-f]{7})+", r"\1-1234567", line) for line in run.lines])


def expected(world: World, said: Said, *, ends: bool = False) -> Told:
    """Return what a world says of a run."""
    return Told(lines_of(said, ends=ends), None if ends else world.listed(said), ends)


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
    assert ran(box, world, "advisory", "up") == expected(world, world.update)
