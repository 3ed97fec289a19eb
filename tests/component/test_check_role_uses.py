"""What `check_role` takes a role to be for, nodes or tasks of ECS, with mocks in the provider's place."""

import json
from collections.abc import Sequence
from typing import Final

import pytest

from tests.answers import ARN, HEARTBEAT, NO_HEARTBEAT, NO_HEARTBEAT_OF_SEVERAL, TASK_TRUST, iam, simulated
from tests.components import declare
from tests.documents import CHANNEL_ACTIONS

EC2: Final = {"Service": "ec2.amazonaws.com"}
ECS: Final = {"Service": "ecs-tasks.amazonaws.com"}
OF_NODES: Final = (f"role 'web' {NO_HEARTBEAT}",)
OF_TASKS: Final = ()
UNCERTAIN: Final = (f"role 'web' {NO_HEARTBEAT_OF_SEVERAL}",)


def trust(*principals: object, effect: str = "Allow") -> str:
    """Return a trust policy with a statement for each principal."""
    statements = [{"Effect": effect, "Principal": each, "Action": "sts:AssumeRole"} for each in principals]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (trust(EC2), OF_NODES),
        (trust(EC2, EC2), OF_NODES),
        (trust({"Service": ["ssm.amazonaws.com"]}), OF_NODES),
        (trust(ECS), OF_TASKS),
        (f" {trust(ECS)}".replace("2012", "%22"), OF_TASKS),
        (trust(ECS, {"Service": ["ecs-tasks.amazonaws.com"]}), OF_TASKS),
        (json.dumps({"Statement": {"Effect": "Allow", "Principal": ECS, "Action": "sts:AssumeRole"}}), OF_TASKS),
        (trust(EC2, ECS), UNCERTAIN),
        (trust({"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}), UNCERTAIN),
        (trust({**ECS, "AWS": "arn:aws:iam::123456789012:root"}), UNCERTAIN),
        (trust({"AWS": "123456789012"}), UNCERTAIN),
        (trust("*"), UNCERTAIN),
        (trust(ECS, effect="Deny"), UNCERTAIN),
        (json.dumps({"Statement": [{"Effect": "Allow", "NotPrincipal": ECS}]}), UNCERTAIN),
        ("no JSON", UNCERTAIN),
        ("[]", UNCERTAIN),
        (None, UNCERTAIN),
    ],
)
def test_the_trust_policy_says_what_a_role_is_for(
    policy: object, expected: Sequence[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A role is for tasks where nobody but they may assume it, and for nodes where another single service may.

    Without a heartbeat nodes don't work and tasks do, so the warning tells which of them the role was taken for.
    """
    declare({"check_role": True}, answer=iam(role={"arn": ARN, "assumeRolePolicy": policy}, denied=[HEARTBEAT]))

    assert tuple(caplog.messages) == expected


@pytest.mark.parametrize(
    ("granted", "trust", "expected"),
    [
        pytest.param(True, None, [*CHANNEL_ACTIONS, HEARTBEAT], id="granted to nodes"),
        pytest.param(True, TASK_TRUST, [*CHANNEL_ACTIONS, HEARTBEAT], id="granted to tasks"),
        pytest.param(False, None, [*CHANNEL_ACTIONS, HEARTBEAT], id="needed by nodes"),
        pytest.param(False, TASK_TRUST, [*CHANNEL_ACTIONS], id="neither"),
    ],
)
def test_the_heartbeat_is_asked_about_once(*, granted: bool, trust: str | None, expected: Sequence[str]) -> None:
    """It is among the questions where the document grants it, and where the role is not one of tasks alone."""
    role = {"arn": ARN, "assumeRolePolicy": trust} if trust else None
    record = declare({"check_role": True, "allow_update_instance_information": granted}, answer=iam(role=role))

    assert simulated(record) == [(expected, None)]
