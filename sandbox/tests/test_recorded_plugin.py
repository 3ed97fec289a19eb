"""The sandbox's AWS provider answers the engine as Pulumi's own AWS plugin was recorded to answer."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, Final

import grpc
import pulumi_aws as aws
import pytest
from google.protobuf import json_format, struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox import Sandbox, tools
from sandbox.tests.policies import READ, policy

Properties = Mapping[str, Any]
ROLE_POLICY, POLICY = "iam/rolePolicy:RolePolicy", "iam/policy:Policy"
ATTACHMENT: Final = "iam/rolePolicyAttachment:RolePolicyAttachment"
TEXT: Final = json.dumps(READ, indent=2)
SORTED: Final = json.dumps(READ, separators=(",", ":"), sort_keys=True)
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # how the engine writes a value that it doesn't know yet
# Recorded calls, with inputs of the same meaning, by the source's title and the plugin's version. They are in
# pulumi/pulumi-aws, "TestProviderUpgrade" and "provider"; 7.x without tags: Pulumi's blog of 2026-05-22.
# The type, what a program says, and the inputs that the plugin makes of it.
CHECKED: Final[Mapping[str, tuple[str, Properties, Properties]]] = {
    "iam-policy-doc-upgrade 6.78.0: an object becomes text": (
        ROLE_POLICY,
        {"name": "own", "role": "web", "policy": READ},
        {"__defaults": [], "name": "own", "role": "web", "policy": SORTED},
    ),
    "ecs-service 5.42.0: text stays as it is": (
        ROLE_POLICY,
        {"name": "own", "role": "web", "policy": TEXT},
        {"__defaults": [], "name": "own", "role": "web", "policy": TEXT},
    ),
    "iam-user 6.78.0, and 7.x: tagsAll without tags": (
        POLICY,
        {"name": "own", "policy": TEXT},
        {"__defaults": ["path"], "name": "own", "path": "/", "policy": TEXT, "tagsAll": {}},
    ),
    "cloudwatch-loggroup 6.78.0: tagsAll is an input": (
        POLICY,
        {"name": "own", "policy": TEXT, "path": "/a/", "tags": {"team": "web"}},
        {
            "__defaults": [],
            "name": "own",
            "path": "/a/",
            "policy": TEXT,
            "tags": {"team": "web"},
            "tagsAll": {"team": "web"},
        },
    ),
    "replay_regressions_test.go 7.x: tags that are not known": (
        POLICY,
        {"name": "own", "policy": TEXT, "path": "/", "tags": UNKNOWN},
        {"__defaults": [], "name": "own", "path": "/", "policy": TEXT, "tags": UNKNOWN, "tagsAll": UNKNOWN},
    ),
    "eks-cluster 6.78.0: an attachment": (
        ATTACHMENT,
        {"role": "web", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        {"__defaults": [], "role": "web", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    ),
}
# The state, what a program says now, and what changes.
ONE_POLICY: Final = {"id": "web:own", "name": "own", "role": "web"}
MANAGED: Final = {"id": "arn:aws:iam::123456789012:policy/own", "name": "own", "path": "/", "policy": SORTED}
DIFFED: Final[Mapping[str, tuple[str, Properties, Properties, set[str]]]] = {
    "ecs-service 5.42.0: the same document in another form": (
        ROLE_POLICY,
        {**ONE_POLICY, "policy": json.dumps(READ)},
        {"name": "own", "role": "web", "policy": TEXT},
        set(),
    ),
    "iam-user 5.42.0: a state without tags": (
        POLICY,
        {**MANAGED, "tags": {}, "tagsAll": {}},
        {"name": "own", "path": "/", "policy": TEXT, "tagsAll": {}},
        set(),
    ),
    "tags_test.go 7.x: a tag with an empty value": (
        POLICY,
        {**MANAGED, "tags": {"x": "s"}, "tagsAll": {"x": "s"}},
        {"name": "own", "path": "/", "policy": TEXT, "tags": {"x": "s", "y": ""}, "tagsAll": {"x": "s", "y": ""}},
        {"tags", "tagsAll"},
    ),
}


@pytest.fixture(scope="module")
def plugin(shared_box: Sandbox) -> Iterator[Any]:
    """Return a client of the plugin's protocol, as the engine is one."""
    command = [str(tools.provider()), "127.0.0.1:1"]
    with subprocess.Popen(command, env=shared_box.env, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        with grpc.insecure_channel(f"127.0.0.1:{running.stdout.readline().strip()}") as channel:
            client = provider_pb2_grpc.ResourceProviderStub(channel)
            settings = {"region": "eu-west-1", "skipCredentialsValidation": "true", "skipRequestingAccountId": "true"}
            client.Configure(provider_pb2.ConfigureRequest(args=struct(settings)))
            yield client
        running.kill()


def struct(properties: Properties) -> struct_pb2.Struct:
    """Return properties as they are sent."""
    return json_format.ParseDict(properties, struct_pb2.Struct())


@pytest.mark.parametrize(("type_", "said", "inputs"), CHECKED.values(), ids=CHECKED)
def test_inputs_are_those_of_the_recorded_plugin(plugin: Any, type_: str, said: Properties, inputs: Properties) -> None:
    """Defaults, documents and tags; a second check with the first one's inputs changes nothing."""
    urn = f"urn:pulumi:dev::app::aws:{type_}::own"
    found = plugin.Check(provider_pb2.CheckRequest(urn=urn, news=struct(said), randomSeed=bytes(32))).inputs

    again = provider_pb2.CheckRequest(urn=urn, olds=found, news=struct(said), randomSeed=bytes(32))
    assert [json_format.MessageToDict(each) for each in (found, plugin.Check(again).inputs)] == [inputs, inputs]


@pytest.mark.parametrize(("type_", "state", "inputs", "changed"), DIFFED.values(), ids=DIFFED)
def test_changes_are_those_of_the_recorded_plugin(
    plugin: Any, type_: str, state: Properties, inputs: Properties, changed: set[str]
) -> None:
    """What changes is updated, and nothing is replaced."""
    urn = f"urn:pulumi:dev::app::aws:{type_}::own"
    found = plugin.Diff(
        provider_pb2.DiffRequest(
            id=state["id"], urn=urn, olds=struct(state), news=struct(inputs), old_inputs=struct(inputs)
        )
    )

    assert {name.partition(".")[0] for name in found.detailedDiff} == changed
    assert [*found.replaces] == []


def test_documents_have_the_recorded_form(box: Sandbox) -> None:
    """Keys are sorted; the current version alone comes first, in an inline policy alone; an object warns of nothing.

    iam-policy-doc-upgrade 6.78.0 and kms-key 6.78.0. IAM took the inline policy of the older version, too.
    """
    box.create_role("web")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    key = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    current: Any = READ
    older = {**READ, "Version": "2008-10-17"}

    def program() -> None:
        aws.iam.Role("made", assume_role_policy=json.dumps(policy(trust)))
        aws.iam.RolePolicy("own", role="web", policy=current)
        aws.iam.RolePolicy("older", role="web", policy=json.dumps(older))
        aws.iam.Policy("shared", policy=json.dumps(READ))
        aws.kms.Key("key", policy=json.dumps(policy(key)))

    printed = box.stack(program).up().stdout
    state = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    found = {each["urn"].rpartition("::")[2]: each.get("outputs", {}) for each in state}

    statement = '"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Resource":"*"}]'
    assert {name: found[name].get("policy") for name in ("own", "older", "shared")} == {
        "own": '{"Version":"2012-10-17",' + statement + "}",
        "older": "{" + statement + ',"Version":"2008-10-17"}',
        "shared": "{" + statement + ',"Version":"2012-10-17"}',
    }
    assert found["made"]["assumeRolePolicy"] == json.dumps(policy(trust), separators=(",", ":"), sort_keys=True)
    assert found["key"]["policy"] == json.dumps(policy(key), separators=(",", ":"), sort_keys=True)
    assert "warning" not in printed
