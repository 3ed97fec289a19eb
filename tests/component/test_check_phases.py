"""How `check` asks, when, and how often: what no world shows."""

import json
import pickle
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import NotAllowedError, SessionManagerPermissions
from tests.answers import GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE
from tests.components import PERMISSIONS, Kind, depending, output
from tests.documents import CHANNEL_ACTIONS, KEY, OTHER_KEY
from tests.fleets import FLEET
from tests.mocks import UNKNOWN, Record, run, unknown
from tests.worlds import (
    AWS_SAID,
    NO_KEY,
    NODE,
    ON_KEY,
    OWN,
    Aws,
    Held,
    World,
    answers,
    denies,
    node,
    not_asked,
    ok,
    silent,
)

KINDS: Final = pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
FINE: Final = World(NODE, [])
DENIED: Final = World(node(inline={"no": NO_KEY}), [])
KEYS: Final[Mapping[str, Any]] = {"kms_key_arns": [KEY]}


def asked(record: Record, token: str = SIMULATE) -> list[Mapping[str, Any]]:
    """Return the arguments of each call of a function."""
    return [each.args for each in record.invokes if each.token == token]


class Late(Aws):
    """An IAM that answers from one world after the other, and stays in the last one."""

    def __init__(self, *worlds: World) -> None:
        """Begin with the first one."""
        super().__init__(worlds[-1])
        self.left, self.last = iter(worlds[:-1]), worlds[-1]

    def __call__(self, call: MockCallArgs) -> Any:
        """Go on with each question of the simulator."""
        self.world = next(self.left, self.last) if call.token == SIMULATE else self.last
        return super().__call__(call)


late: Final = Late


@KINDS
def test_without_a_level_nothing_is_asked(kind: Kind) -> None:
    """The mocks refuse every call."""
    assert kind.declare({}).invokes == []


@KINDS
@pytest.mark.parametrize("value", ["warn", True, "Mandatory"])
def test_a_wrong_level_is_one_line_that_has_both(kind: Kind, value: object) -> None:
    """Before anything is declared."""
    error = str(kind.try_declare({"check": value}).error)
    assert error == (
        f'{kind.owner}: check {value!r}: it is neither of the two levels of a check; write "advisory" to be warned, '
        '"mandatory" to end the run, or leave it out to ask nothing'
    )


def test_an_output_is_no_level() -> None:
    """A plain value decides what is declared after what."""
    error = str(PERMISSIONS.try_declare({"check": lambda: output("advisory")}).error)
    assert error.startswith(f"{PERMISSIONS.owner}: check: it cannot be an Output")


def test_the_questions_about_a_role() -> None:
    """The document counts as one of the role's policies, and IAM is told the Region of what it is asked about."""
    record = PERMISSIONS.declare({"check": "advisory", "kms_key_arns": [KEY, OTHER_KEY]}, answer=answers(FINE))
    subject = {
        "policySourceArn": "arn:aws:iam::123456789012:role/team/web",
        "additionalPoliciesJsons": [record.results["policy_json"]],
    }

    def contexts(region: str) -> Mapping[str, Any]:
        return {**subject, "contexts": [{"key": "aws:RequestedRegion", "type": "string", "values": [region]}]}

    assert [(each.token, each.args) for each in record.invokes] == [
        (GET_ROLE, {"name": "web"}),
        (GET_REGION, {}),
        (SIMULATE, {**contexts("eu-west-1"), "actionNames": [*CHANNEL_ACTIONS, HEARTBEAT]}),
        (SIMULATE, {**contexts("eu-west-1"), "actionNames": ["kms:Decrypt"], "resourceArns": [KEY]}),
        (SIMULATE, {**contexts("us-east-2"), "actionNames": ["kms:Decrypt"], "resourceArns": [OTHER_KEY]}),
        # After the write: whether IAM names the policy.
        (
            SIMULATE,
            {
                **contexts("eu-west-1"),
                "additionalPoliciesJsons": [json.dumps(OWN, separators=(",", ":"))],
                "actionNames": [*CHANNEL_ACTIONS, HEARTBEAT],
            },
        ),
    ]


