"""Inputs that come from a resource which is replaced and deleted first: another value alone makes another policy."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import OWN
from tests.on_engine import writes

ONE: Final = partial(SessionManagerPermissions, "one", role="web")
MANY: Final = partial(SessionManagerManagedPolicy, roles=["web"])
Text = Callable[[str], pulumi.Output[str]]
KEPT: Final[Mapping[str, Callable[[Text], object]]] = {
    "policy_name": lambda text: ONE(policy_name=text("ssm")),
    "a fleet's policy_name": lambda text: MANY("named", policy_name=text("fleet")),
    "a fleet's description": lambda text: MANY("described", description=text("Shells")),
    "a fleet's path": lambda text: MANY("moved", path=text("/team/")),
}


def output_of(source: aws.iam.Policy, value: str) -> pulumi.Output[str]:
    """Return an Output of a resource that always has this value."""
    return source.arn.apply(lambda _: value)


def program(description: str) -> None:
    """Declare each component with the resource that its input comes from, which another description replaces."""
    for number, declare in enumerate(KEPT.values()):
        source = f"source-{number}"
        made = aws.iam.Policy(source, name=source, description=description, policy=json.dumps(OWN))
        declare(partial(output_of, made))


def test_a_replaced_resource_replaces_no_policy(box: Sandbox) -> None:
    """No policy is written as long as the values are the same, whatever becomes of the resource they come from."""
    box.create_role("web")
    box.stack(partial(program, "old")).up()
    held = [box.role_policies("web"), box.attached_policies("web")]
    box.forget()
    stack = box.stack(partial(program, "new"))
    stack.up()
    stack.refresh(expect_no_changes=True)

    count = len(KEPT)
    assert sorted(action for action, _ in writes(box)) == ["CreatePolicy"] * count + ["DeletePolicy"] * count
    assert [box.role_policies("web"), box.attached_policies("web")] == held
    assert [len(found) for found in held] == [1, 3]
