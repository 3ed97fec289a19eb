"""docs/upgrading.md: another document shows in a preview, is written in place, and can be taken back.

CHANGELOG.md: a state of the version before keeps its policies over an upgrade, and back.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

import pulumi_ssm_perms
from pulumi_ssm_perms import _document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import all_of, held, up
from tests.on_engine import Program, gaps, inline_documents, permissions, steps, writes

CHANGELOG: Final = "CHANGELOG.md"
STATE: Final = "If you have a state of an earlier commit"

NEW: Final = "new"
OLD: Final = "old"
OURS: Final = pulumi_ssm_perms.policy_document()
DOCUMENT: Final = json.dumps(OURS, separators=(",", ":"))
RETAINED: Final = ", pulumi.ResourceOptions(retain_on_delete=True)"
PROTECTED: Final = ", pulumi.ResourceOptions(protect=True)"

Deploy = Callable[[str, Program], auto.Stack]


@shows("docs/upgrading.md", "What it would change")
def test_another_document_shows_in_a_preview_and_is_in_place(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command refuses another document, an update of the policy alone; it and the way back are one write each."""
    [look] = shown
    stack = up(box, permissions())
    console = terminal(stack)
    console.run(look.text)
    with monkeypatch.context() as new_version:
        more = (*_document.CHANNEL_ACTIONS, "ssmmessages:OpenSideChannel")
        new_version.setattr(_document, "CHANNEL_ACTIONS", more)
        refusal = console.fails(look.text)
        updated = [(step.op, step.name) for step in steps(stack.up)]
    stack.up()

    assert "no changes were expected for preview but changes were proposed" in refusal
    assert updated == [("update", "web-session-manager")]
    assert (writes(box), gaps(box), inline_documents(box)) == ([("PutRolePolicy", "web")] * 3, [], [OURS])


def old_permissions(name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
    """Declare an inline policy as an earlier commit did: always under the component's name in Pulumi's state."""
    component = pulumi.ComponentResource("ssm-perms:index:SessionManagerPermissions", name, None, opts)
    below = pulumi.ResourceOptions(parent=component, delete_before_replace=False)
    given = {"role": args["role"], "name": args.get("policy_name")}
    aws.iam.RolePolicy(f"{name}-session-manager", policy=DOCUMENT, opts=below, **given)


def old_fleet(name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
    """Declare a managed policy as it did: whatever its description, and with the roles as they are written."""
    component = pulumi.ComponentResource("ssm-perms:index:SessionManagerManagedPolicy", name, None, opts)
    below = pulumi.ResourceOptions(parent=component, delete_before_replace=False)
    given = {"name": args.get("policy_name"), "description": args.get("description"), "path": args.get("path")}
    policy = aws.iam.Policy(f"{name}-session-manager", policy=DOCUMENT, opts=below, **given)
    for role in args["roles"]:
        aws.iam.RolePolicyAttachment(f"{name}/{role}", role=role, policy_arn=policy.arn, opts=below)


VERSIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    OLD: {"SessionManagerPermissions": old_permissions, "SessionManagerManagedPolicy": old_fleet},
    NEW: {
        "SessionManagerPermissions": pulumi_ssm_perms.SessionManagerPermissions,
        "SessionManagerManagedPolicy": pulumi_ssm_perms.SessionManagerManagedPolicy,
    },
}


@pytest.fixture
def deploy(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """What runs a program with the one version or the other."""

    def deploy(version: str, program: Program) -> auto.Stack:
        for name, component in VERSIONS[version].items():
            monkeypatch.setattr(pulumi_ssm_perms, name, component)
        return up(box, program)

    return deploy


both_ways = pytest.mark.parametrize("versions", [(OLD, NEW), (NEW, OLD)], ids=["upgrade", "way back"])

ROLES: Final = ("inline", "CAPITALS", "described", "named")


def others(name: str, *, retained: bool = False) -> Program:
    """Return a program with a policy of a generated name, and with a fleet for each of the other roles.

    One of the fleets has this exact name, and the one with capitals has the option.
    """

    def program() -> None:
        single, many = pulumi_ssm_perms.SessionManagerPermissions, pulumi_ssm_perms.SessionManagerManagedPolicy
        single("inline", {"role": "inline"})
        many("CAPITALS", {"roles": ["CAPITALS"]}, pulumi.ResourceOptions(retain_on_delete=retained))
        many("described", {"roles": ["described"], "description": "a", "path": "/ssm/"})
        many("named", {"roles": ["named"], "policy_name": name})

    return program


@pytest.fixture
def roles(box: Sandbox) -> Sandbox:
    """The sandbox with a role for each of these policies."""
    for role in ROLES:
        box.create_role(role)
    return box


@both_ways
@shows(CHANGELOG, (STATE, 1))
def test_the_steps_keep_every_policy(
    roles: Sandbox, shown: list[Block], deploy: Deploy, versions: tuple[str, str]
) -> None:
    """The option, the other version, the option out again: an exact name is written once more, and nothing is away.

    A fleet with a `policy_name` gets another one meanwhile; on the way back, one of a role with capitals is retained.
    """
    [block] = shown
    retained, protected = block.program(), block.changed(RETAINED, PROTECTED).program()
    first, second = versions
    back = second == OLD
    deploy(first, all_of([protected, others("one")]))
    deploy(first, all_of([retained, others("one", retained=back)]))
    deploy(second, all_of([retained, others("two", retained=back)]))
    stack = deploy(second, all_of([protected, others("two")]))
    stack.preview(refresh=True, expect_no_changes=True)

    assert [writes(roles).count(("PutRolePolicy", role)) for role in ("web", "inline")] == [2, 1]
    assert [held(roles, role) for role in ("web", *ROLES)] == [[OURS]] * 5
    assert len(roles.client("iam").list_policies(Scope="Local")["Policies"]) == 3
    assert gaps(roles, ["web", *ROLES]) == []


@both_ways
@shows(CHANGELOG, (STATE, 1))
def test_without_the_steps_they_are_lost(
    roles: Sandbox, shown: list[Block], deploy: Deploy, versions: Sequence[str]
) -> None:
    """An exact name is another one to each version, and a role with capitals is detached on the way back."""
    [block] = shown
    exact = block.changed(RETAINED, "").program()
    for version, name in zip(versions, ("one", "two"), strict=True):
        deploy(version, all_of([exact, others(name)]))
    detached = [("DetachRolePolicy", "CAPITALS")] if versions[1] == OLD else []

    assert gaps(roles, ["web", *ROLES]) == [("DeleteRolePolicy", "web"), *detached]


@shows(CHANGELOG, STATE)
def test_a_renamed_entry_keeps_an_exact_name(
    box: Sandbox, shown: list[Block], deploy: Deploy, terminal: OpenTerminal
) -> None:
    """After the command of the page the new version has nothing to write."""
    block, rename = shown
    program = block.changed(RETAINED, "").program()
    terminal(deploy(OLD, program)).run(rename.text)
    deploy(NEW, program)

    assert (writes(box), inline_documents(box)) == ([("PutRolePolicy", "web")], [OURS])


@both_ways
def test_a_fleet_cannot_keep_its_policy_name(box: Sandbox, deploy: Deploy, versions: Sequence[str]) -> None:
    """The run fails, and the role keeps the policy."""

    def program() -> None:
        pulumi_ssm_perms.SessionManagerManagedPolicy("fleet", {"roles": ["web"], "policy_name": "one"})

    deploy(versions[0], program)
    with pytest.raises(auto.CommandError, match="EntityAlreadyExists"):
        deploy(versions[1], program)

    assert (held(box), gaps(box)) == ([OURS], [])
