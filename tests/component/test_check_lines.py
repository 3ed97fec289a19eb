"""`check`: lines that a component says once, of many roles, of none, and under users' own mocks; the error."""

import copy
import pickle
from typing import Any

import pytest

from pulumi_ssm_perms import NotAllowedError, SessionManagerPermissions
from tests.answers import GET_ROLE, iam
from tests.checks import ADVISORY, KINDS, LEVELS, UNSEEN, said
from tests.components import OWNER, PERMISSIONS, STACK, Kind, plain, secret
from tests.documents import KEY, policy
from tests.fleets import FLEET
from tests.mocks import run
from tests.sentences import denied, ok, silent
from tests.world import NODE, ON_KEY, Aws, Held, World, deny, node
from tests.worlds import DENYING, KEYS


@KINDS
@LEVELS
def test_mocks_that_name_no_policies_have_lost_none(kind: Kind, level: str) -> None:
    """Without the document, IAM's second answer allows it as well, and names nobody instead."""
    assert said(kind.declare({"check": level}, answer=iam())) == [ok(5, None)]


def test_what_the_simulator_does_not_see_is_said_once() -> None:
    """By the first component of a run that grants a key or a bucket, once IAM has answered about it."""

    def program() -> None:
        for name, more in (("first", {}), ("lost", {"role": "api", **KEYS}), ("web", KEYS), ("last", KEYS)):
            inputs: Any = {"role": "web", **more}
            SessionManagerPermissions(name, check="advisory", **inputs)

    fails = {(GET_ROLE, "api"): "dial tcp"}
    logged = run(program, answer=Aws(World(Held(), fails=fails, more={"api": NODE}))).logged
    [urn] = [urn for urn, text in logged if text == UNSEEN]

    assert urn.rpartition("::")[2] in ("web", "last")
    assert [text for _, text in logged].count(silent()) == 3


@pytest.mark.parametrize(("level", "listed"), [("disabled", None), ("advisory", {}), ("mandatory", {})])
def test_a_fleet_without_roles(level: str, listed: object, *, preview: bool) -> None:
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
    no = policy(deny("kms:Decrypt"))
    world = World(NODE, more=dict.fromkeys(roles, node(inline={"no": no})))
    record = FLEET.declare({"roles": roles, "kms_key_arns": keys, "check": "advisory"}, answer=Aws(world))
    named = f"roles {', '.join(map(repr, roles[:10]))} and 1 more"
    calls = f"{', '.join(f'kms:Decrypt on {key}' for key in keys[:10])} and 1 more"

    assert said(record) == [denied(calls, "'no'", roles=named)]
    assert record.results["denied_actions"] == {role: ["kms:Decrypt"] for role in roles}


@pytest.mark.parametrize(("way", "name"), [(plain, "web"), (secret, "[secret]")], ids=["plain", "secret"])
def test_the_error_has_the_denied_actions(way: Any, name: str) -> None:
    """Its lines say what to do, it survives a copy, and has what is denied by role, without a secret."""
    record = PERMISSIONS.try_declare({"role": lambda: way("web"), "check": "mandatory", **KEYS}, answer=Aws(DENYING))
    error = record.error
    on_secret = denied("kms:Decrypt on [secret]", "[secret]", roles="role [secret]", region="its Region")

    assert isinstance(error, NotAllowedError)
    assert error.causes == ((on_secret if way is secret else denied(ON_KEY, "'no'")) + ADVISORY,)
    assert str(error) == f"{OWNER}: {error.causes[0]}"
    assert error.denied_actions == {name: ("kms:Decrypt",)}
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(same), same.owner, same.denied_actions) == (str(error), OWNER, error.denied_actions)
