"""`check`: what IAM is asked, when, how often and through which provider, and how its answers are read."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import SessionManagerPermissions, _sdk
from tests.answers import GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE, iam
from tests.checks import KINDS, LEVELS, asked, said
from tests.components import PERMISSIONS, STACK, Kind, depending, output
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, allow, policy
from tests.fleets import ATTACHMENT, FLEET, POLICY
from tests.mocks import run
from tests.world import CORE, NEIGHBOUR, NODE, OF_FLEET, OWN, READY, Aws, Held, World, node
from tests.worlds import ALLOWING, DENYING, KEYS


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
    without, record = (kind.declare({"check": each, **KEYS}, answer=Aws(ALLOWING)) for each in ("disabled", level))
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
    record = PERMISSIONS.declare({"check": "advisory", **WITH_ALL}, answer=Aws(replace(ALLOWING, late=6)))
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


@KINDS
def test_every_question_follows_the_components_provider(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the version of the other resources, the engine would start another default provider.

    It takes no version of a pre-release as Python writes it.
    """
    monkeypatch.setattr("pulumi_aws._utilities.get_version", lambda: "7.52.0-alpha.1")
    opts = lambda: depending(provider=aws.Provider("other"))  # noqa: E731 - what a program makes
    record = kind.declare({"check": "advisory", **KEYS}, opts, answer=Aws(replace(DENYING, late=2)))
    of_aws = [each for each in record.invokes if each.token.startswith("aws:")]

    assert len(of_aws) > 3
    assert {(each.provider.split("::")[-2], each.version) for each in of_aws} == {("other", "7.52.0-alpha.1")}


@LEVELS
def test_how_often_a_fleet_is_asked_about(level: str) -> None:
    """A role costs a call and a simulation, and one more for each Region of its keys; the Region is asked for once.

    A mandatory check asks before the policy is written, and again afterwards; an advisory one only afterwards.
    """
    keys = [KEY, OTHER_KEY]
    own = policy(*OWN["Statement"], *(allow(["kms:Decrypt"], each) for each in keys))
    world = World(NODE, more=dict.fromkeys("abc", node(attached={CORE: READY, OF_FLEET: own})), state="same")
    record = FLEET.declare({"roles": [*"abc"], "check": level, "kms_key_arns": keys}, answer=Aws(world))
    times = 2 if level == "mandatory" else 1

    assert Counter(each.token for each in record.invokes) == {GET_ROLE: 3, SIMULATE: 3 * 3 * times, GET_REGION: 1}


def test_only_denied_roles_are_asked_about_again() -> None:
    """The others of a fleet keep their answers."""
    world = replace(ALLOWING, more={"no": DENYING.held})
    record = FLEET.try_declare({"roles": ["web", "no"], "check": "mandatory", **KEYS}, depending, answer=Aws(world))

    assert Counter(each["policySourceArn"].rpartition("/")[2] for each in asked(record)) == {"web": 2, "no": 10}


DENIALS: Final = {
    "explicitDeny": ("role_web_no", "role 'web' may not call"),
    # Statements that would allow are not what denies, if nobody's statement does: an SCP is left.
    "implicitDeny": ("AllowKeys", "IAM's simulator denies role 'web'"),
}


@pytest.mark.parametrize(("decision", "named", "line"), [(key, *each) for key, each in DENIALS.items()], ids=DENIALS)
def test_the_strictest_of_several_results_is_the_answer(decision: str, named: str, line: str) -> None:
    """It is neither the first nor the last."""

    def answer(call: MockCallArgs) -> Any:
        found: Any = iam()(call)
        if call.token != SIMULATE:
            return found
        strict = {"decision": decision, "matchedStatements": [{"sourcePolicyId": named}]}
        return {"results": [*found["results"], *({**each, **strict} for each in found["results"]), *found["results"]]}

    record = PERMISSIONS.declare({"check": "advisory"}, answer=answer)

    assert [text[: len(line)] for text in said(record)] == [line]


class Noted(Aws):
    """An AWS that notes what is asked and what is declared, in their order."""

    def __init__(self, world: World) -> None:
        """Begin with nothing."""
        super().__init__(world)
        self.noted: list[str] = []

    def declare(self, type_: str, outputs: Mapping[str, Any], *, preview: bool) -> bool:
        """Note a resource of AWS."""
        self.noted += [type_] if type_.startswith("aws:") else []
        return super().declare(type_, outputs, preview=preview)

    def __call__(self, call: MockCallArgs) -> Any:
        """Note a question."""
        self.noted.append(call.token)
        return super().__call__(call)


def noted(kind: Kind, world: World, level: str, *, preview: bool = False) -> list[str]:
    """Declare a component with an exact name; return what is asked and declared, in order."""
    answer = Noted(world)
    kind.declare({"check": level, "policy_name": "fixed"}, answer=answer, preview=preview)
    return answer.noted


def declared(kind: Kind) -> list[str]:
    """Return the types of a component's resources."""
    return [POLICY, ATTACHMENT] if kind is FLEET else [kind.policy_type]


@KINDS
@pytest.mark.parametrize(("level", "preview"), [("advisory", False), ("advisory", True), ("mandatory", True)])
def test_the_policy_is_declared_before_iam_is_asked(kind: Kind, level: str, *, preview: bool) -> None:
    """On a role that is there, and in a fleet attached to it."""
    assert noted(kind, ALLOWING, level, preview=preview) == [GET_ROLE, *declared(kind), GET_REGION, SIMULATE]


@KINDS
def test_a_mandatory_update_asks_before_the_policy_is_declared(kind: Kind) -> None:
    """So that it can end the run. Afterwards it asks again, as the run may have changed the role."""
    assert noted(kind, ALLOWING, "mandatory") == [GET_ROLE, GET_REGION, SIMULATE, *declared(kind), SIMULATE]


def test_what_ends_no_run_keeps_no_policy_back() -> None:
    """A new role that nobody allows the heartbeat is asked about once before the write, and again only afterwards."""
    answer = Noted(World(Held()))
    PERMISSIONS.declare({"check": "mandatory", "role": lambda: output("web")}, answer=answer)
    before = answer.noted[: answer.noted.index(PERMISSIONS.policy_type)]

    assert before == [GET_ROLE, GET_REGION, SIMULATE, SIMULATE]


def test_questions_that_hang_keep_no_policy_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Advisory simulations of eight components hang until all eight policies are declared."""
    answer, invoke = Noted(ALLOWING), _sdk.invoke

    async def hanging(request: Any) -> Any:
        async with asyncio.timeout(10 if request.tok == SIMULATE else None):
            # The mocks declare in a thread of their own.
            while request.tok == SIMULATE and answer.noted.count(PERMISSIONS.policy_type) < 8:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return await invoke(request)

    def program() -> Mapping[str, object]:
        return {
            str(number): SessionManagerPermissions(f"n{number}", role="web", check="advisory").denied_actions
            for number in range(8)
        }

    monkeypatch.setattr(_sdk, "invoke", hanging)
    assert run(program, answer=answer).results == {str(number): [] for number in range(8)}
