"""What `check_roles` makes of the answers about many roles, with mocks in the provider's place."""

import pulumi
import pulumi_aws as aws
import pytest

from tests.answers import (
    FORBIDDEN,
    HEARTBEAT,
    NO_HEARTBEAT,
    NO_SUCH_ROLE,
    TASK_TRUST,
    iam,
)
from tests.documents import KEY
from tests.fleets import COMPONENT, FLEET
from tests.mocks import CALLER_IDENTITY
from tests.permissions import STACK

ROLES = ["web", "api", "batch"]
THERE = "arn:aws:iam::999999999999:role/db"


def test_roles_of_one_cause_are_in_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The list has what each role may not do, the component registers it, and one warning names the roles."""
    record = FLEET.declared({"roles": ROLES, "check_roles": True}, answer=iam(denied=[HEARTBEAT]))
    denied = {role: [HEARTBEAT] for role in ROLES}

    assert (record.results["denied_actions"], caplog.messages) == (denied, [f"web, api, batch {NO_HEARTBEAT}"])
    assert record.registered_outputs[f"{STACK}${COMPONENT}::fleet"]["denied_actions"] == denied


def test_tasks_are_not_asked_for_a_heartbeat(caplog: pytest.LogCaptureFixture) -> None:
    """A role that ECS tasks alone may assume needs none, and the warning speaks of tasks."""
    tasks = {"arn": "arn:aws:iam::123456789012:role/tasks", "assumeRolePolicy": TASK_TRUST}
    answer = iam(role=tasks, denied=["kms:Decrypt", HEARTBEAT])
    record = FLEET.declared({"roles": ["tasks"], "check_roles": True, "kms_key_arns": [KEY]}, answer=answer)

    assert record.results["denied_actions"] == {"tasks": ["kms:Decrypt"]}
    assert caplog.messages == [f"tasks may not call kms:Decrypt on {KEY} for ECS Exec in tasks: {FORBIDDEN}"]


def test_wrong_roles_are_told_together() -> None:
    """Those that do not exist are in one line, and one of another account has its own."""
    record = FLEET.declare({"roles": [*ROLES, THERE], "check_roles": True}, answer=iam(role=NO_SUCH_ROLE))
    missing, foreign = str(record.error).splitlines()

    assert missing == (
        f"{FLEET.owner}: roles 'web', 'api', 'batch': IAM has no such role in the account of the provider; write the "
        "name of an existing role"
    )
    assert foreign.startswith(f"{FLEET.owner}: roles[3] '{THERE}': it belongs to account 999999999999, ")


def test_a_role_of_another_account_is_refused_whatever_else_is_not_known() -> None:
    """A preview asks nothing of roles to which the program has yet to give something, and still refuses that one."""

    def depending() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(depends_on=[aws.iam.RolePolicy("own", role="web", policy="{}")])

    record = FLEET.declare({"roles": ["web", THERE], "check_roles": True}, depending, preview=True, answer=iam())

    assert str(record.error).startswith(f"{FLEET.owner}: roles[1] '{THERE}': it belongs to account 999999999999, ")
    assert [invoke.token for invoke in record.invokes] == [CALLER_IDENTITY]
