"""docs/what-can-take-it-away.md: what an exact name costs, and which generated names are as dangerous."""

import json
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest
import yaml

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.pages import Block, shows
from tests.on_engine import Program, documents, gaps, permissions, steps, writes

PAGE: Final = "docs/what-can-take-it-away.md"

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
WRITTEN: Final = ("PutRolePolicy", "web")
GONE: Final = ("DeleteRolePolicy", "web")
OURS: Final = policy_document()

PARENTS: Final = "Fewer parents, or a parent of another type"


def under(kind: str = "acme:index:Team", **args: Any) -> Program:
    """Return a program whose component has a parent of some type."""

    def program() -> None:
        parent = pulumi.ComponentResource(kind, "frontend")
        permissions(opts=lambda: pulumi.ResourceOptions(parent=parent), **args)()

    return program


@shows(PAGE, (PARENTS, 1), (PARENTS, 2))
def test_fewer_parents_take_an_exact_name_away(box: Sandbox, shown: list[Block]) -> None:
    """The page's two programs, one after the other, leave the role with nothing, and the preview shows both steps."""
    before, after = shown
    box.stack(before.program()).up()
    stack = box.stack(after.program())
    previewed = [(step.op, step.name) for step in steps(stack.preview)]
    stack.up()

    assert sorted(previewed) == [("create", "/web/ssm"), ("delete", "/web/ssm")]
    assert (documents(box), gaps(box)) == ([], [GONE])


@shows(PAGE, (PARENTS, 1))
def test_a_parent_of_another_type_takes_an_exact_name_away(box: Sandbox, shown: list[Block]) -> None:
    """The type of a parent is part of what Pulumi knows the policy by."""
    [before] = shown
    for program in (before, before.changed("acme:index:Team", "acme:index:Squad")):
        box.stack(program.program()).up()

    assert (documents(box), gaps(box)) == ([], [GONE])


@shows(PAGE, (PARENTS, 1), (PARENTS, 3))
def test_an_alias_helps_a_parent_of_another_type_too(box: Sandbox, shown: list[Block]) -> None:
    """Beside the new parent, the page's alias says which parent the component had."""
    before, aliased = shown
    squad = 'pulumi.ResourceOptions(parent=pulumi.ComponentResource("acme:index:Squad", "backend"), '
    for block in (before, aliased.changed("pulumi.ResourceOptions(", squad)):
        box.stack(block.program()).up()

    assert (documents(box), writes(box)) == ([OURS], [WRITTEN])


@shows(PAGE, PARENTS)
def test_the_alias_has_to_be_there_in_time(box: Sandbox, shown: list[Block]) -> None:
    """With the alias nothing is written; a run without it loses the policy, and then the alias does not help."""
    before, without, aliased = shown
    for program in (before, aliased):
        box.stack(program.program()).up()
    kept = (documents(box), writes(box))
    for program in (before, without, aliased):
        box.stack(program.program()).up()

    assert kept == ([OURS], [WRITTEN])
    assert documents(box) == []


@shows(PAGE, (PARENTS, 1), (PARENTS, 2))
def test_fewer_parents_of_a_generated_name(box: Sandbox, shown: list[Block]) -> None:
    """With a generated name the new policy is there first."""
    for program in shown:
        box.stack(program.changed(', "policy_name": "ssm"', "").program()).up()

    assert (documents(box), gaps(box)) == ([OURS], [])


def test_names_and_more_parents_write_nothing(box: Sandbox) -> None:
    """Without any alias an exact name follows a renamed component, and one that gets a parent."""
    for program in (permissions(**EXACT), permissions("frontend", **EXACT), under(**EXACT)):
        box.stack(program).up()

    assert (documents(box), writes(box)) == ([OURS], [WRITTEN])


def late_role(**args: Any) -> Program:
    """Return a program whose component gets its role from a resource that the preview is yet to create."""

    def program() -> None:
        other = aws.iam.RolePolicy("own", role="web", name="own", policy=json.dumps(OURS))
        permissions(role=lambda: other.id.apply(lambda _: "web"), **args)()

    return program


def protected() -> pulumi.ResourceOptions:
    """Protect the component and its policy."""
    return pulumi.ResourceOptions(protect=True)


def test_what_a_preview_does_not_know_looks_like_a_loss(box: Sandbox) -> None:
    """It shows another policy and the deletion of this one; the run itself does not touch the policy."""
    box.stack(permissions(**EXACT)).up()
    stack = box.stack(late_role(**EXACT))
    previewed = [(step.op, step.name) for step in steps(stack.preview)]
    stack.up()

    assert sorted(previewed) == [("create", "own"), ("create", "web-session-manager-exact"), ("delete", "/web/ssm")]
    assert [call.params["PolicyName"] for call in box.writes] == ["ssm", "own"]
    assert gaps(box) == []


