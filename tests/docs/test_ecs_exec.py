"""docs/ecs-exec.md: from a cluster's configuration to the task role's policy, and how that differs from AWS's page."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.agent.record import RUNS
from tests.answers import session
from tests.docs.console import OpenTerminal, commands, script
from tests.docs.pages import Block, shows, table
from tests.documents import CHANNELS, allow, decrypt, policy, put, write_groups
from tests.on_engine import documents, permissions
from tests.permissions import declared

PAGE: Final = "docs/ecs-exec.md"
CONFIGURATION: Final = "From the cluster's configuration to inputs"
START: Final = "Start it, and open a shell"

TASK: Final = "0123456789abcdef0123456789abcdef"
BUCKET: Final = "arn:aws:s3:::exec-logs"
GROUP: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/exec"
PROVIDER: Final = {"partition": "aws", "region": "eu-west-1", "accountId": "123456789012"}
KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

# Each setting of the cluster, with what it is nothing without, and the grants that it stands for.
GROUPED: Final = {"cloudWatchLogGroupName": "/ecs/exec"}
STORED: Final = {"s3BucketName": "exec-logs"}
SETTINGS: Final[Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]] = {
    "kmsKeyId": ({"kmsKeyId": KEY}, {"kms_key_arns": [KEY]}),
    "logConfiguration.cloudWatchLogGroupName": (GROUPED, {"cloudwatch_log_group_arns": [GROUP]}),
    "logConfiguration.cloudWatchEncryptionEnabled": (
        {**GROUPED, "cloudWatchEncryptionEnabled": True},
        {"cloudwatch_log_group_arns": [GROUP]},
    ),
    "logConfiguration.s3BucketName": ({**STORED, "s3EncryptionEnabled": False}, {"s3_log_bucket_arn": BUCKET}),
    "logConfiguration.s3EncryptionEnabled": (
        {**STORED, "s3EncryptionEnabled": True},
        {"s3_log_bucket_arn": BUCKET, "s3_log_encryption_enforced": True},
    ),
    "logConfiguration.s3KeyPrefix": (
        {**STORED, "s3KeyPrefix": "exec"},
        {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "exec"},
    ),
}


def test_the_table_has_every_setting_of_the_cluster() -> None:
    """It names what ECS's own model has, but `logging`, which has a table of its own."""
    model: Any = botocore.session.get_session().get_service_model("ecs")
    command = set(model.shape_for("ExecuteCommandConfiguration").members) - {"logConfiguration", "logging"}
    log = {f"logConfiguration.{name}" for name in model.shape_for("ExecuteCommandLogConfiguration").members}
    rows = [row[0].strip("`") for row in table(PAGE, CONFIGURATION)]
    levels = [row[0].split("`")[1] for row in table(PAGE, CONFIGURATION)[len(SETTINGS) :]]

    assert set(rows[: len(SETTINGS)]) == command | log == set(SETTINGS)
    assert set(levels) == set(model.shape_for("ExecuteCommandLogging").enum)


@pytest.mark.parametrize("row", table(PAGE, CONFIGURATION)[: len(SETTINGS)], ids=lambda row: row[0].strip("`"))
def test_a_setting_is_an_input(row: list[str]) -> None:
    """The row's input stands for it: as one of the session preferences, the setting makes the same policy."""
    setting, grants = SETTINGS[row[0].strip("`")]
    made = declared({"session_preferences": session(setting)}, answer=lambda _: PROVIDER)

    assert json.loads(made.results["policy_json"]) == policy_document(**grants)
    assert row[1].split("`")[1:2] in ([], list(grants)[-1:])


