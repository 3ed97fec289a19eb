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
from tests.on_engine import TRUST, documents, permissions, steps, writes

COMPONENT: Final = "ssm-perms:index:SessionManagerPermissions"
OWN: Final = policy(allow(["s3:GetObject"]))
PUT: Final = ("PutRolePolicy", "web")
DELETE: Final = ("DeleteRolePolicy", "web")
# The stack itself, the component and its policy.
ALL: Final = 3


def changes(result: Any) -> Mapping[str, int]:
    """Return how many resources met what, as Pulumi counts them under an operation."""
    return dict(result.summary.resource_changes)


def whole_role(box: Sandbox) -> dict[str, Any]:
    """Return everything that IAM says of a role."""
    role = box.client("iam").get_role(RoleName="web")["Role"]
    return {"role": role, "inline": box.role_policies("web"), "attached": box.attached_policies("web")}


def edit_by_hand(box: Sandbox, role: str, document: Mapping[str, Any]) -> None:
    """Let somebody else write over the component's policy, past Pulumi, in a layout of their own."""
    [name] = box.role_policies(role)
    text = json.dumps(document, sort_keys=True, indent=2)
    box.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=text)
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


def test_a_second_up_does_nothing(box: Sandbox) -> None:
    """A stack holds the component and one policy under it; what is as it should be is not even asked for."""
    stack = deployed(box, kms_key_arns=[KEY])
    resources = stack.export_stack().deployment or {}
    urns = [made["urn"] for made in resources["resources"] if not made["type"].startswith("pulumi:")]

    assert urns == [
        f"urn:pulumi:dev::app::{COMPONENT}::web",
        f"urn:pulumi:dev::app::{COMPONENT}$aws:iam/rolePolicy:RolePolicy::web-session-manager",
    ]
    assert (changes(stack.up()), box.calls) == ({"same": ALL}, [])


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
    edit_by_hand(box, "web", policy(CHANNELS, ANY_ENCRYPTION, decrypt(KEY)))

    assert changes(stack.up(refresh=True)) == {"same": ALL}


def test_what_was_done_by_hand_is_undone_after_a_refresh(box: Sandbox) -> None:
    """Plain `up` trusts its state; with `--refresh`, a policy that was edited or deleted is what it should be again."""

    def program() -> None:
        for role in ("api", "web"):
            SessionManagerPermissions(role, {"role": role})

    for role in ("api", "web"):
        box.create_role(role)
    stack = box.stack(program)
    stack.up()
    edit_by_hand(box, "api", OWN)
    delete_by_hand(box)
    stack.up()
    unseen = box.calls
    stack.up(refresh=True)

    assert (unseen, sorted(writes(box))) == ([], [("PutRolePolicy", "api"), PUT])
    assert [documents(box, role) for role in ("api", "web")] == [[policy(CHANNELS)]] * 2


@pytest.mark.parametrize(
    "end",
    [lambda box: box.stack(permissions()).destroy(), lambda box: box.stack(lambda: None).up()],
    ids=["destroy", "up without the component"],
)
def test_the_role_is_left_as_it_was(box: Sandbox, end: Callable[[Sandbox], Any]) -> None:
    """In the end the role, its other inline and managed policies and its tags are what they were."""
    iam = box.client("iam")
    box.create_role("web", path="/team/", policies={"own": OWN})
    arn = iam.create_policy(PolicyName="other", PolicyDocument=json.dumps(OWN))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="web", PolicyArn=arn)
    iam.tag_role(RoleName="web", Tags=[{"Key": "team", "Value": "web"}])
    box.forget()
    before = whole_role(box)
    box.stack(permissions()).up()
    end(box)

    assert (writes(box), whole_role(box)) == ([PUT, DELETE], before)


def test_a_role_that_is_gone_does_not_stop_destroy(box: Sandbox) -> None:
    """Where the role was deleted by hand, there is nothing left to take away, and `destroy` succeeds."""
    stack = deployed(box)
    delete_by_hand(box)
    box.client("iam").delete_role(RoleName="web")

    assert changes(stack.destroy()) == {"delete": ALL}


def test_a_policy_can_stay_when_the_stack_goes(box: Sandbox) -> None:
    """`retain_on_delete` on the component reaches its policy."""
    box.create_role("web")
    stack = box.stack(permissions(opts=lambda: pulumi.ResourceOptions(retain_on_delete=True)))
    stack.up()
    stack.destroy()

    assert documents(box) == [policy(CHANNELS)]


def test_two_stacks_share_a_role(box: Sandbox) -> None:
    """Each has a policy of its own, and one goes without the other; an exact name is one policy, which either takes."""
    for role in ("exact", "web"):
        box.create_role(role)

    def program() -> None:
        permissions()()
        permissions("exact", role="exact", policy_name="ssm")()

    blue, green = (box.stack(program, name=name) for name in ("blue", "green"))
    blue.up()
    green.up()
    both = [documents(box, role) for role in ("web", "exact")]
    blue.destroy()

    assert both == [[policy(CHANNELS)] * 2, [policy(CHANNELS)]]
    assert [documents(box, role) for role in ("web", "exact")] == [[policy(CHANNELS)], []]


def test_the_role_may_be_made_and_unmade_with_the_policy(box: Sandbox) -> None:
    """A role of the same program is there before its policy, and goes after it."""

    def program() -> None:
        role = aws.iam.Role("web", name="web", assume_role_policy=TRUST)
        SessionManagerPermissions("web", {"role": role.name})

    stack = box.stack(program)
    stack.up()
    stack.destroy()

    assert writes(box) == [("CreateRole", "web"), PUT, DELETE, ("DeleteRole", "web")]
