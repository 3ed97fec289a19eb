"""docs/what-can-take-it-away.md: what `protect` stops, and what to do after that."""

from typing import Final

import pulumi
import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.on_engine import documents, gaps, permissions, writes

PAGE: Final = "docs/what-can-take-it-away.md"

OURS: Final = policy_document()
TYPE: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions"


@shows(PAGE, ("Protection", 1))
def test_a_protected_policy_stays(box: Sandbox, shown: list[Block]) -> None:
    """Without the component, preview and up fail; renamed, the preview, unless it has the alias; named anew, up."""
    [program] = shown
    up(box, program.program())
    gone = box.stack(lambda: None)
    renamed = program.changed('"web", {', '"frontend", {')
    for refused in (gone.preview, gone.up, box.stack(renamed.program()).preview):
        with pytest.raises(auto.CommandError, match="because it is protected"):
            refused()
    up(box, renamed.changed("protect=True", 'protect=True, aliases=[pulumi.Alias(name="web")]').program())
    written = writes(box)
    with pytest.raises(auto.CommandError, match="because it is protected"):
        box.stack(renamed.changed('"ssm"', '"sessions"').program()).up()

    assert written == [("PutRolePolicy", "web")]
    assert (box.role_policies("web")["ssm"], gaps(box)) == (OURS, [])


@shows(PAGE, ("Protection", 2), "Fewer parents, or a parent of another type")
def test_a_move_that_protection_stopped(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The state has the policy twice; after the page's commands there is nothing to do, with or without the alias."""
    forget, aliased = shown

    def nested() -> None:
        team = pulumi.ComponentResource("acme:index:Team", "frontend")
        permissions(policy_name="ssm", opts=lambda: pulumi.ResourceOptions(parent=team, protect=True))()

    up(box, nested)
    aliased = aliased.changed("aliases=[before]", "aliases=[before], protect=True")
    stack = box.stack(aliased.changed("aliases=[before], ", "").program())
    with pytest.raises(auto.CommandError, match="because it is protected"):
        stack.up()
    terminal(stack).run(forget.text)
    stack.up()
    box.stack(aliased.program()).preview(refresh=True, expect_no_changes=True)

    assert (documents(box), gaps(box)) == ([OURS], [])


def test_a_protected_policy_of_a_generated_name_may_go(box: Sandbox) -> None:
    """A rename that protection stopped has made a second policy, and the old one goes when it is unprotected."""
    up(box, permissions(opts=lambda: pulumi.ResourceOptions(protect=True)))
    stack = box.stack(permissions("frontend", opts=lambda: pulumi.ResourceOptions(protect=True)))
    with pytest.raises(auto.CommandError, match="because it is protected"):
        stack.up()
    both = documents(box)
    for urn in (f"{TYPE}::web", f"{TYPE}$aws:iam/rolePolicy:RolePolicy::web-session-manager"):
        box.pulumi("state", "unprotect", urn, "--yes", cwd=stack.workspace.work_dir)
    stack.up()

    assert (both, documents(box), gaps(box)) == ([OURS, OURS], [OURS], [])
