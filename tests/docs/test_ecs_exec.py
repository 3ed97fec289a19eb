"""docs/ecs-exec.md: from a cluster's configuration to the task role's policy, and how that differs from AWS's."""

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
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows, table
from tests.documents import CHANNELS, KEY, allow, decrypt, policy, put, write_groups
from tests.on_engine import inline_documents, try_run

PAGE: Final = "docs/ecs-exec.md"
ROLE: Final = "task-role"
TASK: Final = "The task role"
START: Final = "Open a shell"

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
    rows = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1])[:1] for row in table(PAGE, TASK)}

    assert {setting: rows[setting] for setting in INPUTS} == {setting: [name] for setting, name in INPUTS.items()}
    assert set(INPUTS.values()) == set(GRANTS)


def test_the_table_has_every_setting_of_the_cluster() -> None:
    """It names what ECS's own model has, with a row for each value of `logging`."""
    model: Any = botocore.session.get_session().get_service_model("ecs")
    command = set(model.shape_for("ExecuteCommandConfiguration").members) - {"logConfiguration", "logging"}
    log = {f"logConfiguration.{name}" for name in model.shape_for("ExecuteCommandLogConfiguration").members}
    rows = [row[0].split("`")[-2] for row in table(PAGE, TASK)]

    assert set(rows) == command | log | set(model.shape_for("ExecuteCommandLogging").enum)


@shows(PAGE, (TASK, 1))
@shows(PAGE, (TASK, 2))
def test_the_task_role_gets_what_the_cluster_has(box: Sandbox, shown: list[Block]) -> None:
    """Without a configuration the channels alone, without a warning about a heartbeat; in YAML what is set."""
    python, block = shown
    box.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=TASK_TRUST)
    ran = try_run(box.stack(python.program()), "up")
    channels = inline_documents(box, ROLE)
    in_yaml.up(box, block)

    assert ran.said == []
    assert channels == [policy_document()]
    assert inline_documents(box, ROLE) == [policy_document(**GRANTS)]


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
@shows(PAGE, "Read the cluster")
def test_the_policy_of_a_cluster(box: Sandbox, shown: list[Block], terminal: OpenTerminal, case: str) -> None:
    """From the file that the command writes, `null` where nothing is set, the program grants what the tables say."""
    look, program = shown
    configuration, grants = CONFIGURED[case]
    box.create_role(ROLE)
    of_cluster: Any = {"configuration": {"executeCommandConfiguration": configuration}} if configuration else {}
    box.client("ecs").create_cluster(clusterName="prod", **of_cluster)
    terminal(None).run(look.text)
    box.stack(program.program()).up()

    assert json.loads(Path("execute-command.json").read_text()) == configuration
    assert inline_documents(box, ROLE) == [policy_document(**grants)]


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
    """They are AWS's but for `s3:GetBucketLocation`; with a prefix, uploads are allowed under it alone."""
    _, encryption, objects = AWS_S3

    assert policy_document(cloudwatch_log_group_arns=[GROUP]) == policy(CHANNELS, *AWS_LOGS)
    assert policy_document(kms_key_arns=[KEY]) == policy(CHANNELS, AWS_KEY)
    assert policy_document(s3_log_bucket_arn=BUCKET) == policy(CHANNELS, objects, encryption)
    assert policy_document(s3_log_bucket_arn=BUCKET, s3_log_key_prefix="exec") == policy(
        CHANNELS, put(f"{BUCKET}/exec/*"), encryption
    )


def test_the_recorded_agent_never_asks_where_the_bucket_is() -> None:
    """No recorded run has a call of GetBucketLocation, or one that needs it."""
    calls = {call["call"] for run in RUNS for call in run.calls}
    needed = {action for run in RUNS for action, _ in run.needs}

    assert "s3:PutObject" in calls & needed
    assert "s3:GetBucketLocation" not in calls | needed