def test_protect_refuses_a_preview_that_does_not_know(box: Sandbox) -> None:
    """The preview fails, and a run without one, as `--skip-preview` makes it, goes on and leaves the policy alone."""
    box.stack(permissions(opts=protected, **EXACT)).up()
    stack = box.stack(late_role(opts=protected, **EXACT))
    with pytest.raises(auto.CommandError, match="because it is protected"):
        stack.preview()
    stack.up()

    assert [call.params["PolicyName"] for call in box.writes] == ["ssm", "own"]


AUTONAMING: Final = "pulumi:autonaming"
VERBATIM: Final = {"pulumi:autonaming": {"mode": "verbatim"}}

TWO_STACKS: Final[dict[str, tuple[dict[str, Any], dict[str, Any], list[Any]]]] = {
    "exact name": (EXACT, {}, []),
    "generated name": ({}, {}, [OURS]),
    "verbatim name": ({}, VERBATIM, []),
}


@pytest.mark.parametrize(("args", "config", "left"), TWO_STACKS.values(), ids=TWO_STACKS)
def test_two_stacks_of_one_name_share_a_policy(
    box: Sandbox, args: dict[str, Any], config: dict[str, Any], left: list[Any]
) -> None:
    """The first one that is destroyed takes the policy of both, unless the name has a random part."""
    stacks = [box.stack(permissions(**args), project=project, config=config) for project in ("app", "platform")]
    for stack in stacks:
        stack.up()
    stacks[1].destroy()

    assert documents(box) == left


@shows(PAGE, (AUTONAMING, 1))
def test_verbatim_names_follow_the_component(box: Sandbox, shown: list[Block]) -> None:
    """A new name of the component makes another name, so that nothing is lost."""
    [block] = shown
    config = yaml.safe_load(block.text)["config"]
    for name in ("web", "frontend"):
        box.stack(permissions(name), config=config).up()
    names = [call.params["PolicyName"] for call in box.writes]

    assert names == ["web-session-manager", "frontend-session-manager", "web-session-manager"]
    assert (documents(box), gaps(box)) == ([OURS], [])


@pytest.mark.parametrize(("number", "left", "lost"), [(0, [], [GONE]), (1, [OURS], [])], ids=["verbatim", "random"])
@shows(PAGE, AUTONAMING)
def test_autonaming_needs_a_random_part(
    box: Sandbox, shown: list[Block], number: int, left: list[Any], lost: list[Any]
) -> None:
    """Another parent loses a verbatim name, unless the stack gives inline policies a random part."""
    settings = [yaml.safe_load(block.text)["config"] for block in shown]
    for program in (permissions(), under()):
        box.stack(program, config=settings[number]).up()

    assert (documents(box), gaps(box)) == (left, lost)


NAMED: Final[dict[str, tuple[list[dict[str, Any]], dict[str, Any]]]] = {
    "given": ([{}, {"policy_name": "web-session-manager"}], VERBATIM),
    "taken out": ([{"policy_name": "web-session-manager"}, {}], VERBATIM),
    "another pattern": (
        [{}, {"policy_name": "web-session-manager.1"}],
        {"pulumi:autonaming": {"pattern": "${name}.1"}},
    ),
}


@pytest.mark.parametrize(("inputs", "config"), NAMED.values(), ids=NAMED)
def test_a_generated_name_must_not_become_an_exact_one(
    box: Sandbox, inputs: list[dict[str, Any]], config: dict[str, Any]
) -> None:
    """The same name, given where it was generated or the other way round, is written and then deleted."""
    for args in inputs:
        box.stack(permissions(**args), config=config).up()

    assert (documents(box), gaps(box)) == ([], [GONE])


def test_a_verbatim_name_that_is_replaced(box: Sandbox) -> None:
    """It cannot be there twice, so that the role is without it for a moment."""
    urn = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions$aws:iam/rolePolicy:RolePolicy::"
    stack = box.stack(permissions(), config=VERBATIM)
    stack.up()
    stack.up(replace=[f"{urn}web-session-manager"])

    assert (documents(box), gaps(box)) == ([OURS], [GONE])


def test_without_autonaming_the_run_fails(box: Sandbox) -> None:
    """A stack that generates no names says that the policy needs one, and nothing is written."""
    with pytest.raises(auto.CommandError, match="automatic naming is disabled but no explicit name was provided"):
        box.stack(permissions(), config={"pulumi:autonaming": {"mode": "disabled"}}).up()

    assert writes(box) == []
