"""docs/containers-and-builds.md: the four actions without a heartbeat."""

from typing import Final

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.on_engine import inline_documents, try_run
from tests.pages import Block, shows
from tests.world import trust

PAGE: Final = "docs/containers-and-builds.md"
ROLE: Final = "task-role"
TITLE: Final = "Containers and builds"


@shows(PAGE, TITLE)
def test_the_task_role_gets_the_channels_alone(box: Sandbox, shown: list[Block]) -> None:
    """The program grants the four actions, without a warning about a heartbeat."""
    [program] = shown
    box.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust("ecs-tasks"))
    ran = try_run(box.stack(program.program()), "up")

    assert ran.said == []
    assert inline_documents(box, ROLE) == [policy_document()]
