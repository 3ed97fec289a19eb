"""docs/what-can-take-it-away.md: what an exact name costs, what `protect` stops, and which names are as dangerous.

That an exact name is lost with parents of another type is shown in `tests/assurance/test_losses.py`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest
import yaml

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import all_of, up
from tests.on_engine import Program, gaps, inline_documents, permissions, steps, writes

PAGE: Final = "docs/what-can-take-it-away.md"

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
PROTECTED: Final = "because it is protected"
INLINE: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions"
WRITTEN: Final = ("PutRolePolicy", "web")
OURS: Final = policy_document()


def protected() -> pulumi.ResourceOptions:
    """Protect the component and its policy."""
    return pulumi.ResourceOptions(protect=True)


def nested(name: str = "web", *, protect: bool | None = None, **args: Any) -> Program:
    """Return a program whose component belongs to a team."""

    def program() -> None:
        team = pulumi.ComponentResource("acme:index:Team", "frontend")
        permissions(name, lambda: pulumi.ResourceOptions(parent=team, protect=protect), **args)()

    return program


@shows(PAGE, "Fewer parents, or a parent of another type")
def test_the_alias_has_to_be_there_in_time(box: Sandbox, shown: list[Block]) -> None:
    """With the alias nothing is written; without it the preview shows the loss, and later the alias does not help."""
    [aliased] = shown
    up(box, nested(**EXACT), aliased.program())
    kept = (inline_documents(box), writes(box))
    up(box, nested(**EXACT))
    without = box.stack(permissions(**EXACT))
    previewed = [(step.op, step.name) for step in steps(without.preview)]
    without.up()
    up(box, aliased.program())

    assert kept == ([OURS], [WRITTEN])
    assert sorted(previewed) == [("create", "/web/ssm"), ("delete", "/web/ssm")]
    assert inline_documents(box) == []


def test_two_stacks_share_an_exact_name(box: Sandbox) -> None:
    """The first one that goes takes the policy of both, unless the name is generated."""
    box.create_role("api")
    program = all_of([permissions(**EXACT), permissions("api", role="api")])
    stacks = [box.stack(program, project=project) for project in ("app", "platform")]
    for stack in stacks:
        stack.up()
    stacks[0].destroy()

    assert [inline_documents(box, role) for role in ("web", "api")] == [[], [OURS]]
    assert gaps(box, ["api"]) == []


def late_role(**args: Any) -> Program:
    """Return a program whose component gets its role from a resource that the preview is yet to create."""

    def program() -> None:
        other = aws.iam.RolePolicy("own", role="web", name="own", policy=json.dumps(OURS))
        permissions(role=lambda: other.id.apply(lambda _: "web"), **EXACT, **args)()

    return program


def test_what_a_preview_does_not_know_looks_like_a_loss(box: Sandbox) -> None:
    """It shows another policy and the end of this one, and `protect` refuses it; a run without it leaves it alone."""
    up(box, permissions(**EXACT))
    previewed = [(step.op, step.name) for step in steps(box.stack(late_role()).preview)]
    up(box, permissions(opts=protected, **EXACT))
    stack = box.stack(late_role(opts=protected))
    with pytest.raises(auto.CommandError, match=PROTECTED):
        stack.preview()
    stack.up()

    assert sorted(previewed) == [("create", "own"), ("create", "web-session-manager-exact"), ("delete", "/web/ssm")]
    assert [call.params["PolicyName"] for call in box.writes] == ["ssm", "own"]


def test_a_protected_policy_stays(box: Sandbox) -> None:
    """Without the component, preview and up fail; renamed, the preview, unless it has the alias; named anew, up."""

    def aliased() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(protect=True, aliases=[pulumi.Alias(name="web")])

    up(box, permissions(opts=protected, **EXACT))
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
    assert (box.role_policies("web")["ssm"], gaps(box)) == (OURS, [])


@shows(PAGE, "Protection", "Fewer parents, or a parent of another type")
def test_a_move_that_protection_stopped(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The state has the policy twice; after the page's commands there is nothing to do, with or without the alias."""
    forget, aliased = shown
    up(box, nested(protect=True, **EXACT))
    aliased = aliased.changed("aliases=[before]", "aliases=[before], protect=True")
    stack = box.stack(aliased.changed("aliases=[before], ", "").program())
    with pytest.raises(auto.CommandError, match=PROTECTED):
        stack.up()
    terminal(stack).run(forget.text)
    stack.up()
    box.stack(aliased.program()).preview(refresh=True, expect_no_changes=True)

    assert (inline_documents(box), gaps(box)) == ([OURS], [])


def test_a_protected_policy_of_a_generated_name_may_go(box: Sandbox) -> None:
    """A rename that protection stopped has made a second policy, and the old one goes when it is unprotected."""
    up(box, permissions(opts=protected))
    stack = box.stack(permissions("frontend", protected))
    with pytest.raises(auto.CommandError, match=PROTECTED):
        stack.up()
    both = inline_documents(box)
    for urn in (f"{INLINE}::web", f"{INLINE}$aws:iam/rolePolicy:RolePolicy::web-session-manager"):
        box.pulumi("state", "unprotect", urn, "--yes", cwd=stack.workspace.work_dir)
    stack.up()

    assert (both, inline_documents(box), gaps(box)) == ([OURS, OURS], [OURS], [])


AUTONAMING: Final = "pulumi:autonaming"
VERBATIM: Final = {AUTONAMING: {"mode": "verbatim"}}
BEFORE: Final[Mapping[str, Program]] = {
    "renamed": permissions("renamed", role="renamed"),
    "nested": permissions("nested", role="nested"),
    "given": permissions("given", role="given"),
    "taken": permissions("taken", role="taken", policy_name="taken-session-manager"),
    "replaced": permissions("replaced", role="replaced"),
}
AFTER: Final[Mapping[str, Program]] = {
    **BEFORE,
    "renamed": permissions("anew", role="renamed"),
    "nested": nested("nested", role="nested"),
    "given": permissions("given", role="given", policy_name="given-session-manager"),
    "taken": permissions("taken", role="taken"),
}


@pytest.mark.parametrize("random", [False, True], ids=["verbatim", "with a random part"])
@shows(PAGE, AUTONAMING)
def test_autonaming_needs_a_random_part(box: Sandbox, shown: list[Block], *, random: bool) -> None:
    """Without one, a name that is given, taken out or gets another parent is lost, and one that is replaced, away."""
    [block] = shown
    pattern = yaml.safe_load(block.text)["config"]
    config = pattern if random else VERBATIM
    for role in BEFORE:
        box.create_role(role)
    stack = up(box, all_of(BEFORE.values()), all_of(AFTER.values()), config=config)
    stack.up(replace=["**RolePolicy::replaced-session-manager"])
    lost = [role for role in BEFORE if not inline_documents(box, role)]
    away = [role for role in BEFORE if gaps(box, [role])]

    assert lost == ([] if random else ["nested", "given", "taken"])
    assert away == ([] if random else ["nested", "given", "taken", "replaced"])


def test_without_autonaming_the_run_fails(box: Sandbox) -> None:
    """A stack that generates no names says that the policy needs one, and nothing is written."""
    with pytest.raises(auto.CommandError, match="automatic naming is disabled but no explicit name was provided"):
        up(box, permissions(), config={AUTONAMING: {"mode": "disabled"}})

    assert writes(box) == []
