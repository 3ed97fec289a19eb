"""The plugin for the other languages: the schema that it serves, and errors as lines with the schema's names."""

import ast
import importlib.metadata
import json
import re
import runpy
from pathlib import Path

import pulumi
import pytest
from documents import ALL_GRANTS, BUCKET, as_json, documented
from packaging.requirements import Requirement
from programs import ACCOUNT, Messages, as_output, as_secret, aws_answers, aws_error, evaluation, simulating
from pulumi.errors import InputPropertiesError

from pulumi_ssm_perms import SessionManagerManagedPolicyArgs, SessionManagerPermissionsArgs
from pulumi_ssm_perms._errors import INPUT_NAMES

ROOT = Path(__file__).parents[1]
PLUGIN = str(ROOT / "plugin/__main__.py")
TOKEN = "ssm-perms:index:SessionManager"
GRANTS = {
    "allowUpdateInstanceInformation": "boolean",
    "kmsKeyArns": "string[]",
    "s3LogBucketArn": "string",
    "s3LogKeyPrefix": "string",
    "s3LogKmsKeyArn": "string",
    "s3LogCrossAccount": "boolean",
    "s3LogEncryptionEnforced": "boolean",
    "cloudwatchLogGroupArns": "string[]",
    "sessionPreferences": "string",
    "policyName": "string",
    "check": "plain boolean",
}
SCHEMA = {
    f"{TOKEN}Permissions": (
        {**GRANTS, "role": "string"},
        ["role"],
        {"roleName": "string", "policyName": "string", "policyJson": "string"},
    ),
    f"{TOKEN}ManagedPolicy": (
        {**GRANTS, "roles": "plain string[]", "description": "string", "path": "string", "tags": "string{}"},
        ["roles"],
        {"policyArn": "string", "policyName": "string", "policyJson": "string"},
    ),
}


@pytest.fixture(scope="module")
def plugin():
    return runpy.run_path(PLUGIN, run_name="plugin")["Plugin"]()


def kind(definition):
    """Return a type in one word."""
    element = definition.get("items") or definition.get("additionalProperties")
    ending = {"array": "[]", "object": "{}"}.get(definition["type"], "")
    return ("plain " if definition.get("plain") else "") + (element or definition)["type"] + ending


def test_the_schema_has_these_names_and_types(plugin):
    schema = json.loads(plugin.schema)
    served = {
        token: (
            {name: kind(definition) for name, definition in resource["inputProperties"].items()},
            resource["requiredInputs"],
            {name: kind(definition) for name, definition in resource["properties"].items()},
        )
        for token, resource in schema["resources"].items()
    }

    assert served == SCHEMA
    assert (schema["name"], schema.get("namespace")) == ("ssm-perms", None)
    assert schema["version"] == importlib.metadata.version("pulumi-ssm-perms")
    assert [sorted(resource["required"]) for resource in schema["resources"].values()] == [
        sorted(outputs) for *_, outputs in SCHEMA.values()
    ]


def test_everything_in_the_schema_is_described(plugin):
    """In the schema's names, without a line that reads as a code block, and with each input's default, which a schema cannot hold otherwise."""
    resources = json.loads(plugin.schema)["resources"].values()
    inputs = {name: definition for resource in resources for name, definition in resource["inputProperties"].items()}
    outputs = [definition for resource in resources for definition in resource["properties"].values()]
    texts = [definition["description"].strip() for definition in (*resources, *inputs.values(), *outputs)]
    names = {
        name
        for args in (SessionManagerPermissionsArgs, SessionManagerManagedPolicyArgs)
        for name in args.__annotations__
    }

    assert [text for text in texts if not re.fullmatch(r"(?s)\S((?!\n ).){15,}\.", text)] == []
    assert [
        name for name, definition in inputs.items() if not re.search("Default: |Required", definition["description"])
    ] == []
    assert [name for name in names if "_" in name and name in " ".join(texts)] == []


def pins(file):
    """Return the hashes of each version that a file pins, and what else the file has."""
    text, pin = (
        (ROOT / file).read_text(),
        re.compile(r"(?m)^([\w.-]+==\S+)((?: ; .*)? \\\n(?:    --hash=sha256:.*\n)+)"),
    )
    return {version: {*re.findall(r"\w{64}", rest)} for version, rest in pin.findall(text)}, pin.sub("", text)


def dependencies(*names):
    """Return the names of packages, and of what they need here."""
    requirements = [Requirement(text) for name in names for text in importlib.metadata.requires(name) or ()]
    applicable = [
        requirement.name
        for requirement in requirements
        if not requirement.marker or requirement.marker.evaluate({"extra": ""})
    ]
    return {*names, *(dependencies(*applicable) if applicable else ())}


def test_the_plugin_runs_with_what_the_tests_run_with():
    """All that the package depends on, by version and hash: the same commit installs the same on every day."""
    (plugin, rest), (locked, _) = pins("plugin/requirements.txt"), pins("requirements.lock")
    names = {version.partition("==")[0] for version in plugin}
    needed = {name.lower().replace("_", "-") for name in dependencies("pulumi", "pulumi-aws")}
    # `make oldest` and `make newest` install other versions, which can need other packages.
    is_locked = all(f"{name}=={importlib.metadata.version(name)}" in plugin for name in ("pulumi", "pulumi-aws"))

    assert {version: locked.get(version) for version in plugin} == plugin
    assert names >= needed or not is_locked
    assert rest == ""


