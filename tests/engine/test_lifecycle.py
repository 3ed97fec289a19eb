"""From the first `up` to `destroy`: each operation does what it should to the component's policy, and no more."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import ANY_ENCRYPTION, CHANNELS, KEY, allow, decrypt, policy
from tests.on_engine import documents, gaps, permissions, steps, writes

COMPONENT: Final = "ssm-perms:index:SessionManagerPermissions"
OWN: Final = policy(allow(["s3:GetObject"]))
PUT: Final = ("PutRolePolicy", "web")
DELETE: Final = ("DeleteRolePolicy", "web")
# The stack itself, the component and its policy.
ALL: Final = 3


def changes(result: Any) -> Mapping[str, int]:
    """Return how many resources met what, as Pulumi counts them under an operation."""
    return dict(result.summary.resource_changes)


def set_up(box: Sandbox) -> dict[str, Any]:
    """Make a role with a policy of its own and a managed one; return all of it."""
    iam = box.client("iam")
    box.create_role("web", path="/team/", policies={"own": OWN})
    arn = iam.create_policy(PolicyName="other", PolicyDocument=json.dumps(OWN))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="web", PolicyArn=arn)
    iam.tag_role(RoleName="web", Tags=[{"Key": "team", "Value": "web"}])
    box.forget()
    return whole_role(box)


def whole_role(box: Sandbox) -> dict[str, Any]:
    """Return everything that IAM says of a role."""
    role = box.client("iam").get_role(RoleName="web")["Role"]
    return {"role": role, "inline": box.role_policies("web"), "attached": box.attached_policies("web")}


def edit_by_hand(box: Sandbox, document: Mapping[str, Any] = OWN) -> None:
    """Let somebody else write over the component's policy, past Pulumi, in a layout of their own."""
    [name] = box.role_policies("web")
    text = json.dumps(document, sort_keys=True, indent=2)
    box.client("iam").put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=text)
    box.forget()


def delete_by_hand(box: Sandbox) -> None:
    """Let somebody else delete the component's policy, past Pulumi."""
    [name] = box.role_policies("web")
    box.client("iam").delete_role_policy(RoleName="web", PolicyName=name)
    box.forget()


def deployed(box: Sandbox, **args: Any) -> auto.Stack:
    """Return a stack that is up, with a role that has nothing else, and an empty record."""
    box.create_role("web")
    stack = box.stack(permissions(**args))
    stack.up()
    box.forget()
    return stack


def test_a_component_is_two_registrations(box: Sandbox) -> None:
    """A stack with one component holds the component and one policy under it, and asked the engine for no function."""
    stack = deployed(box)
    resources = stack.export_stack().deployment or {}
    urns = [made["urn"] for made in resources["resources"] if not made["type"].startswith("pulumi:")]

    assert urns == [
        f"urn:pulumi:dev::app::{COMPONENT}::web",
        f"urn:pulumi:dev::app::{COMPONENT}$aws:iam/rolePolicy:RolePolicy::web-session-manager",
    ]


def test_a_second_up_does_nothing(box: Sandbox) -> None:
    """What is as it should be is not even asked for."""
    stack = deployed(box, kms_key_arns=[KEY])

    assert changes(stack.up()) == {"same": ALL}
    assert box.calls == []


def test_an_update_is_in_place(box: Sandbox) -> None:
    """Another document is one step and one write, under the same name."""
    deployed(box)
    names = list(box.role_policies("web"))
    stack = box.stack(permissions(kms_key_arns=[KEY]))

    assert [(step.op, step.name) for step in steps(stack.up)] == [("update", "web-session-manager")]
    assert (writes(box), list(box.role_policies("web"))) == ([PUT], names)


def test_a_refresh_finds_nothing_where_nothing_happened(box: Sandbox) -> None:
    """What IAM gives back counts as what was written, however it is spaced and ordered."""
    stack = deployed(box, kms_key_arns=[KEY], s3_log_encryption_enforced=True)
    edit_by_hand(box, policy(CHANNELS, ANY_ENCRYPTION, decrypt(KEY)))

    assert changes(stack.refresh()) == {"same": ALL}
    assert changes(stack.up()) == {"same": ALL}


@pytest.mark.parametrize("disturb", [edit_by_hand, delete_by_hand], ids=["edited", "deleted"])
def test_what_was_done_by_hand_is_undone_after_a_refresh(box: Sandbox, disturb: Callable[[Sandbox], None]) -> None:
    """A policy that somebody edited or deleted is what it should be again after one `pulumi up --refresh`."""
    stack = deployed(box)
    disturb(box)
    stack.up(refresh=True)

    assert (writes(box), documents(box)) == ([PUT], [policy(CHANNELS)])


