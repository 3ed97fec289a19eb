"""Exact names on the engine: what a preview shows, what is protected, and what a transform hides.

What becomes of a program around them is in `test_bare_and_ours.py`.
"""

import json
from functools import partial
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.components import ROLE_POLICY
from tests.documents import CHANNELS, policy
from tests.moves import HERE, THERE, put, transformed
from tests.on_engine import TRUST, errors, steps, writes

OURS: Final = policy(CHANNELS)
NAMED: Final[Any] = {"role": "web", "policy_name": "ssm"}


@pytest.fixture
def roles(box: Sandbox) -> Sandbox:
    """A sandbox with roles, which have nothing yet."""
    for role in ("api", "old", "web"):
        box.create_role(role)
    return box


def test_a_role_that_is_made_in_the_same_run(roles: Sandbox) -> None:
    """A preview that does not know the role's name yet shows the policy; the run gives it its own name in Pulumi."""

    def program() -> None:
        made = aws.iam.Role("made", assume_role_policy=TRUST)
        SessionManagerPermissions("web", {"role": made.arn, "policy_name": "ssm"})

    stack = roles.stack(program)
    previewed, created = (
        [step.name for step in steps(operation) if step.type == ROLE_POLICY] for operation in (stack.preview, stack.up)
    )
    [role] = {call.target for call in roles.writes if call.action == "PutRolePolicy"}

    assert previewed == ["web-session-manager-exact"]
    assert created == [f"/{role}/ssm"]
    assert steps(stack.up) == []


def protecting(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Protect the policies."""
    if args.type_ != ROLE_POLICY:
        return None
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


def test_what_is_protected_stays(roles: Sandbox) -> None:
    """`protect` of the component, of its parent and of a transform is the policy's: `up` refuses to delete it."""

    def program() -> None:
        team = pulumi.ComponentResource("app:index:Team", "team", None, pulumi.ResourceOptions(protect=True))
        for role, opts in {
            "web": pulumi.ResourceOptions(protect=True),
            "api": pulumi.ResourceOptions(parent=team),
            "old": pulumi.ResourceOptions(transforms=[protecting]),
        }.items():
            SessionManagerPermissions(role, {"role": role, "policy_name": "ssm"}, opts)

    roles.stack(program).up()
    said = errors(roles.stack(lambda: None).up)

    assert any("protected" in line for line in said), f"the protection must be named: {said}"
    assert [roles.role_policies(role) for role in ("web", "api", "old")] == [{"ssm": OURS}] * 3


def test_a_protected_policy_whose_name_a_preview_does_not_know(roles: Sandbox) -> None:
    """A preview fails, since it takes the known policy for one that goes; `up` without a preview has nothing to do."""

    def program(prefix: str) -> None:
        source = aws.iam.Policy("source", name_prefix=prefix, policy=json.dumps(OURS))
        args: Any = {"role": "web", "policy_name": source.arn.apply(lambda _: "ssm")}
        SessionManagerPermissions("web", args, pulumi.ResourceOptions(protect=True))

    roles.stack(partial(program, "one")).up()
    stack = roles.stack(partial(program, "two"))
    said = errors(stack.preview)
    stack.up()

    assert any("::/web/ssm" in line and "cannot be deleted" in line for line in said), f"it must be protected: {said}"
    assert [call for call in writes(roles) if "RolePolicy" in call[0]] == [put("web")]


def test_another_account_under_a_transform_needs_a_refresh(roles: Sandbox) -> None:
    """The SDK carries no account through a transform: nothing is written there until `pulumi up --refresh`."""
    roles.create_role("web", account=THERE)

    def program(name: str, account: str) -> None:
        opts = transformed("")
        opts.provider = aws.Provider("aws", **roles.provider_args(account=account))
        SessionManagerPermissions(name, NAMED, opts)

    held = []
    for name, account, refresh in (("web", HERE, None), ("app", THERE, None), ("app", THERE, True)):
        roles.stack(partial(program, name, account)).up(refresh=refresh)
        held.append([roles.role_policies("web", each) for each in (HERE, THERE)])

    assert held == [[{"ssm": OURS}, {}], [{"ssm": OURS}, {}], [{"ssm": OURS}, {"ssm": OURS}]]
