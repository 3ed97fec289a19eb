"""Inputs that come from a resource which is replaced and deleted first: another value alone makes another policy."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import OWN
from tests.on_engine import writes

ONE: Final = partial(SessionManagerPermissions, "one", role="web")
MANY: Final = partial(SessionManagerManagedPolicy, roles=["web"])
Text = Callable[[str], pulumi.Output[str]]
"""Makes an Output of the resource that always has this value."""
KEPT: Final[Mapping[str, Callable[[Text], object]]] = {
    "policy_name": lambda text: ONE(policy_name=text("ssm")),
    "a fleet's policy_name": lambda text: MANY("named", policy_name=text("fleet")),
    "a fleet's description": lambda text: MANY("described", description=text("Shells")),
    "a fleet's path": lambda text: MANY("moved", path=text("/team/")),
}


def program(description: str) -> None:
    """Declare each component with the resource that its input comes from, which another description replaces."""
    for number, declare in enumerate(KEPT.values()):
        source = f"source-{number}"
        made: Any = aws.iam.Policy(source, name=source, description=description, policy=json.dumps(OWN))
        declare(lambda value, made=made: made.arn.apply(lambda _: value))


def test_a_replaced_resource_replaces_no_policy(box: Sandbox) -> None:
    """No policy is written as long as the values are the same, whatever becomes of the resource they come from."""
    box.create_role("web")
    box.stack(partial(program, "old")).up()
    held = [box.role_policies("web"), box.attached_policies("web")]
    box.forget()
    stack = box.stack(partial(program, "new"))
    stack.up()
    stack.refresh(expect_no_changes=True)

    sources = [("DeletePolicy", "CreatePolicy")] * len(KEPT)
    assert sorted(action for action, _ in writes(box)) == sorted(action for pair in sources for action in pair)
    assert [box.role_policies("web"), box.attached_policies("web")] == held
    assert [len(found) for found in held] == [1, 3]