@pytest.mark.parametrize("level", ["advisory", "mandatory"])
@pytest.mark.parametrize("state", ["", "same"])
@pytest.mark.parametrize(("inputs", "simulations"), [({}, 30), (KEYS, 60)], ids=["channels", "a key"])
def test_how_often_a_fleet_of_30_is_asked_about(level: str, state: Any, inputs: Any, simulations: int) -> None:
    """A role costs two calls, and one more for each set of resources in a Region; the Region is asked for once.

    A new policy costs one more for each role, after the write.
    """
    roles = [f"r{number}" for number in range(30)]
    has = replace(NODE, attached={**NODE.attached, "fleet-session-manager-1234567": OWN}) if state else NODE
    world = replace(FINE, more=dict.fromkeys(roles, has), state=state)
    simulations += 0 if state else 30
    record = FLEET.declare({"roles": roles, "check": level, **inputs}, answer=answers(world))

    assert Counter(each.token for each in record.invokes) == {GET_ROLE: 30, SIMULATE: simulations, GET_REGION: 1}


def test_the_error_has_the_denied_actions() -> None:
    """Its lines say what to do, it survives a copy, and has what is denied by role."""
    error = PERMISSIONS.try_declare({"check": "mandatory", **KEYS}, answer=answers(DENIED)).error
    assert isinstance(error, NotAllowedError)
    why = denies(ON_KEY, "it is denied in 'no'")
    remedy = "If this update deletes that policy, or if real requests pass, run `pulumi up` with"
    assert error.causes == (f'{why} {remedy} check="advisory": Pulumi deletes last.',)
    assert pickle.loads(pickle.dumps(error)).denied_actions == {"web": ("kms:Decrypt",)}


MAY_BE_NEW: Final[Mapping[str, tuple[Any, Any]]] = {
    "an Output": ({"role": lambda: output("web")}, None),
    "a dependency": ({}, depending),
}


@pytest.mark.parametrize(("inputs", "opts"), MAY_BE_NEW.values(), ids=MAY_BE_NEW)
def test_an_update_asks_again_about_what_it_may_have_changed(inputs: Any, opts: Any) -> None:
    """Four times, before a denial ends it. An answer that changes in time lets the policy through."""
    given = {"check": "mandatory", **KEYS, **inputs}
    ended = PERMISSIONS.try_declare(given, opts, answer=answers(DENIED))
    passed = PERMISSIONS.declare(given, opts, answer=late(DENIED, DENIED, DENIED, FINE))

    assert isinstance(ended.error, NotAllowedError)
    assert len(asked(ended)) == 5 * 2
    assert passed.results["denied_actions"] == []


def test_a_plain_role_is_asked_about_once() -> None:
    """It is there, with all its policies."""
    assert len(asked(PERMISSIONS.try_declare({"check": "mandatory", **KEYS}, answer=answers(DENIED)))) == 2


def test_only_denied_roles_are_asked_about_again() -> None:
    """The others keep their answers."""
    world = replace(FINE, more={"no": DENIED.held})
    record = FLEET.try_declare({"roles": ["web", "no"], "check": "mandatory", **KEYS}, depending, answer=answers(world))

    assert Counter(each["policySourceArn"].rpartition("/")[2] for each in asked(record)) == {"web": 2, "no": 10}


def test_a_throttled_question_is_the_last() -> None:
    """Only those that are under way are asked, four at a time."""
    roles = [f"r{number}" for number in range(8)]
    fails = {(GET_ROLE, role): AWS_SAID.format("GetRole", "RequestLimitExceeded: slow") for role in roles}
    world = replace(FINE, more=dict.fromkeys(roles, NODE), fails=fails)
    record = FLEET.declare({"roles": roles, "check": "advisory"}, answer=answers(world))

    assert len(record.invokes) == 4
    assert record.warned == [not_asked(f"roles {', '.join(map(repr, roles))}", "RequestLimitExceeded")]


