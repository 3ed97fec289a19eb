"""docs/containers-and-builds.md: the four actions without a heartbeat, and what a cluster's configuration asks for."""

import re
from collections.abc import Mapping
from typing import Any, Final

import botocore.session

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.answers import TASK_TRUST
from tests.docs import in_yaml
from tests.docs.pages import Block, shows, table
from tests.documents import KEY
from tests.on_engine import inline_documents, try_run

PAGE: Final = "docs/containers-and-builds.md"
ROLE: Final = "task-role"
TITLE: Final = "Containers and builds"
TASK: Final = "Key and logs of ECS Exec"
GROUP: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/"

GRANTS: Final[Mapping[str, Any]] = {
    "kms_key_arns": [KEY],
    "cloudwatch_log_group_arns": [f"{GROUP}exec"],
    "s3_log_bucket_arn": "arn:aws:s3:::exec-logs",
    "s3_log_key_prefix": "exec",
}
"""The inputs that the page's table has for these settings."""


def test_the_table_has_every_setting_with_its_input() -> None:
    """It has what ECS's own model has, a row for each value of `logging`, and the inputs of the cluster above."""
    model: Any = botocore.session.get_session().get_service_model("ecs")
    command = set(model.shape_for("ExecuteCommandConfiguration").members) - {"logConfiguration", "logging"}
    log = {f"logConfiguration.{name}" for name in model.shape_for("ExecuteCommandLogConfiguration").members}
    rows = {row[0].split("`")[-2]: re.findall(r"`(\w+_\w+)`", row[1]) for row in table(PAGE, TASK)}
    of_task = rows.pop("DEFAULT")

    assert {*rows, "DEFAULT"} == command | log | set(model.shape_for("ExecuteCommandLogging").enum)
    assert [name for row in rows.values() for name in row] == [*GRANTS]
    assert of_task == ["cloudwatch_log_group_arns"]


@shows(PAGE, TITLE, (TASK, 2))
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
