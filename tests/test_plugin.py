"""The plugin for the other languages: the schema that it serves, and errors as lines with the schema's names."""

import ast
import importlib.metadata
import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from documents import ALL_GRANTS, BUCKET, as_json, expected_document
from packaging.requirements import Requirement
from programs import FOREIGN, as_output, as_secret, aws_answers, aws_error, evaluation, session, simulating
from pulumi.errors import InputPropertiesError
from pulumi.provider.server import ComponentInitError

from pulumi_ssm_perms import SessionManagerPermissionsArgs, _component
from pulumi_ssm_perms._errors import DISPLAY_NAMES

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

    assert [text for text in texts if not re.fullmatch(r"(?s)\S((?!\n ).){15,}\.", text)] == []
    assert [
        name for name, definition in inputs.items() if not re.search("Default: |Required", definition["description"])
    ] == []
    assert [name for name in plugin.schema_names if "_" in name and name in " ".join(texts)] == []


def pins(file):
    """Return each version that a file pins, with its hashes."""
    return {*re.findall(r"(?m)^\S.*(?:\n    --hash.*)+\n", (ROOT / file).read_text())}


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
    plugin = pins("plugin/requirements.txt")
    versions = {pin.partition(" ")[0] for pin in plugin}
    needed = {name.lower().replace("_", "-") for name in dependencies("pulumi", "pulumi-aws")}
    # `make oldest` and `make newest` install other versions, which can need other packages.
    is_locked = all(f"{name}=={importlib.metadata.version(name)}" in versions for name in ("pulumi", "pulumi-aws"))

    assert plugin <= pins("requirements.lock")
    assert {version.partition("==")[0] for version in versions} >= needed or not is_locked


def test_the_plugin_serves_this_repositorys_package(tmp_path):
    """An environment that was made for an earlier commit has a copy of the package, which is passed over."""
    (tmp_path / "pulumi_ssm_perms.py").write_text("raise SystemExit('the copy')")
    command = [sys.executable, PLUGIN, "--help"]
    done = subprocess.run(command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_host_makes_the_plugins_environment_with_pip():
    """In `venv` beside the plugin; without a toolchain, the host would look for one in the folders above."""
    project = yaml.safe_load((ROOT / "plugin/PulumiPlugin.yaml").read_text())

    assert project == {"runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": "venv"}}}


@pytest.fixture
def construct(run, plugin, plugin_process, monkeypatch):
    """Construct a component as the host does: in a process that has no root resource, with the schema's names."""
    for name, schema_name in plugin.schema_names.items():
        monkeypatch.setitem(DISPLAY_NAMES, name, schema_name)

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
        "web-session-manager": {"role": "web", "policy": as_json(expected_document(**ALL_GRANTS))}
    }


NAMED = "arn:aws:logs:eu-west-1:999999999999:log-group:prod-session_preferences*"
# The inputs and, for each line of the error, how it begins after the component's name.
ERRORS = {
    "plain": (
        {"s3LogCrossAccount": "no", "s3LogBucketArn": f"{BUCKET}/"},
        [f"s3LogBucketArn '{BUCKET}/': it names objects", "s3LogCrossAccount 'no': it is not a boolean"],
    ),
    "a conflict": (
        {"s3LogKeyPrefix": "policy_name"},
        [
            "s3LogKeyPrefix 'policy_name': it needs a log bucket; name a bucket in s3LogBucketArn or in sessionPreferences"
        ],
    ),
    "a part of the preferences": (
        {"sessionPreferences": session({"kmsKeyId": "a b"})},
        ["sessionPreferences.inputs.kmsKeyId 'a b': it is not a key id"],
    ),
    "an account": ({"role": FOREIGN}, [f"role '{FOREIGN}': it is in another account"]),
    "an Output": (lambda: {"s3LogCrossAccount": as_output("no")}, ["s3LogCrossAccount 'no': it is not a boolean"]),
    "a secret": (lambda: {"s3LogCrossAccount": as_secret("no")}, ["s3LogCrossAccount [secret]: it is not a boolean"]),
    "a secret in place of a plain value": (
        lambda: {"check": as_secret(True)},
        ["check: it can be neither an Output nor a secret, because"],
    ),
    "values with names of inputs": (
        {"s3LogBucketArn": BUCKET, "s3LogKeyPrefix": "o'neil policy_name *", "cloudwatchLogGroupArns": [NAMED]},
        ['s3LogKeyPrefix "o\'neil policy_name *": *, ? and', f"cloudwatchLogGroupArns[0] '{NAMED}': a wildcard"],
    ),
    "misspelt beside others": (  # the plugin puts in quotes what no input is called, and the package shows it so
        {"kmsKeyArn": "x", "kms_key_arns": [], "check": "no", "s3LogCrossAccount": True},
        [
            "'kmsKeyArn': there is no such input; the inputs are role, allowUpdate",
            "'kms_key_arns': there is no such input; the inputs are role, allowUpdate",
            "check 'no': it is not a boolean",
            "s3LogCrossAccount True: it needs a",
        ],
    ),
}


