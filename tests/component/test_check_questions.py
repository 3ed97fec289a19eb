"""`check`: what IAM is asked, how often and through which provider."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pulumi_aws as aws
import pytest

from tests.answers import GET_REGION, GET_ROLE, HEARTBEAT, SIMULATE
from tests.checks import KINDS, LEVELS, asked
from tests.components import PERMISSIONS, STACK, Kind, depending
from tests.documents import BUCKET, CHANNEL_ACTIONS, KEY, LOG_GROUP, OTHER_KEY, policy
from tests.fleets import FLEET
from tests.world import ALL, KEYS, NODE, ON, Aws, World, node

ALLOWING: Final = World(role=NODE)


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
    **ON,
    "kms_key_arns": [KEY, OTHER_KEY],
    "cloudwatch_log_group_arns": [LOG_GROUP],
    "s3_log_bucket_arn": BUCKET,
}
# Those of the first question, which is about no resource, and of one for each resource.
ON_ANY: Final = [*CHANNEL_ACTIONS, HEARTBEAT, "logs:DescribeLogGroups"]
ON_RESOURCES: Final = {
    f"{LOG_GROUP}:*": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
    f"{BUCKET}/*": ["s3:PutObject"],
    BUCKET: ["s3:GetEncryptionConfiguration"],
    KEY: ["kms:Decrypt"],
    OTHER_KEY: ["kms:Decrypt"],
}


def question(actions: Iterable[str], resource: str = "", **more: Any) -> Mapping[str, Any]:
    """Return a question about the role, of the Region of what it is about."""
    region = "us-east-2" if resource == OTHER_KEY else "eu-west-1"
    return {
        "policySourceArn": "arn:aws:iam::123456789012:role/team/web",
        "actionNames": [*actions],
        "contexts": [{"key": "aws:RequestedRegion", "type": "string", "values": [region]}],
        **({"resourceArns": [resource]} if resource else {}),
        **more,
    }


@LEVELS
def test_the_questions_about_a_role(level: str, *, preview: bool) -> None:
    """One for each Region and resource, once in a run, about the role with the document."""
    record = PERMISSIONS.declare({"check": level, **WITH_ALL}, answer=Aws(ALLOWING), preview=preview)
    document = {"additionalPoliciesJsons": [record.results["policy_json"]]}

    assert [(each.token, each.args) for each in record.invokes if each.token != SIMULATE] == [
        (GET_ROLE, {"name": "web"}),
        (GET_REGION, {}),
    ]
    assert asked(record) == [
        question(actions, resource, **document) for resource, actions in {"": ON_ANY, **ON_RESOURCES}.items()
    ]


def test_the_question_about_a_boundary() -> None:
    """What is implicitly denied, granted or not, is asked about once more with a boundary that allows all."""
    world = World(role=node(attached={}, boundary=policy({**ALL, "Action": ["kms:*"]})))
    record = PERMISSIONS.declare({"check": "advisory", **KEYS}, answer=Aws(world))
    document: Any = {"additionalPoliciesJsons": [record.results["policy_json"]]}
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["*"],"Resource":"*"}]}'

    assert asked(record) == [
        question([*CHANNEL_ACTIONS, HEARTBEAT], **document),
        question(["kms:Decrypt"], KEY, **document),
        question([*CHANNEL_ACTIONS, HEARTBEAT], **document, permissionsBoundaryPoliciesJsons=[everything]),
    ]


@KINDS
def test_every_question_follows_the_components_provider(kind: Kind) -> None:
    """Without the version of the policy's provider, the engine would start another default provider."""
    opts = lambda: depending(provider=aws.Provider("other"))  # noqa: E731 - what a program makes
    record = kind.declare({"check": "advisory", **KEYS}, opts, answer=Aws(ALLOWING))
    of_aws = [each for each in record.invokes if each.token.startswith("aws:")]
    policy = record.registrations[-1].request

    assert len(of_aws) == 4
    assert policy.version, "the SDK asks for a version of the provider"
    assert {(each.provider.split("::")[-2], each.version) for each in of_aws} == {("other", policy.version)}
