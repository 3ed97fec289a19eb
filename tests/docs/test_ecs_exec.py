"""docs/ecs-exec.md: from a cluster's configuration to the task role's policy."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import botocore.session
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.answers import TASK_TRUST
from tests.docs import in_yaml
from tests.docs.pages import Block, shows, table
from tests.documents import KEY
from tests.on_engine import inline_documents, try_run

PAGE: Final = "docs/ecs-exec.md"
ROLE: Final = "task-role"
TASK: Final = "The task role"
GROUP: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/"

COMMAND: Final = {
    "kmsKeyId": KEY,
    "logging": "OVERRIDE",
    "logConfiguration": {
        "cloudWatchLogGroupName": "/ecs/exec",
        "cloudWatchEncryptionEnabled": True,
        "s3BucketName": "exec-logs",
        "s3EncryptionEnabled": True,
        "s3KeyPrefix": "exec",
    },
}
"""A cluster's configuration with every setting."""

GRANTS: Final[Mapping[str, Any]] = {
    "kms_key_arns": [KEY],
    "cloudwatch_log_group_arns": [f"{GROUP}exec"],
    "s3_log_bucket_arn": "arn:aws:s3:::exec-logs",
    "s3_log_encryption_enforced": True,
    "s3_log_key_prefix": "exec",
}
"""The inputs that the page's table has for these settings."""

OF_THE_TASK: Final = {"cloudwatch_log_group_arns": [f"{GROUP}web"]}
CONFIGURED: Final[Mapping[str, tuple[Mapping[str, Any] | None, Mapping[str, Any]]]] = {
    "no configuration": (None, OF_THE_TASK),
    "DEFAULT": ({"kmsKeyId": KEY, "logging": "DEFAULT"}, {"kms_key_arns": [KEY], **OF_THE_TASK}),
    "NONE": ({"kmsKeyId": KEY, "logging": "NONE"}, {"kms_key_arns": [KEY]}),
    "OVERRIDE": (COMMAND, GRANTS),
}


def test_the_table_has_every_setting_with_its_input() -> None:
    """It has what ECS's own model has, a row for each value of `logging`, and the inputs of the cluster above."""
    model: Any = botocore.session.get_session().get_service_model("ecs")
    command = set(model.shape_for("ExecuteCommandConfiguration").members) - {"logConfiguration", "logging"}
    log = {f"logConfiguration.{name}" for name in model.shape_for("ExecuteCommandLogConfiguration").members}
    rows = {row[0].split("`")[-2]: re.findall(r"`(\w+_\w+)`", row[1]) for row in table(PAGE, TASK)}
    of_task = rows.pop("DEFAULT")

    assert {*rows, "DEFAULT"} == command | log | set(model.shape_for("ExecuteCommandLogging").enum)
    assert [name for row in rows.values() for name in row] == [*GRANTS]
    assert of_task == [*OF_THE_TASK]


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


@pytest.mark.parametrize("case", CONFIGURED)
@shows(PAGE, ("Read the cluster", 2))
def test_the_policy_of_a_cluster(
    box: Sandbox, shown: list[Block], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, case: str
) -> None:
    """From what the command writes into the file, the program grants what the table says."""
    configuration, grants = CONFIGURED[case]
    monkeypatch.chdir(tmp_path)
    Path("execute-command.json").write_text(json.dumps(configuration))
    box.create_role(ROLE)
    box.stack(shown[0].program()).up()

    assert inline_documents(box, ROLE) == [policy_document(**grants)]


def test_the_errors_are_those_of_the_call() -> None:
    """Each error that the page explains is one that ECS documents for ExecuteCommand."""
    model = botocore.session.get_session().get_service_model("ecs")
    documented = {shape.name for shape in model.operation_model("ExecuteCommand").error_shapes}

    assert {row[0].strip("`") for row in table(PAGE, "Open a shell")} <= documented
