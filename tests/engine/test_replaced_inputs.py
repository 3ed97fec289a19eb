"""Inputs that come from a resource which is replaced and deleted first: what that does to the policies."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNEL_ACTIONS, KEY, OWN

Replaced = Mapping[str, tuple[list[tuple[str, str]], list[str]]]
"""What was written for a role, and after which writes it was without."""
Text = Callable[[str], pulumi.Output[str]]
"""Makes an Output of the resource that always has this value."""


def inline(role: str, source: aws.iam.Policy, **args: Any) -> None:
    """Declare a policy of one role."""
    given: Any = {"role": role, **args}
    SessionManagerPermissions(role, given, pulumi.ResourceOptions(depends_on=[source]) if not args else None)


def fleet(role: str, source: aws.iam.Policy, **args: Any) -> None:
    """Declare a policy of a fleet, which has one role."""
    given: Any = {"roles": [role], **args}
    SessionManagerManagedPolicy(role, given, pulumi.ResourceOptions(depends_on=[source]) if not args else None)


KEPT: Final[Mapping[str, tuple[Callable[..., None], Callable[[Text], dict[str, Any]]]]] = {
    "policy_name": (inline, lambda text: {"policy_name": text("ssm")}),
    "a secret policy_name": (inline, lambda text: {"policy_name": pulumi.Output.secret(text("ssm"))}),
    "a key": (inline, lambda text: {"policy_name": "ssm", "kms_key_arns": [text(KEY)]}),
    "depends_on": (inline, lambda _: {}),
    "a fleet's policy_name": (fleet, lambda text: {"policy_name": text("fleet")}),
    "a fleet's description": (fleet, lambda text: {"description": text("Shells")}),
    "a fleet's path": (fleet, lambda text: {"path": text("/team/")}),
    "a fleet's tag": (fleet, lambda text: {"tags": {"team": text("web")}}),
    "a fleet's key": (fleet, lambda text: {"kms_key_arns": [text(KEY)]}),
    "a fleet's depends_on": (fleet, lambda _: {}),
}
ROLES: Final = {kind: kind.replace("'", "").replace(" ", "-") for kind in KEPT}


def program(description: str) -> None:
    """Declare each component with the resource that its input comes from, which another description replaces."""
    for kind, role in ROLES.items():
        name = f"source-of-{role}"
        source = aws.iam.Policy(name, name=name, description=description, policy=json.dumps(OWN))

        def text(value: str, source: aws.iam.Policy = source) -> pulumi.Output[str]:
            return source.arn.apply(lambda _: value)

        declare, inputs = KEPT[kind]
        declare(role, source, **inputs(text))


@pytest.fixture(scope="module")
def replaced(shared_box: Sandbox) -> Replaced:
    """Replace every such resource in one run; return what that did to each role."""
    shared_box.reset()
    for role in ROLES.values():
        shared_box.create_role(role)
    shared_box.stack(partial(program, "one")).up()
    begin = len(shared_box.writes)
    stack = shared_box.stack(partial(program, "two"))
    stack.up()
    stack.refresh(expect_no_changes=True)
    calls = [(call.action, call.target) for call in shared_box.writes[begin:]]
    found = {}
    for kind, role in ROLES.items():
        assert [*shared_box.role_policies(role), *shared_box.attached_policies(role)] != []
        gaps = {gap.action for action in CHANNEL_ACTIONS for gap in shared_box.gaps(role, action)}
        found[kind] = ([call for call in calls if call[1] == role], sorted(gaps))
    return found


@pytest.mark.parametrize("kind", KEPT)
def test_another_value_alone_makes_another_policy(replaced: Replaced, kind: str) -> None:
    """The policy stays as it is if the value does, whatever becomes of the resource that it comes from."""
    assert replaced[kind] == ([], [])
