"""docs/what-can-take-it-away.md: what `protect` stops, and what to do after that."""

from typing import Final

import pulumi
import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.on_engine import documents, gaps, permissions, writes

PAGE: Final = "docs/what-can-take-it-away.md"

OURS: Final = policy_document()
TYPE: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions"


@shows(PAGE, ("Protection", 1))
def test_a_protected_policy_stays(box: Sandbox, shown: list[Block]) -> None:
    """The run that would take it away fails, as does its preview, and the role has it all the time."""
    [program] = shown
    box.stack(program.program()).up()
    stack = box.stack(lambda: None)
    for refused in (stack.preview, stack.up):
        with pytest.raises(auto.CommandError, match="because it is protected"):
            refused()

    assert (documents(box), gaps(box)) == ([OURS], [])


@shows(PAGE, ("Protection", 1))
def test_protection_refuses_another_name_too(box: Sandbox, shown: list[Block]) -> None:
    """A change that would be safe without it is refused as well."""
    [program] = shown
    box.stack(program.program()).up()
    with pytest.raises(auto.CommandError, match="because it is protected"):
        box.stack(program.changed('"ssm"', '"sessions"').program()).up()

    assert (OURS in documents(box), gaps(box)) == (True, [])


@shows(PAGE, ("Protection", 1))
def test_an_alias_lets_a_protected_component_be_renamed(box: Sandbox, shown: list[Block]) -> None:
    """Without it the preview fails; with it there is nothing to do."""
    [program] = shown
    box.stack(program.program()).up()
    renamed = program.changed('"web", {', '"frontend", {')
    with pytest.raises(auto.CommandError, match="because it is protected"):
        box.stack(renamed.program()).preview()
    box.stack(renamed.changed("protect=True", 'protect=True, aliases=[pulumi.Alias(name="web")]').program()).up()

    assert writes(box) == [("PutRolePolicy", "web")]


@pytest.mark.parametrize("aliased", ["", "aliased"], ids=["without alias", "with alias"])
@shows(PAGE, ("Protection", 2), "Fewer parents, or a parent of another type")
def test_a_move_that_protection_stopped(box: Sandbox, shown: list[Block], terminal: OpenTerminal, aliased: str) -> None:
    """The state has the policy twice; after the page's commands there is nothing to do, with or without the alias."""
    forget, before, *after = shown
    parented, moved, with_alias = (
        before.changed("parent=team", "parent=team, protect=True"),
        after[0].changed('"ssm"})', '"ssm"}, pulumi.ResourceOptions(protect=True))'),
        after[1].changed("aliases=[before]", "aliases=[before], protect=True"),
    )
    box.stack(parented.program()).up()
    with pytest.raises(auto.CommandError, match="because it is protected"):
        box.stack(moved.program(pulumi=pulumi)).up()
    stack = box.stack((with_alias if aliased else moved).program(pulumi=pulumi))
    terminal(stack).run(forget.text)
    stack.up()
    stack.preview(refresh=True, expect_no_changes=True)

    assert with_alias.text
    assert (documents(box), gaps(box)) == ([OURS], [])


def test_a_protected_policy_of_a_generated_name_may_go(box: Sandbox) -> None:
    """A rename that protection stopped has made a second policy, and the old one goes when it is unprotected."""
    box.stack(permissions(opts=lambda: pulumi.ResourceOptions(protect=True))).up()
    stack = box.stack(permissions("frontend", opts=lambda: pulumi.ResourceOptions(protect=True)))
    with pytest.raises(auto.CommandError, match="because it is protected"):
        stack.up()
    both = documents(box)
    for urn in (f"{TYPE}::web", f"{TYPE}$aws:iam/rolePolicy:RolePolicy::web-session-manager"):
        box.pulumi("state", "unprotect", urn, "--yes", cwd=stack.workspace.work_dir)
    stack.up()

    assert (both, documents(box), gaps(box)) == ([OURS, OURS], [OURS], [])
