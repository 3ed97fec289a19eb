"""`check`: what is asked again, when, and for how long."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from pulumi_ssm_perms import NotAllowedError
from tests.answers import SIMULATE
from tests.checks import DENIED, FINE, NOTHING_MORE, AfterTheWrite, Late, asked, said
from tests.components import PERMISSIONS, depending, output
from tests.documents import CHANNEL_ACTIONS
from tests.fleets import FLEET
from tests.worlds import (
    AWS_SAID,
    KEYS,
    NO_CHANNELS,
    ON_KEY,
    READY,
    Aws,
    Held,
    Said,
    World,
    denied,
    not_confirmed,
    not_shown,
    ok,
)

MAY_BE_NEW: Final[Mapping[str, tuple[Any, Any]]] = {
    "an Output": ({"role": lambda: output("web")}, None),
    "a dependency": ({}, depending),
}


@pytest.mark.parametrize(("inputs", "opts"), MAY_BE_NEW.values(), ids=MAY_BE_NEW)
def test_a_mandatory_update_asks_again_about_what_it_may_have_changed(inputs: Any, opts: Any) -> None:
    """Four times, before a denial ends it. An answer that changes in time lets the policy through."""
    given = {"check": "mandatory", **KEYS, **inputs}
    ended = PERMISSIONS.try_declare(given, opts, answer=Aws(DENIED))
    passed = PERMISSIONS.declare(given, opts, answer=Late(*[DENIED] * 8, FINE))

    assert isinstance(ended.error, NotAllowedError)
    assert len(asked(ended)) == 5 * 2
    assert passed.results["denied_actions"] == []


def test_a_heartbeat_that_another_policy_gets_in_time() -> None:
    """What only the component's own policy allows ends no update, if IAM shows another policy late."""
    early = World(Held(inline={"ssm": READY}), Said([]))
    inputs = {"check": "mandatory", "policy_name": "ssm", "role": lambda: output("web")}
    record = PERMISSIONS.declare(inputs, answer=Late(early, early, FINE))

    assert said(record) == [ok(5)]


def test_a_role_that_is_there_is_asked_about_once() -> None:
    """A denial of a plain role, without a dependency, is final; so is no answer, whatever the role."""
    fails = {(SIMULATE, "web"): AWS_SAID.format("Simulate", "ServiceFailure: no")}
    denial = PERMISSIONS.try_declare({"check": "mandatory", **KEYS}, answer=Aws(DENIED))
    nothing = PERMISSIONS.try_declare({"check": "mandatory"}, depending, answer=Aws(replace(FINE, fails=fails)))

    assert [len(asked(each)) for each in (denial, nothing)] == [2, 1]


def test_only_denied_roles_are_asked_about_again() -> None:
    """The others of a fleet keep their answers."""
    world = replace(FINE, more={"no": DENIED.held})
    record = FLEET.try_declare({"roles": ["web", "no"], "check": "mandatory", **KEYS}, depending, answer=Aws(world))

    assert Counter(each["policySourceArn"].rpartition("/")[2] for each in asked(record)) == {"web": 2, "no": 10}


def test_a_preview_asks_once_about_a_policy_that_is_gone() -> None:
    """Whatever else there is to ask: nothing changes meanwhile."""
    record = PERMISSIONS.declare({"check": "advisory"}, answer=Aws(replace(FINE, state="same")), preview=True)

    assert len(asked(record)) == 2


def test_a_role_that_the_simulator_shows_late() -> None:
    """IAM may show a new role to GetRole first."""
    absent = replace(FINE, fails={(SIMULATE, "web"): AWS_SAID.format("Simulate", "NoSuchEntity: no role")})
    inputs = {"check": "mandatory", "role": lambda: output("web")}
    late, plain_role = (
        PERMISSIONS.try_declare({**inputs, **more}, answer=Late(absent, absent, FINE)) for more in ({}, {"role": "web"})
    )

    assert said(late) == [ok(5)]
    assert isinstance(plain_role.error, NotAllowedError)


def test_a_question_after_the_write_that_fails() -> None:
    """Whether the policy is on the role is then not known: a warning, as a mandatory check can't end what is done."""
    record = PERMISSIONS.declare({"check": "mandatory"}, answer=AfterTheWrite(FINE, NOTHING_MORE))

    assert said(record) == [not_confirmed()]
    assert record.results["denied_actions"] is None


@pytest.mark.parametrize("preview", [True, False])
def test_a_denial_is_told_although_the_next_question_fails(*, preview: bool) -> None:
    """Whether the own policy is there is not known; that another policy denies the key is, and a preview goes on."""
    later = replace(NOTHING_MORE, state="same")
    record = PERMISSIONS.declare({"check": "advisory", **KEYS}, answer=Late(DENIED, DENIED, later), preview=preview)

    assert sorted(said(record)) == sorted([denied(ON_KEY, "'no'"), not_confirmed()])
    assert record.results["denied_actions"] == ["kms:Decrypt"]


def test_a_question_about_the_own_policy_ends_no_preview() -> None:
    """What is not known of a policy that was deleted is not worth a run."""
    answer = Late(FINE, replace(NOTHING_MORE, state="same"))
    record = PERMISSIONS.declare({"check": "mandatory"}, answer=answer, preview=True)

    assert said(record) == [not_confirmed()]


def test_a_mandatory_check_judges_the_same_answers_after_the_write() -> None:
    """What comes meanwhile is not asked for: only what the own policy is to show is asked again."""
    record = PERMISSIONS.declare({"check": "mandatory"}, answer=AfterTheWrite(FINE, replace(FINE, scps=NO_CHANNELS)))

    assert said(record) == [not_shown()]
    assert record.results["denied_actions"] == [*CHANNEL_ACTIONS]
