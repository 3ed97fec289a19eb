"""The plugin for the other languages: the schema that it serves, and errors as lines with the schema's names."""

import json
import re
import runpy
from pathlib import Path

import pulumi
import pytest
from documents import ALL_GRANTS, BUCKET, as_json, wanted
from programs import ACCOUNT, Said, late, secret
from pulumi.errors import InputPropertiesError

from pulumi_ssm_perms import SessionManagerManagedPolicyArgs, SessionManagerPermissionsArgs

PLUGIN = str(Path(__file__).parents[1] / "plugin/__main__.py")
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
    of = definition.get("items") or definition.get("additionalProperties")
    ending = {"array": "[]", "object": "{}"}.get(definition["type"], "")
    return ("plain " if definition.get("plain") else "") + (of or definition)["type"] + ending


def test_the_schema_has_these_names_and_types(plugin):
    schema = json.loads(plugin.schema)
    served = {
        token: (
            {name: kind(each) for name, each in resource["inputProperties"].items()},
            resource["requiredInputs"],
            {name: kind(each) for name, each in resource["properties"].items()},
        )
        for token, resource in schema["resources"].items()
    }

    assert served == SCHEMA
    assert (schema["name"], schema["namespace"]) == ("ssm-perms", "session-manager")
    assert [sorted(each["required"]) for each in schema["resources"].values()] == [
        sorted(outputs) for *_, outputs in SCHEMA.values()
    ]


def test_everything_in_the_schema_is_described(plugin):
    """In the schema's names, no line a code block; of an input with its default, which a schema cannot hold otherwise."""
    resources = json.loads(plugin.schema)["resources"].values()
    inputs = {name: each for resource in resources for name, each in resource["inputProperties"].items()}
    outputs = [each for resource in resources for each in resource["properties"].values()]
    texts = [each["description"].strip() for each in (*resources, *inputs.values(), *outputs)]
    names = {
        name
        for args in (SessionManagerPermissionsArgs, SessionManagerManagedPolicyArgs)
        for name in args.__annotations__
    }

    assert [text for text in texts if not re.fullmatch(r"(?s)\S((?!\n ).){15,}\.", text)] == []
    assert [name for name, each in inputs.items() if not re.search("Default: |Required", each["description"])] == []
    assert [name for name in names if "_" in name and name in " ".join(texts)] == []


@pytest.fixture
def construct(run, plugin, monkeypatch):
    """Construct a component as the host does: in a process that has no root resource, with the schema's names."""
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)

    def construct(inputs, **how):
        async def program():
            try:
                given = {"role": "web", **(inputs() if callable(inputs) else inputs)}
                await plugin.construct("web", f"{TOKEN}Permissions", given).urn
            except Exception as error:  # noqa: BLE001 - what the host is told is what a test looks at
                told.append(error)

        told = []
        return run(program, fails=True, **how), *told

    return construct


def camel(name):
    return re.sub("_([a-z0-9])", lambda found: found[1].upper(), name)


def test_a_component_is_made_of_the_schemas_names(construct):
    [made] = construct({camel(name): value for name, value in ALL_GRANTS.items()})

    assert made.inputs("RolePolicy") == {
        "web-session-manager": {"role": "web", "policy": as_json(wanted(**ALL_GRANTS))}
    }


