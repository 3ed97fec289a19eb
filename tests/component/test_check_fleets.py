"""`check` of a fleet: a line for each cause names its roles, and each role is asked about by itself; no roles."""

from collections import Counter
from dataclasses import replace
from typing import Final

import pytest

from tests.answers import GET_ROLE, HEARTBEAT
from tests.checks import asked, expected, in_worlds, runs, said
from tests.components import STACK, depending
from tests.documents import CHANNEL_ACTIONS, KEY, policy
from tests.fleets import FLEET
from tests.sentences import AWS_SAID, GRANT, UNSEEN, denied, missing, not_asked, ok, silent
from tests.world import BOTH, CORE, DENYING, KEYS, NODE, ON_KEY, OWN, READY, Aws, Held, Said, World, deny, node

OF_FLEET: Final = "fleet-session-manager-1234567"
FLEETS: Final = {
    "one line for each cause": World(
        NODE,
        Said(
            [
                denied(ON_KEY, "'no'", roles="roles 'a', 'b'"),
                silent("role 'c'"),
                ok(6) + UNSEEN,
                ok(5, None, role="role 'c'") + UNSEEN,
            ],
            {"a": ["kms:Decrypt"], "b": ["kms:Decrypt"], "c": [HEARTBEAT]},
        ),
        BOTH,
        {"roles": ["a", "b", "web", "c"], **KEYS},
        more={"a": DENYING, "b": DENYING, "c": Held()},
    ),
    "one line for each code of AWS": World(
        Held(),
        Said(
            [
                not_asked("roles 'a', 'b'", "AccessDenied: on: a", GRANT),
                not_asked("role 'c'", "ServiceFailure: c"),
                silent(),
                ok(4, None),
            ],
            {"web": [HEARTBEAT]},
        ),
        BOTH,
        {"roles": ["a", "b", "c", "web"]},
        more=dict.fromkeys("abc", NODE),
        fails={
            (GET_ROLE, said[-1]): AWS_SAID.format("GetRole", said)
            for said in ("AccessDenied: on: a", "AccessDenied: at: b", "ServiceFailure: c")
        },
    ),
    "detached by hand from one of three": World(
        NODE,
        Said([missing(), ok(5, role="roles 'a', 'b'")], {"web": [*CHANNEL_ACTIONS]}),
        inputs={"roles": ["a", "b", "web"]},
        preview=Said([ok(5, role="roles 'a', 'b', 'web'")]),
        more=dict.fromkeys("ab", Held(attached={CORE: READY, OF_FLEET: OWN})),
        state="same",
    ),
}


@in_worlds(FLEETS)
def test_a_fleet(world: World) -> None:
    """Roles that have a line in common share it, and each denied one has its list."""
    assert runs(world) == expected(world)


@pytest.mark.parametrize(("level", "listed"), [("disabled", None), ("advisory", {}), ("mandatory", {})])
def test_a_fleet_of_no_roles(level: str, listed: object, *, preview: bool) -> None:
    """It is warned of at any level, because such an update detaches the policy from all roles."""
    record = FLEET.declare({"roles": [], "check": level}, preview=preview)
    line = (
        "roles is empty, so the policy is attached to no role. If a search made the list, it found nothing: check the "
        "search."
    )

    assert record.logged == [(f"{STACK}${FLEET.type}::fleet", line)]
    assert (record.results["denied_actions"], record.warned) == (listed, [line])


def test_a_cause_of_many_calls_and_roles() -> None:
    """Ten of each are named, and each role has its list."""
    roles = [f"r{number}" for number in range(11)]
    keys = [f"{KEY[:-2]}{number:02}" for number in range(11)]
    world = World(NODE, more=dict.fromkeys(roles, node(inline={"no": policy(deny("kms:Decrypt"))})))
    record = FLEET.declare({"roles": roles, "kms_key_arns": keys, "check": "advisory"}, answer=Aws(world))
    named = f"roles {', '.join(map(repr, roles[:10]))} and 1 more"
    calls = f"{', '.join(f'kms:Decrypt on {key}' for key in keys[:10])} and 1 more"

    assert said(record) == [denied(calls, "'no'", roles=named)]
    assert record.results["denied_actions"] == {role: ["kms:Decrypt"] for role in roles}


def test_only_denied_roles_are_asked_about_again() -> None:
    """The others of a fleet keep their answers."""
    world = World(NODE, more={"no": replace(NODE, inline={"no": policy(deny("ssmmessages:*"))})})
    record = FLEET.try_declare({"roles": ["web", "no"], "check": "mandatory"}, depending, answer=Aws(world))

    assert Counter(each["policySourceArn"].rpartition("/")[2] for each in asked(record)) == {"web": 1, "no": 5}
