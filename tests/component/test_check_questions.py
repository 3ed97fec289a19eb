"""`check`: what IAM is asked, how often and through which provider, and how its answers are read."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import NotAllowedError
from tests.answers import GET_REGION, GET_ROLE, HEARTBEAT, NO_SUCH_ROLE, SIMULATE, THERE, iam, rule_for
from tests.components import PERMISSIONS, STACK, Kind, depending, output, plain, secret
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, policy
from tests.fleets import FLEET
from tests.mocks import CALLER_IDENTITY, UNKNOWN, Answer, Invoke, Record, Secret, unknown
from tests.worlds import (
    ALL,
    AWS_SAID,
    CORE,
    KEYS,
    NO_KEY,
    NODE,
    OF_FLEET,
    OWN,
    READY,
    Aws,
    Held,
    Said,
    World,
    denied,
    node,
    not_asked,
    ok,
    silent,
    trust,
)

KINDS: Final = pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
LEVELS: Final = pytest.mark.parametrize("level", ["advisory", "mandatory"])
FINE: Final = World(NODE, Said([]))
DENIED: Final = World(node(inline={"no": NO_KEY}), Said([]))
NEIGHBOUR: Final = KEY.replace("1234abcd-", "4321dcba-")
MISSING: Final = rule_for("no such role")


def asked(record: Record) -> list[Mapping[str, Any]]:
    """Return the arguments of each simulation."""
    return [each.args for each in record.invokes if each.token == SIMULATE]


def of_aws(record: Record) -> list[Invoke]:
    """Return the calls of AWS's functions, without questions to the engine."""
    return [each for each in record.invokes if each.token.startswith("aws:")]


def said(record: Record) -> list[str]:
    """Return what is logged, as in a world, but for what the simulator does not see."""
    logged = [text for _, text in record.logged if "does not see" not in text]
    return [text if text in record.warned else f"- {text}" for text in logged]


@KINDS
@pytest.mark.parametrize("level", ["disabled", None])
def test_without_a_check_nothing_is_asked(kind: Kind, level: str | None) -> None:
    """The mocks refuse every call, and there is no list."""
    record = kind.declare({"check": level, **KEYS})

    assert (record.invokes, record.logged, record.results["denied_actions"]) == ([], [], None)


@KINDS
@LEVELS
def test_the_list_is_all_that_a_check_adds(kind: Kind, level: str) -> None:
    """What is declared stays as it is, and the component registers what is denied with its outputs."""
    without, record = (kind.declare({"check": each, **KEYS}, answer=Aws(FINE)) for each in ("disabled", level))
    empty: object = {} if kind is FLEET else []
    before, after = (each.registered_outputs[f"{STACK}${kind.type}::{kind.name}"] for each in (without, record))

    assert [each[:3] for each in record.registrations] == [each[:3] for each in without.registrations]
    assert record.results == {**without.results, "denied_actions": empty}
    assert after == {**before, "denied_actions": empty}


WITH_ALL: Final[Mapping[str, Any]] = {
    "kms_key_arns": [KEY, NEIGHBOUR, OTHER_KEY],
    "cloudwatch_log_group_arns": [LOG_GROUP],
    "s3_log_bucket_arn": BUCKET,
}


def test_the_questions_about_a_role() -> None:
    """The document counts as one of the role's policies, and IAM is told the Region of what it is asked about.

    After the write, IAM is asked about what it allows without naming the policy: here it shows the write late.
    """
    record = PERMISSIONS.declare({"check": "advisory", **WITH_ALL}, answer=Aws(replace(FINE, late=6)))
    who = {"policySourceArn": "arn:aws:iam::123456789012:role/team/web"}
    subject = {**who, "additionalPoliciesJsons": [record.results["policy_json"]]}

    def question(actions: Iterable[str], *resources: str, region: str = "eu-west-1") -> Mapping[str, Any]:
        context = {"key": "aws:RequestedRegion", "type": "string", "values": [region]}
        about = {"resourceArns": [*resources]} if resources else {}
        return {"actionNames": [*actions], "contexts": [context], **about}

    on_any = [*CHANNEL_ACTIONS, "logs:DescribeLogGroups"]
    others = [
        question(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], f"{LOG_GROUP}:*"),
        question(["s3:PutObject"], f"{BUCKET}/*"),
        question(["s3:GetEncryptionConfiguration"], BUCKET),
        question(["kms:Decrypt"], KEY, NEIGHBOUR),
        question(["kms:Decrypt"], OTHER_KEY, region="us-east-2"),
    ]

    assert [(each.token, each.args) for each in record.invokes if each.token != SIMULATE] == [
        (GET_ROLE, {"name": "web"}),
        (GET_REGION, {}),
    ]
    assert asked(record) == [
        *({**subject, **each} for each in (question([*on_any, HEARTBEAT]), *others)),
        *({**who, **each} for each in (question(on_any), *others)),
    ]


