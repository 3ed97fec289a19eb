"""docs/containers-and-builds.md: the four actions without a heartbeat, and the policy for a key and logs."""

from collections.abc import Mapping
from typing import Any, Final

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.answers import TASK_TRUST
from tests.docs import in_yaml
from tests.docs.pages import Block, shows
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
"""The inputs of the page's last program."""


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