@pytest.fixture
def construct(run, plugin, monkeypatch):
    """Construct a component as the host does: in a process that has no root resource, with the schema's names."""
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    for name, schema_name in plugin.schema_names.items():
        monkeypatch.setitem(INPUT_NAMES, name, schema_name)

    def construct(inputs, **options):
        async def program():
            try:
                properties = {"role": "web", **(inputs() if callable(inputs) else inputs)}
                await plugin.construct("web", f"{TOKEN}Permissions", properties).urn
            except Exception as error:  # noqa: BLE001 - a test looks at what the host is told
                errors.append(error)

        errors = []
        return run(program, fails=True, **options), *errors

    return construct


def camel(name):
    return re.sub("_([a-z0-9])", lambda match: match[1].upper(), name)


def test_a_component_is_made_of_the_schemas_names(construct):
    [result] = construct({camel(name): value for name, value in ALL_GRANTS.items()})

    assert result.inputs("RolePolicy") == {
        "web-session-manager": {"role": "web", "policy": as_json(documented(**ALL_GRANTS))}
    }


OWNER = "SessionManagerPermissions 'web': "
NEEDS_BUCKET = [
    f"{OWNER}s3LogKeyPrefix 'policy_name': it needs a log bucket; name a bucket in s3LogBucketArn or in sessionPreferences, "
    "or leave this input out"
]
OTHER_ACCOUNTS_ROLE = "arn:aws:iam::999999999999:role/web"
FOREIGN = (
    f"{OWNER}role '{OTHER_ACCOUNTS_ROLE}': it belongs to account 999999999999, but the provider belongs to account {ACCOUNT}; give the "
    f"component a provider of account 999999999999, or write the role's name if you mean the role in {ACCOUNT}"
)
OBJECTS = "it names objects, not the bucket (their prefix goes to s3LogKeyPrefix); write the bucket's ARN, "
ERRORS = [
    (
        {"s3LogCrossAccount": "no", "s3LogBucketArn": f"{BUCKET}/"},
        [
            f"{OWNER}s3LogBucketArn '{BUCKET}/': {OBJECTS}arn:PARTITION:s3:::BUCKET",
            f"{OWNER}s3LogCrossAccount 'no': {Messages.NO_BOOLEAN_STRING}",
        ],
    ),
    ({"s3LogKeyPrefix": "policy_name"}, NEEDS_BUCKET),
    ({"role": OTHER_ACCOUNTS_ROLE}, [FOREIGN]),
    (lambda: {"s3LogCrossAccount": as_output("no")}, [f"{OWNER}s3LogCrossAccount 'no': {Messages.NO_BOOLEAN_STRING}"]),
    (
        lambda: {"s3LogCrossAccount": as_secret("no")},
        [f"{OWNER}s3LogCrossAccount [secret]: {Messages.NO_BOOLEAN_STRING}"],
    ),
]


@pytest.mark.parametrize(("inputs", "lines"), ERRORS)
def test_what_is_wrong_is_said_in_lines_with_the_schemas_names(construct, inputs, lines):
    """For plain values and Outputs, without a traceback, and about no single property, whose value the engine would show."""
    _, error = construct(inputs, getCallerIdentity={"accountId": ACCOUNT})

    assert type(error) is InputPropertiesError
    assert (error.message.splitlines(), error.errors) == (lines, [])


VALUES = "arn:aws:logs:eu-west-1:999999999999:log-group:prod-session_preferences", "o'neil policy_name *"


def test_values_stay_as_they_are_written(construct):
    """A name of an input in a value, in quotes of either kind, or in AWS's words is no name of an input."""
    inputs = {"role": f"arn:aws:iam::{ACCOUNT}:role/web", "cloudwatchLogGroupArns": VALUES[:1]}
    _, group = construct(inputs)
    _, prefix = construct({"s3LogBucketArn": BUCKET, "s3LogKeyPrefix": VALUES[1]})
    _, account = construct(
        {"role": OTHER_ACCOUNTS_ROLE}, getCallerIdentity=aws_error("AccessDenied", "of policy_name s3_log_key_prefix")
    )

    assert f"cloudwatchLogGroupArns[0] '{VALUES[0]}': " in group.message
    assert f's3LogKeyPrefix "{VALUES[1]}": ' in prefix.message
    assert "(AccessDenied: of policy_name s3_log_key_prefix)" in account.message


def test_warnings_have_the_schemas_names(construct):
    """In a preview, about the heartbeat, which nothing allows, and about a policy that is named like an input."""
    evaluations = {
        "ssm:UpdateInstanceInformation": evaluation("implicitDeny"),
        "OpenDataChannel": evaluation("explicitDeny", "policy_name"),
    }
    result, *_ = construct({"check": True}, preview=True, **aws_answers(simulating(**evaluations)))

    assert [re.findall(r"'policy_name'|Set \w+", line) for line in sorted(result.lines)] == [
        ["Set allowUpdateInstanceInformation"],
        ["'policy_name'"],
    ]


def test_messages_call_inputs_by_input_name():
    """A text of the package's with the Python name of an input among its words would show that name to everybody."""
    names = "|".join(name for name in SessionManagerPermissionsArgs.__annotations__ if "_" in name)
    nodes = [node for path in ROOT.glob("pulumi_ssm_perms/*.py") for node in ast.walk(ast.parse(path.read_text()))]
    docstrings = {node.value for node in nodes if isinstance(node, ast.Expr)}
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and node not in docstrings]

    assert [text for text in texts if re.search(rf"\b({names}) | ({names})\b", str(text))] == []


def test_an_error_of_another_kind_stays_what_it_is(construct):
    """Such as one of the SDK: its traceback says where to look."""
    result, *errors = construct(lambda: {"role": as_output("").apply(lambda _: 1 / 0)})

    assert [type(error) for error in (result.error, *errors)] == [ZeroDivisionError]
