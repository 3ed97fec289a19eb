"""docs/ecs-exec.md: from a cluster's configuration to the task role's policy, and how that differs from AWS's page."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.agent.record import RUNS
from tests.answers import TASK_TRUST
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal, script
from tests.docs.pages import Block, shows, table
from tests.documents import CHANNELS, KEY, allow, decrypt, policy, put, write_groups
from tests.languages.printed import warnings
from tests.on_engine import inline_documents, try_run

PAGE: Final = "docs/ecs-exec.md"
CONFIGURATION: Final = "From the cluster's configuration to inputs"
EXISTING: Final = "A cluster that exists already"
START: Final = "Start it, and open a shell"

BUCKET: Final = "arn:aws:s3:::exec-logs"
GROUP: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/exec"

COMMAND: Final = {
    "kmsKeyId": KEY,
    "logConfiguration": {
        "cloudWatchLogGroupName": "/ecs/exec",
        "cloudWatchEncryptionEnabled": True,
        "s3BucketName": "exec-logs",
        "s3EncryptionEnabled": True,
        "s3KeyPrefix": "exec",
    },
}
"""A cluster's configuration with every setting but `logging`."""

GRANTS: Final[Mapping[str, Any]] = {
    "kms_key_arns": [KEY],
    "cloudwatch_log_group_arns": [GROUP],
    "s3_log_bucket_arn": BUCKET,
    "s3_log_encryption_enforced": True,
    "s3_log_key_prefix": "exec",
}
"""The inputs that the page's table has for these settings."""


INPUTS: Final = {
    "kmsKeyId": "kms_key_arns",
    "logConfiguration.cloudWatchLogGroupName": "cloudwatch_log_group_arns",
    "logConfiguration.s3BucketName": "s3_log_bucket_arn",
    "logConfiguration.s3EncryptionEnabled": "s3_log_encryption_enforced",
    "logConfiguration.s3KeyPrefix": "s3_log_key_prefix",
}
"""The input of each setting; `cloudWatchEncryptionEnabled` has none."""


def test_the_table_has_the_input_of_each_setting() -> None:
    """Each setting that needs an input has its own one, and these are all inputs of the cluster above."""
    rows = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1])[:1] for row in table(PAGE, CONFIGURATION)}

    assert {setting: rows[setting] for setting in INPUTS} == {setting: [name] for setting, name in INPUTS.items()}
    assert set(INPUTS.values()) == set(GRANTS)


def test_the_table_has_every_setting_of_the_cluster() -> None:
    """It names what ECS's own model has, but `logging`, which has a table of its own."""
    model: Any = botocore.session.get_session().get_service_model("ecs")
    command = set(model.shape_for("ExecuteCommandConfiguration").members) - {"logConfiguration", "logging"}
    log = {f"logConfiguration.{name}" for name in model.shape_for("ExecuteCommandLogConfiguration").members}
    rows = [row[0].split("`")[1] for row in table(PAGE, CONFIGURATION)]
    levels = set(model.shape_for("ExecuteCommandLogging").enum)

    assert set(rows) == command | log | levels


@shows(PAGE, "ECS Exec")
def test_a_cluster_without_a_configuration(box: Sandbox, shown: list[Block]) -> None:
    """In Python and in YAML the task role gets the channels alone, and the check asks about no heartbeat."""
    python, block = shown
    box.client("iam").create_role(RoleName="tasks", AssumeRolePolicyDocument=TASK_TRUST)
    ran = try_run(box.stack(python.program()), "up")
    in_python = inline_documents(box, "tasks")
    printed = in_yaml.up(box, block)

    assert ran.said == []
    assert warnings(printed) == []
    assert [in_python, inline_documents(box, "tasks")] == [[policy_document()]] * 2


OF_THE_TASK: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/web"
CONFIGURED: Final[Mapping[str, tuple[Mapping[str, Any] | None, Mapping[str, Any]]]] = {
    "no configuration": (None, {"cloudwatch_log_group_arns": [OF_THE_TASK]}),
    "DEFAULT": (
        {"kmsKeyId": KEY, "logging": "DEFAULT"},
        {"kms_key_arns": [KEY], "cloudwatch_log_group_arns": [OF_THE_TASK]},
    ),
    "NONE": ({"kmsKeyId": KEY, "logging": "NONE"}, {"kms_key_arns": [KEY]}),
    "OVERRIDE": ({**COMMAND, "logging": "OVERRIDE"}, GRANTS),
}


