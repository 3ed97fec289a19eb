"""docs/names-and-replacement.md: what becomes of an exact name in two programs, in a part of one, under a parent."""

import json
from collections.abc import Callable
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import all_of, up
from tests.on_engine import Program, gaps, inline_documents, permissions, steps, writes

PAGE: Final = "docs/names-and-replacement.md"

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
PROTECTED: Final = "because it is protected"
COMPONENT: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions::web"
POLICY: Final = "urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::/web/ssm"
WRITTEN: Final = ("PutRolePolicy", "web")
GONE: Final = ("DeleteRolePolicy", "web")
OURS: Final = policy_document()


def own(name: str, policy_name: str) -> None:
    """Declare a RolePolicy of the program's own."""
    aws.iam.RolePolicy(name, role="web", name=policy_name, policy=json.dumps(OURS))


def test_two_stacks_share_an_exact_name(box: Sandbox) -> None:
    """The first one that goes deletes the policy of both, unless the name is generated."""
    box.create_role("api")
    program = all_of([permissions(**EXACT), permissions("api", role="api")])
    stacks = [box.stack(program, project=project) for project in ("app", "platform")]
    for stack in stacks:
        stack.up()
    stacks[0].destroy()

    assert [inline_documents(box, role) for role in ("web", "api")] == [[], [OURS]]
    assert gaps(box, ["api"]) == []


def test_one_program_has_a_name_once(box: Sandbox) -> None:
    """Pulumi refuses a second resource that is called as the policy is."""
    with pytest.raises(auto.CommandError, match=f"Duplicate resource URN '{POLICY}'"):
        up(box, all_of([lambda: own("/web/ssm", "ssm"), permissions(**EXACT)]))


def late_role(**args: Any) -> Program:
    """Return a program whose component gets its role from a resource that the preview is yet to create."""

    def program() -> None:
        other = aws.iam.RolePolicy("own", role="web", name="own", policy=json.dumps(OURS))
        permissions(role=lambda: other.id.apply(lambda _: "web"), **EXACT, **args)()

    return program


def test_what_a_preview_does_not_know_looks_like_a_loss(box: Sandbox) -> None:
    """It shows another policy and the end of this one, and `protect` refuses it; an update leaves it alone."""

    def protected() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(protect=True)

    up(box, permissions(**EXACT))
    previewed = [(step.op, step.name) for step in steps(box.stack(late_role()).preview)]
    up(box, permissions(opts=protected, **EXACT))
    stack = box.stack(late_role(opts=protected))
    with pytest.raises(auto.CommandError, match=PROTECTED):
        stack.preview()
    stack.up()

    assert sorted(previewed) == [("create", "own"), ("create", "web-session-manager-exact"), ("delete", "/web/ssm")]
    assert [call.params["PolicyName"] for call in box.writes] == ["ssm", "own"]


@pytest.mark.parametrize("dependents", [False, True], ids=["", "--target-dependents"])
def test_a_target_is_the_component_alone(box: Sandbox, *, dependents: bool) -> None:
    """Its policy is neither made nor deleted with it, unless its URN is named as well."""
    stack = box.stack(permissions(**EXACT))
    stack.up(target=[COMPONENT], target_dependents=dependents)
    nothing = inline_documents(box)
    stack.up(target=[COMPONENT, POLICY])
    box.forget()
    stack.destroy(target=[COMPONENT], target_dependents=dependents)

    assert nothing == []
    assert writes(box) == []
    assert inline_documents(box) == [OURS]
    assert POLICY in box.state_file().read_text()


@shows(PAGE, "Parts of a program")
def test_both_urns_are_destroyed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The page's command deletes the policy with its component."""
    [command] = shown
    terminal(up(box, permissions(**EXACT))).run(command.text)

    assert writes(box) == [WRITTEN, GONE]
    assert inline_documents(box) == []


def retain() -> pulumi.ResourceOptions:
    """Keep what is made when it leaves the program."""
    return pulumi.ResourceOptions(retain_on_delete=True)


def in_a_team(team: pulumi.ResourceOptions, component: pulumi.ResourceOptions, **args: Any) -> None:
    """Declare a component that belongs to a team."""
    parent = pulumi.ComponentResource("acme:index:Team", "frontend", None, team)
    opts = pulumi.ResourceOptions.merge(component, pulumi.ResourceOptions(parent=parent))
    permissions(opts=lambda: opts, **args)()


RETAINED: Final[dict[str, tuple[Callable[[], None], bool]]] = {
    "exact, by the parent": (lambda: in_a_team(retain(), pulumi.ResourceOptions(), **EXACT), False),
    "exact, by the component": (lambda: in_a_team(pulumi.ResourceOptions(), retain(), **EXACT), True),
    "generated, by the parent": (lambda: in_a_team(retain(), pulumi.ResourceOptions()), True),
}


@pytest.mark.parametrize(("program", "kept"), RETAINED.values(), ids=RETAINED)
def test_the_parent_retains_a_generated_name_alone(box: Sandbox, program: Program, *, kept: bool) -> None:
    """An exact name stays after destroy only if `retain_on_delete` is its component's own."""
    up(box, program).destroy()

    assert inline_documents(box) == ([OURS] if kept else [])
