"""The same program in every language, from its preview to what is in AWS and in the state."""

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from sandbox import Sandbox
from tests.docs.pages import shows
from tests.languages.programs import Runner

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
REPLICA = "arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
SECRET_KEY = "arn:aws:kms:eu-west-1:123456789012:key/5ec2e700-0000-0000-0000-000000000000"

CHANNELS = (
    '{"Action":["ssmmessages:CreateControlChannel","ssmmessages:CreateDataChannel",'
    '"ssmmessages:OpenControlChannel","ssmmessages:OpenDataChannel"],"Effect":"Allow","Resource":"*"}'
)
CHANNELS_AND_HEARTBEAT = CHANNELS.replace("]", ',"ssm:UpdateInstanceInformation"]')
ENCRYPTION_OF_ANY_BUCKET = '{"Action":["s3:GetEncryptionConfiguration"],"Effect":"Allow","Resource":"*"}'


def decrypt(resource: str) -> str:
    """Return the statement for session data."""
    return f'{{"Action":["kms:Decrypt"],"Effect":"Allow","Resource":{resource}}}'


def document(*statements: str) -> str:
    """Return a document as the AWS provider writes it: compact, the keys of a statement in order."""
    return f'{{"Version":"2012-10-17","Statement":[{",".join(statements)}]}}'


LOGGING = (
    '{"Action":["logs:DescribeLogGroups"],"Effect":"Allow","Resource":"*"},'
    '{"Action":["logs:CreateLogStream","logs:DescribeLogStreams","logs:PutLogEvents"],"Effect":"Allow",'
    '"Resource":"arn:aws:logs:eu-west-1:123456789012:log-group:/sessions:*"},'
    '{"Action":["s3:PutObject","s3:PutObjectAcl"],"Effect":"Allow",'
    '"Resource":"arn:aws:s3:::session-logs/team/sessions/*"},'
    '{"Action":["s3:GetEncryptionConfiguration"],"Effect":"Allow","Resource":"arn:aws:s3:::session-logs"},'
    f'{{"Action":["kms:GenerateDataKey","kms:Decrypt"],"Effect":"Allow","Resource":"{KEY}"}}'
)
DOCUMENTS = {
    "plain-session-manager of web": document(
        CHANNELS_AND_HEARTBEAT, ENCRYPTION_OF_ANY_BUCKET, decrypt(f'["{KEY}","{REPLICA}"]')
    ),
    "outputs-session-manager of made": document(CHANNELS, LOGGING),
    "secret-session-manager of web": document(CHANNELS, decrypt(f'"{SECRET_KEY}"')),
    "pinned of api": document(CHANNELS),
    "fleet": document(CHANNELS, decrypt(f'"{KEY}"')),
}


@dataclass(frozen=True)
class Deployed:
    """What came of the common program in one language."""

    previewed: bool
    documents: dict[str, str]
    attached: list[list[str]]
    resources: dict[str, dict[str, Any]]


@pytest.fixture
def deployed(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The common program, deployed once in each language for all tests of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    file = Path(folder, f"{runner.language}.json")
    with FileLock(f"{file}.lock"):
        if not file.exists():
            file.write_text(json.dumps(asdict(deploy(runner))))
    return Deployed(**json.loads(file.read_text()))


def deploy(runner: Runner) -> Deployed:
    """Preview and update the common program."""
    config = {"awsUrl": runner.box.url, "secretKeyArn": SECRET_KEY}
    previewed = runner.run("program", "preview", config)
    updated = runner.run("program", "up", config)
    if not updated.succeeded:
        pytest.fail(updated.output, pytrace=False)
    return Deployed(previewed.succeeded, documents(runner.box), attachments(runner.box), runner.resources("program"))


def documents(box: Sandbox) -> dict[str, str]:
    """Return the documents as AWS got them, byte by byte, by the policy's name without its random end."""
    written = {}
    for call in box.writes:
        if call.action in ("PutRolePolicy", "CreatePolicy"):
            name = re.sub("-[0-9a-f]{7}$", "", call.params["PolicyName"])
            role = call.params.get("RoleName")
            written[f"{name} of {role}" if role else name] = call.params["PolicyDocument"]
    return written


def attachments(box: Sandbox) -> list[list[str]]:
    """Return which policies were attached to which roles."""
    attached = [call.params for call in box.writes if call.action == "AttachRolePolicy"]
    return sorted([params["PolicyArn"], params["RoleName"]] for params in attached)


def test_the_same_declarations_give_the_same_bytes(deployed: Deployed) -> None:
    """Every language writes these documents to AWS, byte by byte."""
    assert deployed.documents == DOCUMENTS


def test_the_managed_policy_is_attached_to_every_role(deployed: Deployed) -> None:
    """The roles of SessionManagerManagedPolicy arrive as a plain list from every language."""
    policy = "arn:aws:iam::123456789012:policy/team/fleet"

    assert deployed.attached == [[policy, "api"], [policy, "web"]]


def test_a_preview_does_without_what_is_not_known_yet(deployed: Deployed) -> None:
    """Outputs of resources that are made in the same run are no obstacle to a preview."""
    assert deployed.previewed


def test_secrets_stay_secret(deployed: Deployed) -> None:
    """A key's ARN that the program marks as secret is nowhere in the state, neither by itself nor in a document."""
    assert SECRET_KEY not in json.dumps(deployed.resources)


def test_options_reach_the_policy(deployed: Deployed) -> None:
    """The component's provider, protect and retainOnDelete are those of its policy, too."""
    policy = deployed.resources["/api/pinned"]
    provider = policy["provider"].split("::")[-2]

    assert (provider, policy["protect"], policy["retainOnDelete"]) == ("other", True, True)


@shows("examples/yaml")
@shows("examples/typescript")
@shows("examples/go")
def test_the_example_runs(runner: Runner) -> None:
    """The example of the README gives the role of its configuration the policy that the configuration asks for."""
    config = {"role": "web", "kmsKeyArns": [KEY], "s3LogEncryptionEnforced": True}

    runner.run("example", "up", config)

    policy = document(CHANNELS, ENCRYPTION_OF_ANY_BUCKET, decrypt(f'"{KEY}"'))
    assert documents(runner.box) == {"web-session-manager of web": policy}


def test_the_outputs_arrive_in_the_program(runner: Runner) -> None:
    """Role, policy name and document can be exported in every language, there in its own spelling."""
    runner.run("example", "up", {"role": "arn:aws:iam::123456789012:role/team/api"})

    resources = runner.resources("example").values()
    exported = next(resource["outputs"] for resource in resources if resource["type"] == "pulumi:pulumi:Stack")
    outputs = {name.replace("_", "").lower(): value for name, value in exported.items()}
    (policy_name,) = runner.box.role_policies("api")
    assert (outputs["rolename"], outputs["policyname"]) == ("api", policy_name)