@pytest.fixture
def in_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in a folder of one's own."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("in_a_folder")
@pytest.mark.parametrize("case", CONFIGURED)
@shows(PAGE, (EXISTING, 1), (EXISTING, 2))
def test_the_policy_of_a_cluster(box: Sandbox, shown: list[Block], terminal: OpenTerminal, case: str) -> None:
    """From the file that the command writes, `null` where nothing is set, the program grants what the tables say."""
    look, program = shown
    configuration, grants = CONFIGURED[case]
    box.create_role("tasks")
    of_cluster: Any = {"configuration": {"executeCommandConfiguration": configuration}} if configuration else {}
    box.client("ecs").create_cluster(clusterName="prod", **of_cluster)
    terminal(None).run(look.text)
    box.stack(program.program()).up()

    assert json.loads(Path("execute-command.json").read_text()) == configuration
    assert inline_documents(box, "tasks") == [policy_document(**grants)]


@shows(PAGE, (EXISTING, 3))
def test_the_yaml_grants_the_same(box: Sandbox, shown: list[Block]) -> None:
    """With the values of the same cluster, written as ARNs, the block writes the same policy."""
    [block] = shown
    box.create_role("tasks")
    in_yaml.up(box, block)

    assert inline_documents(box, "tasks") == [policy_document(**GRANTS)]


@shows(PAGE, (START, 1))
def test_exec_is_switched_on(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The service is deployed anew, and the second command prints what the page says where all is well."""
    task = {"enableExecuteCommand": True, "containers": [{"managedAgents": [{"lastStatus": "RUNNING"}]}]}
    script(box, {"UpdateService": {"service": {}}, "DescribeTasks": {"tasks": [task]}})
    terminal(None).run(shown[0].text)

    on = {"cluster": "prod", "service": "web", "enableExecuteCommand": True, "forceNewDeployment": True}
    assert [(call.action, call.params) for call in box.calls] == [
        ("UpdateService", on),
        ("DescribeTasks", {"cluster": "prod", "tasks": ["0123456789abcdef0123456789abcdef"]}),
    ]


def test_the_errors_are_those_of_the_call() -> None:
    """Each error that the page explains is one that ECS documents for ExecuteCommand."""
    model = botocore.session.get_session().get_service_model("ecs")
    documented = {shape.name for shape in model.operation_model("ExecuteCommand").error_shapes}
    named = {row[0].strip("`") for row in table(PAGE, START)}

    assert named <= documented


# "Monitor Amazon ECS containers with ECS Exec" (Amazon ECS Developer Guide): what the task role is to be allowed.
AWS_LOGS: Final = [allow(["logs:DescribeLogGroups"]), write_groups(f"{GROUP}:*")]
AWS_KEY: Final = decrypt(KEY)
AWS_S3: Final = [
    allow(["s3:GetBucketLocation"]),
    allow(["s3:GetEncryptionConfiguration"], BUCKET),
    allow(["s3:PutObject"], f"{BUCKET}/*"),
]


def test_the_documents_differ_from_aws_as_the_page_says() -> None:
    """For channels, log group and key they are AWS's; of S3's, one is not granted and one narrower with a prefix."""
    location, encryption, objects = AWS_S3
    named = [row[0].split("`")[1] for row in table(PAGE, "What differs from AWS's page")]

    assert policy_document(cloudwatch_log_group_arns=[GROUP]) == policy(CHANNELS, *AWS_LOGS)
    assert policy_document(kms_key_arns=[KEY]) == policy(CHANNELS, AWS_KEY)
    assert policy_document(s3_log_bucket_arn=BUCKET) == policy(CHANNELS, objects, encryption)
    assert policy_document(s3_log_bucket_arn=BUCKET, s3_log_key_prefix="exec") == policy(
        CHANNELS, put(f"{BUCKET}/exec/*"), encryption
    )
    assert named == [*location["Action"], *objects["Action"]]


def test_the_recorded_agent_never_asks_where_the_bucket_is() -> None:
    """No recorded run has a call of GetBucketLocation, or one that needs it."""
    calls = {call["call"] for run in RUNS for call in run.calls}
    needed = {action for run in RUNS for action, _ in run.needs}

    assert "s3:PutObject" in calls & needed
    assert "s3:GetBucketLocation" not in calls | needed