def test_what_was_done_by_hand_is_not_seen_without_a_refresh(box: Sandbox) -> None:
    """`pulumi up` alone trusts its state, as with every resource."""
    stack = deployed(box)
    delete_by_hand(box)

    assert changes(stack.up()) == {"same": ALL}
    assert box.calls == []


def test_a_role_that_was_made_again_gets_its_policy_back(box: Sandbox) -> None:
    """Where the role itself was deleted and made again, a refresh notices, and `up` writes the policy."""
    stack = deployed(box)
    delete_by_hand(box)
    box.client("iam").delete_role(RoleName="web")
    box.create_role("web")
    stack.up(refresh=True)

    assert documents(box) == [policy(CHANNELS)]


def test_destroy_leaves_the_role_as_it_was(box: Sandbox) -> None:
    """After `up` and `destroy` the role, its other inline and managed policies and its tags are what they were."""
    before = set_up(box)
    stack = box.stack(permissions())
    stack.up()
    stack.destroy()

    assert (writes(box), whole_role(box)) == ([PUT, DELETE], before)


def test_removing_the_component_leaves_the_role_as_it_was(box: Sandbox) -> None:
    """A program without the component takes its policy away, and nothing else."""
    before = set_up(box)
    box.stack(permissions()).up()
    box.stack(lambda: None).up()

    assert (writes(box), whole_role(box)) == ([PUT, DELETE], before)


def test_a_role_that_is_gone_does_not_stop_destroy(box: Sandbox) -> None:
    """Where the role was deleted by hand, there is nothing left to take away, and `destroy` succeeds."""
    stack = deployed(box)
    delete_by_hand(box)
    box.client("iam").delete_role(RoleName="web")

    assert changes(stack.destroy()) == {"delete": ALL}


def test_two_stacks_share_a_role(box: Sandbox) -> None:
    """Two stacks of one program have a policy each on the role; one goes without the other."""
    box.create_role("web")
    stacks = [box.stack(permissions(), name=name) for name in ("blue", "green")]
    for stack in stacks:
        stack.up()
    both = documents(box)
    stacks[0].destroy()

    assert both == [policy(CHANNELS), policy(CHANNELS)]
    assert (documents(box), gaps(box)) == ([policy(CHANNELS)], [])


def test_two_stacks_with_one_fixed_name_share_one_policy(box: Sandbox) -> None:
    """The documented price of a fixed name: the second stack writes over the first, and either one takes it away."""
    box.create_role("web")
    stacks = [box.stack(permissions(policy_name="sessions"), name=name) for name in ("blue", "green")]
    for stack in stacks:
        stack.up()
    stacks[0].destroy()

    assert (writes(box), documents(box)) == ([PUT, PUT, DELETE], [])


@pytest.mark.parametrize(
    ("option", "left"),
    [({"retain_on_delete": True}, [policy(CHANNELS)]), ({}, [])],
    ids=["retained", "not retained"],
)
def test_a_policy_can_stay_when_the_stack_goes(box: Sandbox, option: Mapping[str, Any], left: list[Any]) -> None:
    """`retain_on_delete` on the component reaches its policy."""
    box.create_role("web")
    stack = box.stack(permissions(opts=lambda: pulumi.ResourceOptions(**option)))
    stack.up()
    stack.destroy()

    assert documents(box) == left


def test_a_policy_that_is_there_can_be_imported(box: Sandbox) -> None:
    """A policy written by hand is taken over, without a write, by a transform that names it."""
    box.create_role("web", policies={"sessions": policy(CHANNELS)})

    def take_over(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:iam/rolePolicy:RolePolicy":
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_="web:sessions"))
        return pulumi.ResourceTransformResult(args.props, opts)

    program = permissions(policy_name="sessions", opts=lambda: pulumi.ResourceOptions(transforms=[take_over]))
    result = box.stack(program).up()

    assert changes(result) == {"create": ALL - 1, "import": 1}
    assert (writes(box), documents(box)) == ([], [policy(CHANNELS)])


def test_the_role_may_be_made_and_unmade_with_the_policy(box: Sandbox) -> None:
    """A role of the same program is there before its policy, and goes after it."""

    def program() -> None:
        trust = policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
        role = aws.iam.Role("web", name="web", assume_role_policy=json.dumps(trust))
        SessionManagerPermissions("web", {"role": role.name})

    stack = box.stack(program)
    stack.up()
    stack.destroy()

    assert writes(box) == [("CreateRole", "web"), PUT, DELETE, ("DeleteRole", "web")]
