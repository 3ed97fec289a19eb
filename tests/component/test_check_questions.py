"""`check`: what IAM is asked, how often and through which provider, and whether the policy waits for it."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import pulumi_aws as aws
import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import SessionManagerPermissions, _invokes
from tests.answers import GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE, iam
from tests.checks import KINDS, LEVELS, asked, said
from tests.components import PERMISSIONS, STACK, Kind, depending
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, policy
from tests.fleets import ATTACHMENT, FLEET, POLICY
from tests.mocks import run
from tests.sentences import ok
from tests.world import ALL, KEYS, NODE, Aws, World, node

ALLOWING: Final = World(NODE)


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


@KINDS
@LEVELS
def test_users_mocks_need_to_name_no_policies(kind: Kind, level: str) -> None:
    """An answer that is no more than "allowed" is enough."""
    assert said(kind.declare({"check": level}, answer=iam())) == [ok(5, None)]


WITH_ALL: Final[Mapping[str, Any]] = {
    "kms_key_arns": [KEY, OTHER_KEY],
    "cloudwatch_log_group_arns": [LOG_GROUP],
    "s3_log_bucket_arn": BUCKET,
}
# Those of the first question, which is about no resource, and of one for each resource.
ON_ANY: Final = [*CHANNEL_ACTIONS, "logs:DescribeLogGroups", HEARTBEAT]
ON_RESOURCES: Final = {
    f"{LOG_GROUP}:*": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
    f"{BUCKET}/*": ["s3:PutObject"],
    BUCKET: ["s3:GetEncryptionConfiguration"],
    KEY: ["kms:Decrypt"],
    OTHER_KEY: ["kms:Decrypt"],
}


def question(actions: Iterable[str], resource: str = "", **more: Any) -> Mapping[str, Any]:
    """Return a question about the role as it is, of the Region of what it is about."""
    region = "us-east-2" if resource == OTHER_KEY else "eu-west-1"
    return {
        "policySourceArn": "arn:aws:iam::123456789012:role/team/web",
        "actionNames": [*actions],
        "contexts": [{"key": "aws:RequestedRegion", "type": "string", "values": [region]}],
        **({"resourceArns": [resource]} if resource else {}),
        **more,
    }


@pytest.mark.parametrize(
    ("level", "preview", "phases"),
    [
        ("advisory", True, [True]),
        ("mandatory", True, [True]),
        ("advisory", False, [False]),
        ("mandatory", False, [True, False]),
    ],
)
def test_the_questions_about_a_role(level: str, *, preview: bool, phases: list[bool]) -> None:
    """One for each Region and resource: before the write with the document, and after it about the role as it is."""
    record = PERMISSIONS.declare({"check": level, **WITH_ALL}, answer=Aws(ALLOWING), preview=preview)
    document = {"additionalPoliciesJsons": [record.results["policy_json"]]}

    assert [(each.token, each.args) for each in record.invokes if each.token != SIMULATE] == [
        (GET_ROLE, {"name": "web"}),
        *[(GET_REGION, {})] * len(phases),
    ]
    assert asked(record) == [
        question(actions, resource, **(document if with_document else {}))
        for with_document in phases
        for resource, actions in {"": ON_ANY, **ON_RESOURCES}.items()
    ]


def test_the_further_questions() -> None:
    """What no policy allows is asked about once more with the document, and then with a boundary that allows all.

    They are about nothing else: neither what is allowed, nor a heartbeat that nobody grants.
    """
    world = World(node(attached={}, boundary=policy({**ALL, "Action": ["kms:*"]})), state="same")
    record = PERMISSIONS.declare({"check": "advisory", **KEYS}, answer=Aws(world))
    with_document: Any = {"additionalPoliciesJsons": [record.results["policy_json"]]}
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":"*"}]}'
    with_boundary: Any = {**with_document, "permissionsBoundaryPoliciesJsons": [everything]}

    assert asked(record)[-5:] == [
        question([*CHANNEL_ACTIONS, HEARTBEAT]),
        question(["kms:Decrypt"], KEY),
        question(CHANNEL_ACTIONS, **with_document),
        question(["kms:Decrypt"], KEY, **with_document),
        question(CHANNEL_ACTIONS, **with_boundary),
    ]


@KINDS
def test_every_question_follows_the_components_provider(kind: Kind) -> None:
    """Without the version of the policy's provider, the engine would start another default provider."""
    opts = lambda: depending(provider=aws.Provider("other"))  # noqa: E731 - what a program makes
    record = kind.declare({"check": "advisory", **KEYS}, opts, answer=Aws(replace(ALLOWING, late=2)))
    of_aws = [each for each in record.invokes if each.token.startswith("aws:")]
    policy = record.registrations[-1].request

    assert len(of_aws) > 3
    assert policy.version, "the SDK asks for a version of the provider"
    assert {(each.provider.split("::")[-2], each.version) for each in of_aws} == {("other", policy.version)}


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


@KINDS
@pytest.mark.parametrize(
    ("level", "preview"), [("advisory", False), ("advisory", True), ("mandatory", True), ("mandatory", False)]
)
def test_whether_the_policy_is_declared_before_iam_is_asked(kind: Kind, level: str, *, preview: bool) -> None:
    """It is, once the role is known to exist; but a mandatory update asks before, so that it can end the run."""
    answer = Noted(ALLOWING)
    kind.declare({"check": level, "policy_name": "fixed"}, answer=answer, preview=preview)
    declared = [POLICY, ATTACHMENT] if kind is FLEET else [kind.policy_type]
    before = [GET_REGION, SIMULATE] if (level, preview) == ("mandatory", False) else []

    assert answer.noted == [GET_ROLE, *before, *declared, GET_REGION, SIMULATE]


def test_questions_that_hang_keep_no_policy_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Advisory simulations of eight components hang until all eight policies are declared."""
    answer, invoke = Noted(ALLOWING), _invokes.invoke

    async def hanging(component: Any, function: Any, arguments: Any) -> Any:
        async with asyncio.timeout(10 if function is _invokes.SIMULATE else None):
            # The mocks declare in a thread of their own.
            while function is _invokes.SIMULATE and answer.noted.count(PERMISSIONS.policy_type) < 8:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return await invoke(component, function, arguments)

    def program() -> Mapping[str, object]:
        return {
            str(number): SessionManagerPermissions(f"n{number}", role="web", check="advisory").denied_actions
            for number in range(8)
        }

    monkeypatch.setattr(_invokes, "invoke", hanging)
    assert run(program, answer=answer).results == {str(number): [] for number in range(8)}
