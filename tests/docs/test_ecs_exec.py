"""docs/ecs-exec.md: from a cluster's configuration to the task role's policy, and how that differs from AWS's page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.agent.record import RUNS
from tests.docs.console import OpenTerminal, script
from tests.docs.pages import Block, shows, table
from tests.documents import CHANNELS, KEY, allow, decrypt, policy, put, write_groups
from tests.on_engine import inline_documents

PAGE: Final = "docs/ecs-exec.md"
CONFIGURATION: Final = "From the cluster's configuration to inputs"
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

VALUES: Final[Mapping[str, Any]] = {
    "kmsKeyId": [KEY],
    "logConfiguration.cloudWatchLogGroupName": [GROUP],
    "logConfiguration.s3BucketName": BUCKET,
    "logConfiguration.s3EncryptionEnabled": True,
    "logConfiguration.s3KeyPrefix": "exec",
}
"""The value that the input of each setting then has; there is none where another setting says it."""


def test_the_table_has_every_setting_of_the_cluster() -> None:
    """It names what ECS's own model has, but `logging`, which has a table of its own."""
    model: Any = botocore.session.get_session().get_service_model("ecs")
    command = set(model.shape_for("ExecuteCommandConfiguration").members) - {"logConfiguration", "logging"}
    log = {f"logConfiguration.{name}" for name in model.shape_for("ExecuteCommandLogConfiguration").members}
    rows = [row[0].split("`")[1] for row in table(PAGE, CONFIGURATION)]
    levels = set(model.shape_for("ExecuteCommandLogging").enum)

    assert set(rows) == command | log | levels


@shows(PAGE, "A cluster that exists already")
def test_the_policy_of_a_cluster(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From the file that the command writes, `null` where nothing is set, the program grants what the table says."""
    look, program = shown
    ecs = box.client("ecs")
    box.create_role("tasks")
    monkeypatch.chdir(tmp_path)
    ecs.create_cluster(clusterName="prod")
    terminal(None).run(look.text)
    written = Path("execute-command.json").read_text()
    ecs.delete_cluster(cluster="prod")
    ecs.create_cluster(clusterName="prod", configuration={"executeCommandConfiguration": COMMAND})
    terminal(None).run(look.text)
    box.stack(program.program()).up()
    settings = {row[0].strip("`"): row[1].split("`") for row in table(PAGE, CONFIGURATION)}
    inputs = {settings[name][1]: value for name, value in VALUES.items()}

    assert written == "null\n"
    assert inline_documents(box, "tasks") == [policy_document(**inputs)]


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
