"""`check`: what IAM shows late, a policy or a role, and what an update waits for: counted in questions."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import GET_ROLE, HEARTBEAT, NO_SUCH_ROLE, SIMULATE, iam
from tests.checks import expected, in_worlds, runs
from tests.components import PERMISSIONS, depending, output, plain, secret
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.mocks import UNKNOWN, Secret
from tests.sentences import AWS_SAID, NOT_YET, bounded, by_scp, denied, missing, ok, own_deny, silent
from tests.world import (
    BOTH,
    GENERATED,
    NO_CHANNELS,
    NODE,
    OPEN_DATA,
    SPOILT,
    Held,
    Said,
    World,
    deny,
    node,
)

FINE: Final = Said([ok(5)])
LATER: Final = Said([NOT_YET.format("role 'web'")], UNKNOWN)
NOT_DATA: Final = policy(deny(OPEN_DATA))
DENYING: Final = node(inline={"no": NOT_DATA})
DENIED: Final = Said([denied(OPEN_DATA, "'no'")], [OPEN_DATA])
NOT_SIMULATED: Final = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "NoSuchEntity: no role")}
NEW: Final = {"role": lambda: output("web")}

# Each question is one about all actions, and after the write one more, with the policy, about what is denied.
POLICIES: Final = {
    "one that IAM shows late": World(NODE, FINE, late=3, asked=(1, 5, 6)),
    "one that IAM does not show in ten seconds": World(
        NODE, Said([missing()], [*CHANNEL_ACTIONS]), preview=FINE, late=10, asked=(1, 10, 11)
    ),
    "one that is not written": World(
        NODE, Said([missing()], [*CHANNEL_ACTIONS]), preview=FINE, state="same", asked=(1, 10, 11)
    ),
}


@in_worlds(POLICIES)
def test_a_policy_that_iam_shows_late(world: World) -> None:
    """An update asks five times whether IAM shows it, in ten seconds, and a preview asks once."""
    assert runs(world) == expected(world)


LASTING: Final = {
    "a Deny": World(DENYING, DENIED, BOTH, asked=(1, 1, 1)),
    "a boundary": World(
        node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))),
        Said([bounded(OPEN_DATA)], [OPEN_DATA]),
        BOTH,
        asked=(2, 3, 2),
    ),
    "an SCP": World(NODE, Said([by_scp()]), scps=NO_CHANNELS, asked=(1, 2, 3)),
    "an SCP, of a role with a boundary": World(
        node(boundary=policy(allow(["*"]))), Said([by_scp()]), scps=NO_CHANNELS, asked=(2, 3, 5)
    ),
    "a heartbeat that nobody allows": World(Held(), Said([silent(), ok(4, None)], [HEARTBEAT]), asked=(1, 1, 2)),
    "a Deny in the own policy": World(
        node(inline={GENERATED: SPOILT}), Said([own_deny(OPEN_DATA)], [OPEN_DATA]), state="same", asked=(1, 1, 2)
    ),
}


@in_worlds(LASTING)
def test_what_no_run_waits_for(world: World) -> None:
    """It will not pass, so it delays no update."""
    assert runs(world) == expected(world)


NEW_ROLES: Final = {
    "a Deny, of a role that is an Output": World(DENYING, DENIED, (False, True), NEW, asked=(1, 5, 5)),
    "a Deny, of a component that depends on something": World(
        DENYING, DENIED, (False, True), preview=LATER, mandatory=DENIED, depends=True, asked=(0, 5, 5)
    ),
    "a Deny that goes": World(
        NODE, FINE, (False, False), NEW, preview=DENIED, earlier=[World(DENYING)] * 3, asked=(1, 4, 5)
    ),
    "a boundary that goes": World(
        node(boundary=policy(allow(["*"]))),
        FINE,
        (False, False),
        NEW,
        preview=Said([bounded(OPEN_DATA)], [OPEN_DATA]),
        earlier=[World(node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))))],
        asked=(2, 3, 4),
    ),
    "a heartbeat that comes after a second": World(
        NODE,
        FINE,
        (False, False),
        NEW,
        preview=Said([silent(), ok(4, None)], [HEARTBEAT]),
        earlier=[World(Held())] * 1,
        asked=(1, 2, 2),
    ),
    "one that the simulator does not know yet": World(
        NODE, FINE, inputs=NEW, preview=LATER, earlier=[World(NODE, fails=NOT_SIMULATED)] * 2, asked=(1, 3, 4)
    ),
}


@in_worlds(NEW_ROLES)
def test_a_role_that_may_be_new(world: World) -> None:
    """An update waits for any denial of it to pass, and no preview ends for one."""
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