OWNER = "SessionManagerPermissions 'web': "
NEEDS_BUCKET = [
    f"{OWNER}s3LogKeyPrefix 'policy_name': it needs a log bucket; name a bucket in s3LogBucketArn or in sessionPreferences, "
    "or leave this input out"
]
THERE = "arn:aws:iam::999999999999:role/web"
FOREIGN = (
    f"{OWNER}role '{THERE}': it belongs to account 999999999999, but the provider belongs to account {ACCOUNT}; give the "
    f"component a provider of account 999999999999, or write the role's name if you mean the role in {ACCOUNT}"
)
OBJECTS = "it names objects, not the bucket (their prefix goes to s3LogKeyPrefix); write the bucket's ARN, "
ERRORS = [
    (
        {"s3LogCrossAccount": "no", "s3LogBucketArn": f"{BUCKET}/"},
        [
            f"{OWNER}s3LogBucketArn '{BUCKET}/': {OBJECTS}arn:PARTITION:s3:::BUCKET",
            f"{OWNER}s3LogCrossAccount 'no': {Said.NO_BOOLEAN_STRING}",
        ],
    ),
    ({"s3LogKeyPrefix": "policy_name"}, NEEDS_BUCKET),
    ({"role": THERE}, [FOREIGN]),
    (lambda: {"s3LogCrossAccount": late("no")}, [f"{OWNER}s3LogCrossAccount 'no': {Said.NO_BOOLEAN_STRING}"]),
    (lambda: {"s3LogCrossAccount": secret("no")}, [f"{OWNER}s3LogCrossAccount [secret]: {Said.NO_BOOLEAN_STRING}"]),
]


@pytest.mark.parametrize(("inputs", "lines"), ERRORS)
def test_what_is_wrong_is_said_in_lines_with_the_schemas_names(construct, inputs, lines):
    """At once or late, without a traceback; of no single property, whose value the engine would show."""
    _, error = construct(inputs, getCallerIdentity={"accountId": ACCOUNT})

    assert type(error) is InputPropertiesError
    assert (error.message.splitlines(), error.errors) == (lines, [])


VALUES = [
    ("policy_name 'policy_name': x", "policyName 'policy_name': x"),
    ('name "o\'neil policy_name": x', 'name "o\'neil policy_name": x'),
    (
        r"name 'o\'neil \"policy_name\" policy_name': policy_name",
        r"name 'o\'neil \"policy_name\" policy_name': policyName",
    ),
    ("the role's policy_name, the role's kms_key_arns", "the role's policyName, the role's kmsKeyArns"),
    ("log-group:prod-session_preferences:*", "log-group:prod-session_preferences:*"),
    (f"on {BUCKET}/policy_name/*, {BUCKET}/a.policy_name/*", f"on {BUCKET}/policy_name/*, {BUCKET}/a.policy_name/*"),
    ("arn:aws:iam::1:role/policy_name in x", "arn:aws:iam::1:role/policy_name in x"),
    ("policy_name-prod policy_name/x", "policy_name-prod policy_name/x"),
    ("session_preferences.inputs.kmsKeyId 'a'", "sessionPreferences.inputs.kmsKeyId 'a'"),
    ("kms_key_arns[0]: set policy_name; (policy_name).", "kmsKeyArns[0]: set policyName; (policyName)."),
    ('With role="policy_name", set policy_name.', 'With role="policy_name", set policyName.'),
]


@pytest.mark.parametrize(("text", "served"), VALUES)
def test_values_keep_their_words(text, served):
    """In quotes of either kind, in an ARN, and joined to other words."""
    assert runpy.run_path(PLUGIN, run_name="plugin")["with_schema_names"](text) == served


def test_warnings_have_the_schemas_names(run, monkeypatch):
    served, plugin = [], runpy.run_path(PLUGIN, run_name="plugin")
    monkeypatch.setitem(plugin["serve"].__globals__, "main", lambda *_: served.append(True))
    for level in ("info", "warn"):
        monkeypatch.setattr(pulumi.log, level, getattr(pulumi.log, level))

    def program():
        plugin["serve"]()
        pulumi.log.warn("Set allow_update_instance_information", resource=pulumi.ComponentResource("a:b:C", "c"))
        pulumi.log.info("of 'policy_name'")

    assert sorted(run(program).said) == ["info: of 'policy_name'", "warning: Set allowUpdateInstanceInformation"]
    assert served == [True]


def test_an_error_of_another_kind_stays_what_it_is(construct):
    """Such as one of the SDK: its traceback says where to look."""
    made, *told = construct(lambda: {"role": late("").apply(lambda _: 1 / 0)})

    assert [type(each) for each in (made.error, *told)] == [ZeroDivisionError]