@pytest.mark.parametrize(("inputs", "beginnings"), ERRORS.values(), ids=ERRORS)
def test_an_error_has_a_line_for_each_problem_with_the_schemas_names(construct, inputs, beginnings):
    """For plain values and Outputs, without a traceback, and about no single property, whose value the engine would show."""
    _, error = construct(inputs, **aws_answers())
    lines = error.message.splitlines()

    assert (type(error), error.errors) == (InputPropertiesError, [])
    for line, beginning in zip(lines, beginnings, strict=True):
        assert line.startswith(f"SessionManagerPermissions 'web': {beginning}")


def test_awss_words_stay_as_they_are(construct):
    """A name of an input in them is no name of an input."""
    _, error = construct(
        {"role": FOREIGN}, getCallerIdentity=aws_error("AccessDenied", "of policy_name s3_log_key_prefix")
    )

    assert "(AccessDenied: of policy_name s3_log_key_prefix)" in error.message


def test_lines_of_a_check_have_the_schemas_names(construct):
    """About the heartbeat, which nothing allows, and about a policy that is named like an input."""
    evaluations = {
        "ssm:UpdateInstanceInformation": evaluation("implicitDeny"),
        "OpenDataChannel": evaluation("explicitDeny", "policy_name"),
    }
    result, *_ = construct({"check": True}, preview=True, **aws_answers(simulating(**evaluations)))

    assert [re.findall(r"'policy_name'|Set \w+", line) for line in sorted(result.lines)] == [
        ["'policy_name'"],
        ["Set allowUpdateInstanceInformation"],
    ]


def test_messages_call_inputs_by_their_display_name():
    """A text of the package's with the Python name of an input among its words would show that name to everybody."""
    names = "|".join(name for name in SessionManagerPermissionsArgs.__annotations__ if "_" in name)
    nodes = [node for path in ROOT.glob("pulumi_ssm_perms/*.py") for node in ast.walk(ast.parse(path.read_text()))]
    docstrings = {node.value for node in nodes if isinstance(node, ast.Expr)}
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and node not in docstrings]

    assert [text for text in texts if re.search(rf"\b({names}) | ({names})\b", str(text))] == []


def test_an_error_of_another_kind_stays_what_it_is(construct):
    """Such as one of the SDK, while an input resolves: its traceback says where to look."""
    result, *errors = construct(lambda: {"role": as_output("").apply(lambda _: 1 / 0)})

    assert [type(error) for error in (result.error, *errors)] == [ZeroDivisionError]


def test_an_error_of_another_kind_in_the_constructor_stays_what_it_is(construct, monkeypatch):
    """The host gets it as the SDK wraps it, with its traceback."""
    monkeypatch.setattr(_component, "judge", lambda *_: 1 / 0)
    _, error = construct({})

    assert (type(error), type(error.inner)) == (ComponentInitError, ZeroDivisionError)
