"""`check` of a fleet: a line for each cause names its roles, and each role is asked about by itself; no roles."""

from collections import Counter
from typing import Final

import pytest

from tests.answers import GET_ROLE, HEARTBEAT
from tests.checks import asked, expected, in_worlds, runs, said
from tests.components import STACK, depending
from tests.documents import KEY, policy
from tests.fleets import FLEET
from tests.sentences import AWS_SAID, GRANT, UNSEEN, denied, not_asked, ok, silent
from tests.world import BOTH, DENYING, KEYS, NODE, ON_KEY, Aws, Role, Said, World, deny, node

FLEETS: Final = {
    # Each has an inline policy `no`, which IAM calls by role and name.
    "one line for each cause": World(
        role=NODE,
        said=Said(
            [
                denied(ON_KEY, "'no'", roles="roles 'a', 'b'"),
                silent("role 'c'"),
                ok(5) + UNSEEN,
                ok(5, None, role="role 'c'") + UNSEEN,
            ],
            {"a": ["kms:Decrypt"], "b": ["kms:Decrypt"], "c": [HEARTBEAT]},
        ),
        ends=BOTH,
        inputs={"roles": ["a", "b", "web", "c"], **KEYS},
        others={"a": DENYING, "b": DENYING, "c": Role()},
    ),
    "one line for each code of AWS": World(
        role=Role(),
        said=Said(
            [
                not_asked("roles 'a', 'b'", "AccessDenied: on: a", GRANT),
                not_asked("role 'c'", "ServiceFailure: c"),
                silent(),
                ok(4, None),
            ],
            {"web": [HEARTBEAT]},
        ),
        ends=BOTH,
        inputs={"roles": ["a", "b", "c", "web"]},
        others=dict.fromkeys("abc", NODE),
        fails={
            (GET_ROLE, failure[-1]): AWS_SAID.format("GetRole", failure)
            for failure in ("AccessDenied: on: a", "AccessDenied: at: b", "ServiceFailure: c")
        },
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
    world = World(role=NODE, others=dict.fromkeys(roles, node(inline={"no": policy(deny("kms:Decrypt"))})))
    record = FLEET.declare({"roles": roles, "kms_key_arns": keys, "check": "advisory"}, answer=Aws(world))
    named = f"roles {', '.join(map(repr, roles[:10]))} and 1 more"
    calls = f"{', '.join(f'kms:Decrypt on {key}' for key in keys[:10])} and 1 more"

    assert said(record) == [denied(calls, "'no'", roles=named)]
    assert record.results["denied_actions"] == {role: ["kms:Decrypt"] for role in roles}


def test_only_denied_roles_are_asked_about_again() -> None:
    """The others of a fleet keep their answers."""
    world = World(role=NODE, others={"no": node(inline={"no": policy(deny("ssmmessages:*"))})})
    record = FLEET.try_declare({"roles": ["web", "no"], "check": "mandatory"}, depending, answer=Aws(world))

    assert Counter(each["policySourceArn"].rpartition("/")[2] for each in asked(record)) == {"web": 1, "no": 5}
