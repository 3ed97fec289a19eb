"""`check`: what IAM is asked, how often and through which provider, and how its answers are read."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockCallArgs

from tests.answers import GET_REGION, GET_ROLE, HEARTBEAT, NO_SUCH_ROLE, SIMULATE, iam
from tests.checks import DENIED, FINE, KINDS, LEVELS, asked, of_aws, said
from tests.components import PERMISSIONS, STACK, Kind, depending, secret
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, policy
from tests.fleets import FLEET
from tests.mocks import UNKNOWN, Answer, Secret, unknown
from tests.worlds import ALL, AWS_SAID, CORE, KEYS, NEIGHBOUR, NODE, OF_FLEET, OWN, READY, Aws, denied, node, not_asked


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


def by_resource() -> Answer:
    """Return an IAM that answers for each resource of a set, one of which a policy denies."""
    no = {"decision": "explicitDeny", "matchedStatements": [{"sourcePolicyId": "role_web_no"}]}

    def answer(call: MockCallArgs) -> Any:
        if call.token != SIMULATE:
            return iam()(call)
        return {
            "results": [
                {"actionName": action, "resourceArn": arn, "decision": "allowed", **(no if arn == NEIGHBOUR else {})}
                for action in call.args["actionNames"]
                for arn in call.args.get("resourceArns", ["*"])
            ]
        }

    return answer


def test_a_result_for_each_resource() -> None:
    """The denied one is neither the first nor the last."""
    keys = [KEY, NEIGHBOUR, KEY.replace("1234abcd-", "5678abcd-")]
    record = PERMISSIONS.declare({"check": "advisory", "kms_key_arns": keys}, answer=by_resource())

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


def test_a_throttled_question_is_the_last() -> None:
    """Only those that are under way are asked, four at a time; the code alone is said, as it is about another role."""
    roles = [f"r{number}" for number in range(8)]
    fails = {(GET_ROLE, role): AWS_SAID.format("GetRole", "RequestLimitExceeded: slow") for role in roles}
    world = replace(FINE, more=dict.fromkeys(roles, NODE), fails=fails)
    record = FLEET.declare({"roles": roles, "check": "advisory"}, answer=Aws(world))

    assert len(record.invokes) == 4
    assert record.warned == [not_asked(f"roles {', '.join(map(repr, roles))}", "RequestLimitExceeded")]


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