def test_what_is_denied_is_asked_about_without_the_boundary_and_one_by_one() -> None:
    """IAM tells the strictest decision on a set of resources, and not whether a boundary is why nobody allows it."""
    keys = {"kms_key_arns": [KEY, NEIGHBOUR]}
    limit = policy(allow([*CHANNEL_ACTIONS, HEARTBEAT]), allow(["kms:Decrypt"], KEY))
    record = PERMISSIONS.declare({"check": "advisory", **keys}, answer=Aws(replace(FINE, held=node(boundary=limit))))
    unbounded = {"permissionsBoundaryPoliciesJsons": [json.dumps(policy(ALL), separators=(",", ":"))]}
    own = [each for each in asked(record) if "additionalPoliciesJsons" in each]
    about = [(each.get("resourceArns"), unbounded.items() <= each.items()) for each in own]

    assert about == [
        (None, False),
        ([KEY, NEIGHBOUR], False),
        ([KEY], False),
        ([NEIGHBOUR], False),
        ([NEIGHBOUR], True),
    ]
    assert [text.partition(" in eu-west-1: ")[0] for text in record.warned] == [
        f"role 'web' may not call kms:Decrypt on {NEIGHBOUR}"
    ]


@LEVELS
@pytest.mark.parametrize("state", ["", "same"])
@pytest.mark.parametrize(
    ("inputs", "simulations"), [({}, 1), (KEYS, 2), ({"kms_key_arns": [KEY, OTHER_KEY]}, 3)], ids=["none", "one", "two"]
)
def test_how_often_a_fleet_of_30_is_asked_about(level: str, state: Any, inputs: Any, simulations: int) -> None:
    """A role costs a call and a simulation, and one more for each Region of its keys; the Region is asked for once.

    If the policy is written, a mandatory check asks each again afterwards, and an advisory one has asked afterwards.
    """
    roles = [f"r{number}" for number in range(30)]
    own = policy(*OWN["Statement"], *(allow(["kms:Decrypt"], each) for each in inputs.get("kms_key_arns", [])))
    has = node(attached={CORE: READY, OF_FLEET: own}) if state else NODE
    world = replace(FINE, more=dict.fromkeys(roles, has), state=state)
    record = FLEET.declare({"roles": roles, "check": level, **inputs}, answer=Aws(world))
    again = 2 if level == "mandatory" and not state else 1

    assert Counter(each.token for each in record.invokes) == {
        GET_ROLE: 30,
        SIMULATE: 30 * simulations * again,
        GET_REGION: 1,
    }


