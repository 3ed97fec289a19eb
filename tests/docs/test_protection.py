"""docs/resource-options.md: what `protect` stops, and what to do when an update has failed because of it."""

from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.on_engine import TRUST, Program, gaps, inline_documents, permissions, writes

PAGE: Final = "docs/resource-options.md"
PROTECTION: Final = "Protection"
FAILED: Final = "If a protected update failed"

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
PROTECTED: Final = "because it is protected"
OURS: Final = policy_document()
WRITTEN: Final = ("PutRolePolicy", "web")


def protected() -> pulumi.ResourceOptions:
    """Protect the component and its policy."""
    return pulumi.ResourceOptions(protect=True)


def aliased() -> pulumi.ResourceOptions:
    """Protect them, and say that the component was called `web`."""
    return pulumi.ResourceOptions(protect=True, aliases=[pulumi.Alias(name="web")])


@shows(PAGE, PROTECTION)
def test_a_protected_policy_stays(box: Sandbox, shown: list[Block]) -> None:
    """Without the component, preview and up fail; renamed, the preview, unless it has the alias; named anew, up."""
    [program] = shown
    up(box, program.program())
    gone = box.stack(lambda: None)
    renamed = box.stack(permissions("frontend", protected, **EXACT))
    for refused in (gone.preview, gone.up, renamed.preview):
        with pytest.raises(auto.CommandError, match=PROTECTED):
            refused()
    up(box, permissions("frontend", aliased, **EXACT))
    written = writes(box)
    with pytest.raises(auto.CommandError, match=PROTECTED):
        up(box, permissions("frontend", protected, policy_name="sessions"))

    assert written == [WRITTEN]
    assert box.role_policies("web")["ssm"] == OURS
    assert gaps(box) == []


def test_protection_counts_from_the_next_update(box: Sandbox) -> None:
    """The update that is the first to have it can still delete the policy of the state."""
    up(box, permissions(**EXACT), permissions("frontend", protected, policy_name="other"))

    assert list(box.role_policies("web")) == ["other"]


@shows(PAGE, (FAILED, 1))
def test_a_rename_that_protection_stopped(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The state has the component twice and the policy once; after the page's command there is nothing to do."""
    [forget] = shown
    up(box, permissions(opts=protected, **EXACT))
    stack = box.stack(permissions("frontend", protected, **EXACT))
    with pytest.raises(auto.CommandError, match=PROTECTED):
        stack.up()
    terminal(stack).run(forget.text)
    stack.up()
    stack.preview(refresh=True, expect_no_changes=True)

    assert writes(box) == [WRITTEN]
    assert inline_documents(box) == [OURS]


@shows(PAGE, (FAILED, 2))
def test_a_protected_policy_of_a_generated_name_may_go(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """A rename that protection stopped has made a second policy, and the old one goes when it is unprotected."""
    [unprotect] = shown
    up(box, permissions(opts=protected))
    stack = box.stack(permissions("frontend", protected))
    with pytest.raises(auto.CommandError, match=PROTECTED):
        stack.up()
    both = inline_documents(box)
    terminal(stack).run(unprotect.text)
    stack.up()

    assert both == [OURS, OURS]
    assert inline_documents(box) == [OURS]
    assert gaps(box) == []


def of_a_role(path: str) -> Program:
    """Return a program with a role, which another path replaces, and a protected policy that gets its name."""

    def program() -> None:
        role = aws.iam.Role("app", name="app", path=path, assume_role_policy=TRUST, force_detach_policies=True)
        permissions("app", protected, role=role.name, **EXACT)()

    return program


def test_a_role_is_not_replaced_under_a_protected_policy(box: Sandbox) -> None:
    """Preview and up fail and name the policy, and nothing is written."""
    up(box, of_a_role("/a/"))
    written = writes(box)
    stack = box.stack(of_a_role("/b/"))
    for refused in (stack.preview, stack.up):
        with pytest.raises(auto.CommandError, match=r'unable to replace resource "[^"]*::/app/ssm"'):
            refused()

    assert writes(box) == written
    assert inline_documents(box, "app") == [OURS]
