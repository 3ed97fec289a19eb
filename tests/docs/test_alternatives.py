"""docs/alternatives.md: what AWS's managed policy grants besides."""

import re
from typing import Final

import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.pages import table

PAGE: Final = "docs/alternatives.md"
CORE: Final = "AmazonSSMManagedInstanceCore"


def test_the_table_is_what_the_managed_policy_grants_besides(
    shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has each action of AWS's that the component with the heartbeat doesn't grant, once."""
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    shared_box.reset()
    shared_box.create_role("web-role")
    arn = f"arn:aws:iam::aws:policy/{CORE}"
    shared_box.client("iam").attach_role_policy(RoleName="web-role", PolicyArn=arn)
    document = shared_box.attached_policies("web-role")[arn]
    theirs = [action for statement in document["Statement"] for action in statement["Action"]]
    listed = [action for row in table(PAGE, CORE) for action in re.findall(r"`(\w+:\w+)`", row[0])]
    [own] = policy_document(allow_update_instance_information=True)["Statement"]

    assert sorted([*listed, *own["Action"]]) == sorted(theirs)
