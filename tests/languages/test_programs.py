"""A program through the plugin, from its preview to what is in AWS and in the state, and each language's example."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from sandbox import Call, Sandbox
from tests.documents import (
    ANY_ENCRYPTION,
    BUCKET,
    CHANNELS,
    CHANNELS_AND_HEARTBEAT,
    KEY,
    Statement,
    decrypt,
    policy,
    wanted,
)
from tests.languages.printed import warnings
from tests.languages.programs import Runner, create_roles
from tests.pages import shows

REPLICA = "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
SECRET_KEY = "arn:aws:kms:eu-west-1:123456789012:key/5ec2e700-0000-0000-0000-000000000000"


def text(*statements: Statement) -> str:
    """Return an inline policy as the AWS provider writes it: compact, the keys of a statement in order."""
    return f'{{"Version":"2012-10-17","Statement":{json.dumps(statements, separators=(",", ":"), sort_keys=True)}}}'


def sorted_text(*statements: Statement) -> str:
    """Return a managed policy as the AWS provider writes it: all keys are in order."""
    return json.dumps(policy(*statements), separators=(",", ":"), sort_keys=True)


LOGGING = {
    "s3_log_bucket_arn": BUCKET,
    "s3_log_key_prefix": "team/sessions",
    "s3_log_cross_account": True,
    "s3_log_kms_key_arn": KEY,
    "cloudwatch_log_group_arns": ["arn:aws:logs:eu-west-1:123456789012:log-group:/sessions"],
}
DOCUMENTS = {
    "plain-session-manager of web": text(CHANNELS_AND_HEARTBEAT, ANY_ENCRYPTION, decrypt([KEY, REPLICA])),
    "outputs-session-manager of made": text(*wanted(LOGGING)),
    "secret-session-manager of web": text(CHANNELS, decrypt(SECRET_KEY)),
    "pinned of api": text(CHANNELS),
    "inner of web": text(CHANNELS),
    "fleet": sorted_text(CHANNELS, decrypt(KEY)),
}


class Deployed(NamedTuple):
    """What came of the program, in AWS and in the state."""

    writes: Sequence[Call]
    resources: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def deployed(shared_box: Sandbox) -> Deployed:
    """A program with every kind of input, in YAML, previewed and updated once."""
    shared_box.reset()
    create_roles(shared_box)
    runner = Runner("yaml", shared_box)
    config = {"awsUrl": shared_box.url, "secretKeyArn": SECRET_KEY}
    previewed = runner.run("program", "preview", config)
    # Outputs of resources that are made in the same run are no obstacle to a preview.
    assert previewed.returncode == 0, previewed.stdout + previewed.stderr
    updated = runner.run("program", "up", config)
    assert updated.returncode == 0, updated.stdout + updated.stderr
    return Deployed(shared_box.writes, runner.resources("program"))


def written_documents(writes: Sequence[Call]) -> dict[str, str]:
    """Return the documents as AWS got them, byte by byte, by the policy's name without its random end."""
    written = {}
    for call in writes:
        if call.action in ("PutRolePolicy", "CreatePolicy"):
            name = re.sub("-[0-9a-f]{7}$", "", call.params["PolicyName"])
            role = call.params.get("RoleName")
            written[f"{name} of {role}" if role else name] = call.params["PolicyDocument"]
    return written


def test_the_plugin_writes_the_documents(deployed: Deployed) -> None:
    """AWS gets these, byte by byte."""
    assert written_documents(deployed.writes) == DOCUMENTS


def test_the_managed_policy_is_attached_to_every_role(deployed: Deployed) -> None:
    """The roles of SessionManagerManagedPolicy arrive as a plain list."""
    attached = [call.params for call in deployed.writes if call.action == "AttachRolePolicy"]

    assert {each["PolicyArn"] for each in attached} == {"arn:aws:iam::123456789012:policy/team/fleet"}
    assert sorted(each["RoleName"] for each in attached) == ["api", "web"]


def test_everything_required_is_allowed(deployed: Deployed) -> None:
    """A program can require it; nothing is listed as denied then."""
    assert deployed.resources["plain"]["outputs"]["denied_actions"] == []


def test_secrets_stay_secret(deployed: Deployed) -> None:
    """A key's ARN that the program marks as secret is nowhere in the state, neither by itself nor in a document."""
    assert SECRET_KEY not in json.dumps(deployed.resources)


def options(deployed: Deployed, policy: str) -> tuple[str, bool, bool]:
    """Return a policy's provider, and whether it is protected and retained."""
    found = deployed.resources[policy]
    return found["provider"].split("::")[-2].partition("_")[0], found["protect"], found["retainOnDelete"]


@pytest.mark.parametrize("component", ["pinned", "inner"])
def test_options_reach_the_policy(deployed: Deployed, component: str) -> None:
    """The component's provider, protect and retainOnDelete are its policy's, too, and those of a component within."""
    assert options(deployed, f"{component}-session-manager") == ("other", True, True)


@shows("examples/yaml")
@shows("examples/typescript")
@shows("examples/go")
def test_the_example_runs(runner: Runner) -> None:
    """The role of the configuration gets what that asks for; with the role alone, a preview warns of nothing."""
    arn = "arn:aws:iam::123456789012:role/team/api"
    previewed = runner.run("example", "preview", {"role": arn})
    runner.run("example", "up", {"role": arn, "kmsKeyArns": [KEY], "s3LogEncryptionEnforced": True})
    resources = runner.resources("example").values()
    [outputs] = [resource["outputs"] for resource in resources if resource["type"] == "pulumi:pulumi:Stack"]
    [policy_name] = runner.box.role_policies("api")

    assert previewed.returncode == 0
    assert warnings(previewed.stdout + previewed.stderr) == []
    assert written_documents(runner.box.writes) == {
        "web-session-manager of api": text(CHANNELS_AND_HEARTBEAT, ANY_ENCRYPTION, decrypt(KEY))
    }
    assert outputs["roleName"] == "api"
    assert outputs["policyName"] == policy_name
