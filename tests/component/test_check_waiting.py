"""`check`: what an update waits for: a role that the run may make, which IAM shows late; counted in questions."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import GET_ROLE, HEARTBEAT, NO_SUCH_ROLE, SIMULATE, iam
from tests.checks import expected, in_worlds, runs
from tests.components import PERMISSIONS, depending, output, plain, secret
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.mocks import UNKNOWN, Secret
from tests.sentences import AWS_SAID, NOT_YET, TAKEN_AWAY, bounded, by_scp, denied, not_asked, ok, silent
from tests.world import (
    BOTH,
    FIXED,
    GENERATED,
    NO_CHANNELS,
    NO_DATA,
    NODE,
    OPEN_DATA,
    OWN_BEFORE,
    Role,
    Said,
    World,
    node,
)

ONLY_UPDATE: Final = (False, True)
FINE: Final = Said([ok(4)])
SILENT: Final = Said([silent(), ok(4, None)], [HEARTBEAT])
TAKEN: Final = Said([TAKEN_AWAY, ok(4, None)], [HEARTBEAT])
LATER: Final = Said([NOT_YET.format("role 'web'")], UNKNOWN)
DENYING: Final = node(inline={"no": NO_DATA})
DENIED: Final = Said([denied(OPEN_DATA, "'no'")], [OPEN_DATA])
LIMITED: Final = node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT])))
OUTSIDE: Final = Said([bounded(OPEN_DATA)], [OPEN_DATA])
UNLIMITED: Final = node(boundary=policy(allow(["*"])))
NOT_SIMULATED: Final = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "NoSuchEntity: no role")}
UNKNOWN_ROLE: Final = Said([not_asked("role 'web'", "NoSuchEntity: no role")], None)
NEW: Final = {"role": lambda: output("web")}

EXISTING: Final = {
    "a Deny": World(role=DENYING, said=DENIED, ends=BOTH, asked=(1, 1)),
    "a boundary": World(role=LIMITED, said=OUTSIDE, ends=BOTH, asked=(2, 2)),
    "an SCP": World(role=NODE, said=Said([by_scp()]), scps=NO_CHANNELS, asked=(1, 1)),
    "an SCP, of a role with a boundary": World(role=UNLIMITED, said=Said([by_scp()]), scps=NO_CHANNELS, asked=(2, 2)),
    "a heartbeat that nobody allows": World(role=Role(), said=SILENT, asked=(1, 1)),
}


@in_worlds(EXISTING)
def test_about_a_role_that_exists_iam_is_asked_once(world: World) -> None:
    """Nothing is waited for. What a boundary may explain takes one question more."""
    assert runs(world) == expected(world)


NEW_ROLES: Final = {
    "a Deny": World(role=DENYING, said=DENIED, ends=ONLY_UPDATE, inputs=NEW, asked=(1, 5)),
    "a Deny, of a component that depends on something": World(
        role=DENYING, said=DENIED, preview=LATER, ends=ONLY_UPDATE, depends=True, asked=(0, 5)
    ),
    "a Deny that goes": World(
        role=NODE, said=FINE, preview=DENIED, inputs=NEW, earlier=[World(role=DENYING)] * 3, asked=(1, 4)
    ),
    "a boundary that goes": World(
        role=UNLIMITED, said=FINE, preview=OUTSIDE, inputs=NEW, earlier=[World(role=LIMITED)] * 2, asked=(2, 3)
    ),
    "one that the simulator does not know yet": World(
        role=NODE,
        said=FINE,
        preview=UNKNOWN_ROLE,
        inputs=NEW,
        earlier=[World(role=NODE, fails=NOT_SIMULATED)] * 2,
        asked=(1, 3),
    ),
    "one that the simulator never knows": World(
        role=NODE, said=UNKNOWN_ROLE, ends=ONLY_UPDATE, inputs=NEW, fails=NOT_SIMULATED, asked=(1, 5)
    ),
    # An update does not know the policy's name, so that the preview is the last to tell.
    "a heartbeat that the update takes away, of a generated name": World(
        role=Role(inline={GENERATED: OWN_BEFORE}),
        said=Said([ok(4, f"'{GENERATED}'")]),
        preview=TAKEN,
        ends=(True, False),
        inputs=NEW,
        in_state=True,
        asked=(1, 1),
    ),
    "a heartbeat that the update takes away": World(
        role=Role(inline={"fixed": OWN_BEFORE}),
        said=TAKEN,
        ends=ONLY_UPDATE,
        inputs={**NEW, **FIXED},
        in_state=True,
        asked=(1, 5),
    ),
    # These end no run, so that nothing is waited for.
    "an SCP": World(role=NODE, said=Said([by_scp()]), scps=NO_CHANNELS, inputs=NEW, asked=(1, 1)),
    "a heartbeat that nobody allows": World(role=Role(), said=SILENT, inputs=NEW, asked=(1, 1)),
}


@in_worlds(NEW_ROLES)
def test_about_a_role_that_may_be_new_iam_is_asked_again(world: World) -> None:
    """An update waits for what would end a mandatory run, for ten seconds; a preview warns of it, and goes on."""
    assert runs(world) == expected(world)


@pytest.mark.parametrize(
    ("way", "opts"), [(output, None), (secret, None), (plain, depending)], ids=["Output", "secret", "after another"]
)
def test_a_role_that_iam_shows_late(way: Callable[[str], Any], opts: Any) -> None:
    """An update asks four times more about a role that the program may have made."""
    left = iter([NO_SUCH_ROLE] * 4)

    def answer(call: MockCallArgs) -> Any:
        return (next(left, None) if call.token == GET_ROLE else None) or iam()(call)

    record = PERMISSIONS.declare({"role": lambda: way("web"), "check": "advisory"}, opts, answer=answer)

    assert [each.token for each in record.invokes].count(GET_ROLE) == 5
    assert record.results["denied_actions"] == (Secret([]) if way is secret else [])