@shows(PAGE, "A cluster that exists already")
def test_the_policy_of_a_cluster(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The program makes the policy from the file that the command writes, which says `null` where nothing is set."""
    look, program = shown
    ecs = box.client("ecs")
    box.create_role("tasks")
    monkeypatch.chdir(tmp_path)
    ecs.create_cluster(clusterName="prod")
    terminal(None).run(look.text)
    written = Path("execute-command.json").read_text()
    logs = {**GROUPED, **STORED, "s3EncryptionEnabled": True, "s3KeyPrefix": "exec"}
    ecs.delete_cluster(cluster="prod")
    ecs.create_cluster(
        clusterName="prod",
        configuration={"executeCommandConfiguration": {"kmsKeyId": KEY, "logConfiguration": logs}},
    )
    terminal(None).run(look.text)
    box.stack(program.program()).up()

    assert written == "null\n"
    assert documents(box, "tasks") == [
        policy_document(
            kms_key_arns=[KEY],
            cloudwatch_log_group_arns=[GROUP],
            s3_log_bucket_arn=BUCKET,
            s3_log_key_prefix="exec",
            s3_log_encryption_enforced=True,
        )
    ]


@shows(PAGE, (START, 1))
def test_exec_is_switched_on(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The service is deployed anew, and the second command prints what the page says where all is well."""
    [start] = shown
    task = {"enableExecuteCommand": True, "containers": [{"managedAgents": [{"lastStatus": "RUNNING"}]}]}
    answers = {"UpdateService": {"service": {}}, "DescribeTasks": {"tasks": [task]}}
    script(box, answers)
    terminal(None).run(start.text)

    assert [(call.action, call.params) for call in box.calls] == [
        (
            "UpdateService",
            {"cluster": "prod", "service": "web", "enableExecuteCommand": True, "forceNewDeployment": True},
        ),
        ("DescribeTasks", {"cluster": "prod", "tasks": [TASK]}),
    ]


@shows(PAGE, (START, 2))
def test_a_shell_is_opened(shown: list[Block], terminal: OpenTerminal) -> None:
    """AWS's command line knows the command and takes its parameters; it is not sent, as there is no plugin here."""
    [start] = shown
    [(command, _)] = commands(start.text)
    [printed] = terminal(None).run(f"$ {command} --generate-cli-skeleton output")

    assert {"session", "taskArn", "interactive"} <= set(json.loads(printed))


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


def test_the_statements_are_those_of_aws() -> None:
    """For channels, log group and key, the documents have AWS's statements and no other."""
    assert policy_document() == policy(CHANNELS)
    assert policy_document(cloudwatch_log_group_arns=[GROUP]) == policy(CHANNELS, *AWS_LOGS)
    assert policy_document(kms_key_arns=[KEY]) == policy(CHANNELS, AWS_KEY)


def test_the_differences_for_s3_are_those_of_the_page() -> None:
    """One statement of AWS's is not granted, one is narrower where there is a prefix, and two change places."""
    location, encryption, objects = AWS_S3
    under_prefix = policy_document(s3_log_bucket_arn=BUCKET, s3_log_key_prefix="exec")
    named = [row[0].split("`")[1] for row in table(PAGE, "What differs from AWS's page")]

    assert policy_document(s3_log_bucket_arn=BUCKET) == policy(CHANNELS, objects, encryption)
    assert under_prefix == policy(CHANNELS, put(f"{BUCKET}/exec/*"), encryption)
    assert named == [*location["Action"], *objects["Action"], *objects["Action"]]


def test_the_recorded_agent_never_asks_where_the_bucket_is() -> None:
    """No recorded run has a call of GetBucketLocation, or one that needs it."""
    calls = {call["call"] for run in RUNS for call in run.calls}
    needed = {action for run in RUNS for action, _ in run.needs}

    assert "s3:PutObject" in calls & needed
    assert "s3:GetBucketLocation" not in calls | needed


@shows(PAGE, "AWS's text to the letter")
def test_the_two_lines_add_what_is_missing(box: Sandbox, shown: list[Block]) -> None:
    """With them, the role has every statement of AWS's policy for S3."""
    [lines] = shown
    box.create_role("tasks")
    component, added = permissions(role="tasks", s3_log_bucket_arn=BUCKET), lines.program()
    box.stack(lambda: (component(), added())[0]).up()
    granted = [statement for document in documents(box, "tasks") for statement in document["Statement"]]

    assert [statement for statement in AWS_S3 if statement not in granted] == []
