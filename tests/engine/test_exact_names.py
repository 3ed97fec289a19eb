"""Exact names that come from other resources.

What becomes of a program around them is in `test_bare_and_ours.py`.
"""

import json
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.moves import put
from tests.on_engine import errors, writes

OURS: Final = policy(CHANNELS)


def test_a_protected_policy_whose_name_a_preview_does_not_know(box: Sandbox) -> None:
    """A preview fails, since it takes the known policy for one that goes; `up` without a preview has nothing to do."""
    box.create_role("web")

    def program(prefix: str) -> None:
        source = aws.iam.Policy("source", name_prefix=prefix, policy=json.dumps(OURS))
        args: Any = {"role": "web", "policy_name": source.arn.apply(lambda _: "ssm")}
        SessionManagerPermissions("web", args, pulumi.ResourceOptions(protect=True))

    box.stack(partial(program, "one")).up()
    stack = box.stack(partial(program, "two"))
    said = errors(stack.preview)
    stack.up()

    assert any("::/web/ssm" in line and "cannot be deleted" in line for line in said), f"it must be protected: {said}"
    assert [call for call in writes(box) if "RolePolicy" in call[0]] == [put("web")]


def test_a_replaced_resource_replaces_no_policy(box: Sandbox) -> None:
    """If the resource that its name comes from is deleted first, a policy of the same name is not written again."""
    box.create_role("web")

    def program(description: str) -> None:
        source = aws.iam.Policy("source", name="source", description=description, policy=json.dumps(OURS))
        SessionManagerPermissions("web", role="web", policy_name=source.arn.apply(lambda _: "ssm"))

    box.stack(partial(program, "old")).up()
    stack = box.stack(partial(program, "new"))
    stack.up()
    stack.refresh(expect_no_changes=True)

    assert [action for action, _ in writes(box)] == ["CreatePolicy", "PutRolePolicy", "DeletePolicy", "CreatePolicy"]
