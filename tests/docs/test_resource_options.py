"""docs/resource-options.md: each row of its tables, as the engine's state and the sandbox's AWS have it afterwards."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Fault, Sandbox
from tests.docs.pages import Block, shows, table
from tests.on_engine import documents, permissions, writes

PAGE = "docs/resource-options.md"
POLICY = "aws:iam/rolePolicy:RolePolicy"

Options = Callable[[], pulumi.ResourceOptions]
Policy = dict[str, Any]


class Team(pulumi.ComponentResource):
    """Some component of a user, with a provider for its children."""

    def __init__(self, box: Sandbox) -> None:
        """Declare it."""
        provider = aws.Provider("teams", **box.provider_args("us-west-2"))
        super().__init__("app:index:Team", "team", None, pulumi.ResourceOptions(providers=[provider]))


def own_provider(box: Sandbox) -> aws.Provider:
    """Declare a provider of the program's own."""
    return aws.Provider("own", **box.provider_args("us-west-2"))


def attachment() -> aws.iam.RolePolicyAttachment:
    """Declare something of the same role that a component may depend on."""
    return aws.iam.RolePolicyAttachment(
        "other", role="web", policy_arn=f"arn:aws:iam::{Sandbox.account_id}:policy/other"
    )


def deny_deletion(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Protect whatever the transform is asked about."""
    args.opts.protect = True
    return pulumi.ResourceTransformResult(args.props, args.opts)


def last(urn: str | None) -> str:
    """Return the name at the end of a URN."""
    return str(urn).rpartition("::")[2]


REACHING: Mapping[str, tuple[Callable[[Sandbox], pulumi.ResourceOptions], Callable[[Policy, Sandbox], bool]]] = {
    "provider": (
        lambda box: pulumi.ResourceOptions(provider=own_provider(box)),
        lambda made, _: "pulumi:providers:aws::own::" in made["provider"],
    ),
    "providers": (
        lambda box: pulumi.ResourceOptions(providers=[own_provider(box)]),
        lambda made, _: "pulumi:providers:aws::own::" in made["provider"],
    ),
    "parent": (
        lambda box: pulumi.ResourceOptions(parent=Team(box)),
        lambda made, _: "pulumi:providers:aws::teams::" in made["provider"] and "Team$ssm-perms" in made["urn"],
    ),
    "protect": (lambda _: pulumi.ResourceOptions(protect=True), lambda made, _: made["protect"]),
    "retain_on_delete": (
        lambda _: pulumi.ResourceOptions(retain_on_delete=True),
        lambda made, _: made["retainOnDelete"],
    ),
    "depends_on": (
        lambda _: pulumi.ResourceOptions(depends_on=[attachment()]),
        lambda _, box: writes(box)[-2:] == [("AttachRolePolicy", "web"), ("PutRolePolicy", "web")],
    ),
    "aliases": (
        lambda _: pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")]),
        lambda made, _: made["outputs"]["name"].startswith("old-session-manager-"),
    ),
    "transforms": (lambda _: pulumi.ResourceOptions(transforms=[deny_deletion]), lambda made, _: made["protect"]),
    "deleted_with": (
        lambda _: pulumi.ResourceOptions(deleted_with=attachment()),
        lambda made, _: last(made["deletedWith"]) == "other",
    ),
}


def policy_in(stack: auto.Stack) -> Policy:
    """Return what the state holds about the policy."""
    deployment = stack.export_stack().deployment or {}
    [found] = [resource for resource in deployment["resources"] if resource["type"] == POLICY]
    return dict(found)


@pytest.mark.parametrize("row", table(PAGE, "What reaches the policy"), ids=lambda row: row[0].strip("`"))
def test_what_reaches_the_policy(box: Sandbox, row: list[str]) -> None:
    """Each option of the table is the policy's in the engine's state."""
    options, reached = REACHING[row[0].strip("`")]
    box.client("iam").create_policy(PolicyName="other", PolicyDocument=json.dumps(policy_document()))
    box.fail("AttachRolePolicy", Fault.slow(1))
    if row[0] == "`aliases`":
        box.stack(permissions("old")).up()
    stack = box.stack(permissions(opts=lambda: options(box)))
    stack.up()

    assert reached(policy_in(stack), box)


def test_a_retained_policy_stays(box: Sandbox) -> None:
    """`retain_on_delete` leaves the policy on the role when everything is destroyed."""
    stack = box.stack(permissions(opts=lambda: pulumi.ResourceOptions(retain_on_delete=True)))
    stack.up()
    stack.destroy()

    assert documents(box) == [policy_document()]


def test_deleted_with_the_role_the_role_cannot_go(box: Sandbox) -> None:
    """IAM refuses to delete a role with a policy that Pulumi leaves there."""
    trust = box.client("iam").get_role(RoleName="web")["Role"]["AssumeRolePolicyDocument"]

    def program() -> None:
        role = aws.iam.Role("app", name="app", assume_role_policy=json.dumps(trust))
        SessionManagerPermissions("app", {"role": role.name}, pulumi.ResourceOptions(deleted_with=role))

    box.stack(program).up()
    stack = box.stack(lambda: None)

    with pytest.raises(auto.CommandError, match="DeleteConflict"):
        stack.up()


KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CHANGED = {"kms_key_arns": [KEY]}
NOT_REACHING: Mapping[str, tuple[pulumi.ResourceOptions, dict[str, Any], list[tuple[str, str]]]] = {
    "ignore_changes": (
        pulumi.ResourceOptions(ignore_changes=["policy", "kmsKeyArns", "kms_key_arns"]),
        CHANGED,
        [("PutRolePolicy", "web")],
    ),
    "delete_before_replace": (
        pulumi.ResourceOptions(delete_before_replace=True),
        {"policy_name": "ssm"},
        [("PutRolePolicy", "web"), ("DeleteRolePolicy", "web")],
    ),
    "replace_on_changes": (
        pulumi.ResourceOptions(replace_on_changes=["policy"]),
        CHANGED,
        [("PutRolePolicy", "web")],
    ),
    "import_": (pulumi.ResourceOptions(import_="web:console"), {}, []),
}


@pytest.mark.parametrize("row", table(PAGE, "What does not reach it"), ids=lambda row: row[0].strip("`"))
def test_what_does_not_reach_the_policy(box: Sandbox, row: list[str]) -> None:
    """The engine does with the policy what it would do without the option."""
    options, inputs, expected = NOT_REACHING[row[0].strip("`")]
    box.stack(permissions(opts=lambda: options)).up()
    first = writes(box)
    box.stack(permissions(opts=lambda: options, **inputs)).up()

    assert first == [("PutRolePolicy", "web")]
    assert writes(box)[1:] == expected


@shows(PAGE, "Options by a transform")
def test_a_transform_gives_the_policy_an_option(box: Sandbox, shown: list[Block]) -> None:
    """With the page's transform another document is not written."""
    [program] = shown
    for block in (program, program.changed('"role": "web"', f'"role": "web", "kms_key_arns": ["{KEY}"]')):
        box.stack(block.program()).up()

    assert documents(box) == [policy_document()]