def test_what_the_simulator_does_not_see_is_said_once() -> None:
    """A run says it once for any number of components, if one of them grants a key or a bucket."""

    def program() -> None:
        for name, keys in (("first", []), ("web", [KEY]), ("last", [KEY])):
            SessionManagerPermissions(name, role="web", check="advisory", kms_key_arns=keys)

    logged = [text for _, text in run(program, answer=answers(World(Held(), []))).logged]

    assert sum("does not see" in text for text in logged) == 1
    assert logged.count(silent()) == 3


NOT_YET: Final[Mapping[str, tuple[Any, Any]]] = {
    "a key that does not exist yet": ({"kms_key_arns": lambda: [unknown()]}, None),
    "a role that is not known": ({"role": unknown}, None),
    "what the component depends on": ({}, depending),
}


@pytest.mark.parametrize("level", ["advisory", "mandatory"])
@pytest.mark.parametrize(("inputs", "opts"), NOT_YET.values(), ids=NOT_YET)
def test_nothing_asked_is_not_silence(level: str, inputs: Any, opts: Any) -> None:
    """The list is unknown in a preview, and a line says that nothing was asked."""
    record = PERMISSIONS.declare({"check": level, **inputs}, opts, answer=answers(FINE), preview=True)

    assert record.results["denied_actions"] == UNKNOWN
    assert ["was not asked" in text for _, text in record.logged] == [True]


def test_mocks_without_a_region() -> None:
    """An update says what to let the mocks return."""
    record = PERMISSIONS.declare({"check": "advisory"}, answer=answers(replace(FINE, region=None)))

    assert record.results["denied_actions"] is None
    said = f"{GET_REGION} has not answered; in a unit test, let the mocks' call method return region"
    assert record.warned == [not_asked("role 'web'", said)]


def test_another_policy_is_found_in_the_end() -> None:
    """What only the own policy allows ends no update if another policy gets it in time."""
    early = World(Held(inline={"ssm": NODE.attached["AmazonSSMManagedInstanceCore"]}), [])
    inputs = {"check": "mandatory", "policy_name": "ssm", "role": lambda: output("web")}
    record = PERMISSIONS.declare(inputs, answer=late(early, FINE))

    assert [f"- {text}" for _, text in record.logged] == [ok(5)]


class UsersMocks(Aws):
    """As users write them: each resource has an id, in a preview, too, and an answer says no more than the decision."""

    def __call__(self, call: MockCallArgs) -> Any:
        """Leave out which policies allow it."""
        answer: Any = super().__call__(call)
        if call.token != SIMULATE:
            return answer
        return {"results": [{**each, "matchedStatements": []} for each in answer["results"]]}


@KINDS
@pytest.mark.parametrize("preview", [True, False])
def test_mocks_that_name_no_policies_have_lost_none(kind: Kind, *, preview: bool) -> None:
    """Each role is asked about once."""
    world = replace(FINE, state="same")
    record = kind.declare({"check": "mandatory"}, answer=UsersMocks(world), preview=preview)

    assert [f"- {text}" for _, text in record.logged] == [ok(5, None)]
    assert len(asked(record)) == 1


def test_a_question_after_the_write_that_fails() -> None:
    """The policy is written, but whether it is on the role is not known: a mandatory run ends."""
    world = replace(FINE, fails={(SIMULATE, "web"): AWS_SAID.format("SimulatePrincipalPolicy", "Throttling: slow")})
    said = [not_asked("role 'web'", "Throttling")]
    advisory = PERMISSIONS.declare({"check": "advisory"}, answer=late(FINE, world))
    mandatory = PERMISSIONS.try_declare({"check": "mandatory"}, answer=late(FINE, world))

    assert (advisory.warned, advisory.results["denied_actions"]) == (said, None)
    assert isinstance(mandatory.error, NotAllowedError)
    assert PERMISSIONS.policy_type in PERMISSIONS.written(mandatory)
