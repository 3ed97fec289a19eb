"""An input from a resource that is replaced and deleted first: only another value makes another policy."""

import json
from functools import partial

import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import OWN
from tests.on_engine import writes


def program(description: str) -> None:
    """Declare a component whose policy name comes from a resource that another description replaces."""
    made = aws.iam.Policy("source", name="source", description=description, policy=json.dumps(OWN))
    SessionManagerPermissions("one", role="web", policy_name=made.arn.apply(lambda _: "ssm"))


def test_a_replaced_resource_replaces_no_policy(box: Sandbox) -> None:
    """The policy is not written again as long as its name is the same."""
    box.create_role("web")
    box.stack(partial(program, "old")).up()
    stack = box.stack(partial(program, "new"))
    stack.up()
    stack.refresh(expect_no_changes=True)

    assert [action for action, _ in writes(box)] == [
        *("CreatePolicy", "PutRolePolicy"),
        *("DeletePolicy", "CreatePolicy"),
    ]
    assert list(box.role_policies("web")) == ["ssm"]