@KINDS
def test_every_question_follows_the_components_provider(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the version of the other resources, the engine would start another default provider.

    It takes no version of a pre-release as Python writes it.
    """
    monkeypatch.setattr("pulumi_aws._utilities.get_version", lambda: "7.52.0-alpha.1")
    opts = lambda: depending(provider=aws.Provider("other"))  # noqa: E731 - what a program makes
    record = kind.declare({"check": "advisory", **KEYS}, opts, answer=Aws(replace(DENIED, late=2)))

    assert len(asked(record)) > 1
    assert {(each.provider.split("::")[-2], each.version) for each in of_aws(record)} == {("other", "7.52.0-alpha.1")}


def test_dependencies_are_waited_for() -> None:
    """Policies that the program gives the role count. A preview asks nothing, or misses no role that is to come."""

    def on_a_component() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(depends_on=[pulumi.ComponentResource("app:index:Team", "team")])

    record = PERMISSIONS.declare({"check": "advisory"}, depending, answer=Aws(FINE))
    preview = PERMISSIONS.declare({"check": "advisory"}, depending, preview=True)
    later = PERMISSIONS.declare({"check": "advisory"}, on_a_component, preview=True, answer=iam(NO_SUCH_ROLE))

    assert [each.token for each in of_aws(record)] == [GET_ROLE, GET_REGION, SIMULATE]
    assert of_aws(preview) == []
    assert [each.results["denied_actions"] for each in (preview, later)] == [UNKNOWN] * 2


EC2: Final = {"Service": "ec2.amazonaws.com"}
ECS: Final = {"Service": "ecs-tasks.amazonaws.com"}
NODES: Final = ([silent(), ok(4, None)], [HEARTBEAT])
UNCERTAIN: Final = ([ok(4, None)], [HEARTBEAT])
OTHERS: Final[tuple[list[str], list[str]]] = ([ok(4, None)], [])


def trusting(*principals: object, effect: str = "Allow") -> str:
    """Return a trust policy with a statement for each principal."""
    return json.dumps({"Statement": [{"Effect": effect, "Principal": each} for each in principals]})


TRUSTS: Final = [
    (trusting(EC2), NODES),
    (trusting(ECS, EC2), NODES),
    (trusting({"Service": ["codebuild.amazonaws.com", "ssm.amazonaws.com"]}), NODES),
    (trusting({"AWS": "123456789012"}, EC2), NODES),
    (trusting({"Service": "ec2fleet.amazonaws.com"}), OTHERS),
    (trusting(ECS), OTHERS),
    (trust("ecs-tasks").replace("2012", "%22"), OTHERS),  # the AWS provider has decoded it
    (json.dumps({"Statement": {"Effect": "Allow", "Principal": ECS}}), OTHERS),
    (trusting({**ECS, "AWS": "arn:aws:iam::123456789012:root"}), UNCERTAIN),
    (trusting({"Federated": "cognito-identity.amazonaws.com"}), UNCERTAIN),
    (trusting({"AWS": "ec2.amazonaws.com"}), UNCERTAIN),
    (trusting("*"), UNCERTAIN),
    (trusting(EC2, effect="Deny"), UNCERTAIN),
    (json.dumps({"Statement": [{"Effect": "Allow", "NotPrincipal": ECS}]}), UNCERTAIN),
    ("no JSON", UNCERTAIN),
    ("[]", UNCERTAIN),
    (None, UNCERTAIN),
]
"""Who may assume a role, what is said if nobody allows the heartbeat, and whether IAM was asked about it."""


@pytest.mark.parametrize(("trusted", "expected"), TRUSTS)
def test_who_needs_the_heartbeat(trusted: str | None, expected: object) -> None:
    """It is missed where EC2 or Systems Manager may assume the role, and not asked about if only other services may."""

    class Trusting(Aws):
        def __call__(self, call: MockCallArgs) -> Any:
            found: Any = super().__call__(call)
            return {**found, "assumeRolePolicy": trusted} if call.token == GET_ROLE else found

    record = PERMISSIONS.declare({"check": "advisory"}, answer=Trusting(World(Held(), Said([]))))
    about = [each for each in asked(record)[0]["actionNames"] if each not in CHANNEL_ACTIONS]

    assert (said(record), about) == expected


def test_a_result_for_each_resource() -> None:
    """IAM may answer for each resource of a set: the denied one is neither the first nor the last."""
    keys = [KEY, NEIGHBOUR, KEY.replace("1234abcd-", "5678abcd-")]

    def answer(call: MockCallArgs) -> Any:
        if call.token != SIMULATE:
            return iam()(call)
        no = {"decision": "explicitDeny", "matchedStatements": [{"sourcePolicyId": "role_web_no"}]}
        return {
            "results": [
                {"actionName": action, "resourceArn": arn, "decision": "allowed", **(no if arn == NEIGHBOUR else {})}
                for action in call.args["actionNames"]
                for arn in call.args.get("resourceArns", ["*"])
            ]
        }

    record = PERMISSIONS.declare({"check": "advisory", "kms_key_arns": keys}, answer=answer)

    assert said(record) == [denied(f"kms:Decrypt on {NEIGHBOUR}", "'no'")]


def test_the_strictest_of_two_results_is_the_answer() -> None:
    """Statements that would allow are not what denies, if nobody's statement does: an SCP is left."""
    results: list[Any] = []

    def answer(call: MockCallArgs) -> Any:
        found: Any = iam()(call)
        if call.token != SIMULATE:
            return found
        named = [{"sourcePolicyId": "AllowKeys"}]
        results[:] = [{**each, "decision": "implicitDeny", "matchedStatements": named} for each in found["results"]]
        return {"results": [*found["results"], *results]}

    record = PERMISSIONS.declare({"check": "advisory"}, answer=answer)

    assert [text.partition(" denies ")[0] for text in said(record)] == ["IAM's simulator says that an SCP"]
    assert record.results["denied_actions"] == []


class Late(Aws):
    """An IAM that answers simulations from one world after the other, and stays in the last one."""

    def __init__(self, *worlds: World) -> None:
        """Begin with the first one."""
        super().__init__(worlds[-1])
        self.left: Iterator[World] = iter(worlds[:-1])

    def __call__(self, call: MockCallArgs) -> Any:
        """Go on with each simulation."""
        last = self.world
        self.world = next(self.left, last) if call.token == SIMULATE else last
        found = super().__call__(call)
        self.world = last
        return found


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


def test_a_throttled_question_is_the_last() -> None:
    """Only those that are under way are asked, four at a time; the code alone is said, as it is about another role."""
    roles = [f"r{number}" for number in range(8)]
    fails = {(GET_ROLE, role): AWS_SAID.format("GetRole", "RequestLimitExceeded: slow") for role in roles}
    world = replace(FINE, more=dict.fromkeys(roles, NODE), fails=fails)
    record = FLEET.declare({"roles": roles, "check": "advisory"}, answer=Aws(world))

    assert len(record.invokes) == 4
    assert record.warned == [not_asked(f"roles {', '.join(map(repr, roles))}", "RequestLimitExceeded")]


def late_role(times: int) -> Answer:
    """Return an IAM that does not find a role the first times."""
    left = iter([NO_SUCH_ROLE] * times)
    return lambda call: (next(left, None) or iam()(call)) if call.token == GET_ROLE else iam()(call)


@pytest.mark.parametrize(
    ("way", "preview", "shown"),
    [(plain, True, "'web'"), (plain, False, "'web'"), (output, False, "'web'"), (secret, False, "[secret]")],
    ids=["plain, preview", "plain, update", "Output, update", "secret, update"],
)
@LEVELS
def test_a_role_that_does_not_exist(way: Callable[[str], Any], level: str, shown: str, *, preview: bool) -> None:
    """It ends the run at any level, in a preview for a plain name; the line says what to pass if it is to be made."""
    inputs = {"role": lambda: way("web"), "check": level}
    record = PERMISSIONS.try_declare(inputs, preview=preview, answer=iam(NO_SUCH_ROLE))

    assert str(record.error) == f"{PERMISSIONS.owner}: role {shown}: {MISSING}"
    assert "if this program creates it, pass role.name, or make the component depend on it (depends_on)" in MISSING


@pytest.mark.parametrize(
    ("way", "opts"), [(output, None), (secret, None), (plain, depending)], ids=["Output", "secret", "after another"]
)
@pytest.mark.parametrize("times", [1, 4])
def test_a_role_that_iam_shows_late(way: Callable[[str], Any], opts: Any, times: int) -> None:
    """An update asks again about a role that the program may have made."""
    record = PERMISSIONS.declare({"role": lambda: way("web"), "check": "advisory"}, opts, answer=late_role(times))

    assert [each.token for each in record.invokes].count(GET_ROLE) == times + 1
    assert record.results["denied_actions"] == (Secret([]) if way is secret else [])


@pytest.mark.parametrize(("way", "times"), [(plain, 1), (output, 5)], ids=["plain", "Output"])
def test_how_often_a_role_is_asked_for(way: Callable[[str], Any], times: int) -> None:
    """A plain name is asked for once, and an Output five times."""
    record = PERMISSIONS.try_declare({"role": lambda: way("web"), "check": "advisory"}, answer=late_role(times))

    assert [each.token for each in record.invokes] == [GET_ROLE] * times
    assert str(record.error) == f"{PERMISSIONS.owner}: role 'web': {MISSING}"


def test_roles_that_do_not_exist_are_one_line() -> None:
    """They are named as they were given, and one of another account has its own line, whether it exists or not."""
    world = replace(FINE, more={"gone": None, "api": NODE, "left": None})
    record = FLEET.try_declare({"roles": ["gone", "api", "left", THERE], "check": "advisory"}, answer=Aws(world))

    assert str(record.error).splitlines() == [
        f"{FLEET.owner}: roles 'gone', 'left': {MISSING}",
        f"{FLEET.owner}: roles[3] '{THERE}': {rule_for('a role of another account')}",
    ]


def test_a_role_of_another_account_is_refused_while_others_wait() -> None:
    """A preview asks nothing about roles to which the program has yet to give something, and still refuses that one."""
    record = FLEET.try_declare({"roles": ["api", THERE], "check": "advisory"}, depending, preview=True, answer=iam())

    assert str(record.error) == f"{FLEET.owner}: roles[1] '{THERE}': {rule_for('a role of another account')}"
    assert [each.token for each in record.invokes] == [CALLER_IDENTITY]


NOT_YET: Final[Mapping[str, tuple[Any, Any, str, object]]] = {
    "a key that does not exist yet": ({"kms_key_arns": lambda: [unknown()]}, None, "role 'web'", UNKNOWN),
    "a role that is not known": ({"role": unknown}, None, "the role", UNKNOWN),
    "what the component depends on": ({}, depending, "role 'web'", UNKNOWN),
    "the same, and a secret role": ({"role": lambda: secret("web")}, depending, "role [secret]", Secret(UNKNOWN)),
}


@LEVELS
@pytest.mark.parametrize(("inputs", "opts", "roles", "listed"), NOT_YET.values(), ids=NOT_YET)
def test_nothing_asked_is_not_silence(level: str, inputs: Any, opts: Any, roles: str, listed: object) -> None:
    """The list is unknown in a preview, which plans the policy, and a line says that nothing was asked."""
    record = PERMISSIONS.declare({"check": level, **inputs}, opts, answer=Aws(FINE), preview=True)

    assert record.results["denied_actions"] == listed
    assert [text.partition(" in this preview,")[0] for text in said(record)] == [f"- IAM was not asked about {roles}"]
    assert PERMISSIONS.policy_type in PERMISSIONS.written(record)
