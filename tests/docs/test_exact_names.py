"""docs/what-can-take-it-away.md: what a fixed name costs, and what makes a name a fixed one."""

from typing import Any, NamedTuple

import pulumi
import pulumi.automation as auto
import pytest
import yaml

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.running import Program, documents, gaps, permissions, writes

PAGE = "docs/what-can-take-it-away.md"

FIXED: dict[str, Any] = {"policy_name": "ssm"}
GONE = ("DeleteRolePolicy", "web")
OURS = policy_document()


@shows(PAGE, "A fixed name")
def test_a_new_urn_takes_a_fixed_name_away(box: Sandbox, shown: list[Block]) -> None:
    """The page's two programs, one after the other, leave the role with nothing."""
    before, after = shown
    for program in (before, after):
        box.stack(program.program()).up()

    assert (documents(box), gaps(box)) == ([], [GONE])


@shows(PAGE, "A fixed name")
def test_a_new_urn_of_a_generated_name(box: Sandbox, shown: list[Block]) -> None:
    """With generated names the new one is there first."""
    for program in shown:
        box.stack(program.changed(', "policy_name": "ssm"', "").program()).up()

    assert (documents(box), gaps(box)) == ([OURS], [])


@shows(PAGE, "A fixed name and an alias")
def test_a_new_urn_with_an_alias(box: Sandbox, shown: list[Block]) -> None:
    """With the alias nothing is written. Going back without one loses the policy, and then the alias does not help."""
    [aliased] = shown
    before = permissions(**FIXED)
    for program in (before, aliased.program()):
        box.stack(program).up()
    kept = (documents(box), len(writes(box)))
    for program in (before, aliased.program()):
        box.stack(program).up()

    assert kept == ([OURS], 1)
    assert documents(box) == []


@shows(PAGE, "A fixed name")
def test_taking_the_name_out_keeps_it(box: Sandbox, shown: list[Block]) -> None:
    """Without `policy_name` nothing is written, and from then on the policy is replaced as one of a generated name."""
    before, after = (block.changed(', "policy_name": "ssm"', "") for block in shown)
    box.stack(shown[0].program()).up()
    box.stack(before.program()).up()
    kept = (list(box.role_policies("web")), len(writes(box)))
    box.stack(after.program()).up()

    assert kept == (["ssm"], 1)
    assert (documents(box), gaps(box)) == ([OURS], [])
    assert "ssm" not in box.role_policies("web")


def test_two_stacks_of_one_name_share_a_policy(box: Sandbox) -> None:
    """The first one that is destroyed takes the policy of both."""
    stacks = [box.stack(permissions(**FIXED), project=project) for project in ("app", "platform")]
    for stack in stacks:
        stack.up()
    stacks[1].destroy()

    assert documents(box) == []


URN = (
    "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions$aws:iam/rolePolicy:RolePolicy::web-session-manager"
)


class Replaced(NamedTuple):
    """A component's inputs, the documents that its replacement leaves, and the writes that took one away."""

    args: dict[str, Any]
    left: list[Any]
    lost: list[Any]


REPLACED = {"fixed name": Replaced(FIXED, [], [GONE]), "generated name": Replaced({}, [OURS], [])}


@pytest.mark.parametrize("replaced", REPLACED.values(), ids=REPLACED)
@pytest.mark.parametrize("number", [0, 1], ids=["--replace", "taint"])
@shows(PAGE, "A replacement on purpose", "A taint")
def test_a_replacement_on_purpose(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, number: int, replaced: Replaced
) -> None:
    """Both commands lose a policy of a fixed name, and create first where the name is generated."""
    commands = [block.text for block in shown]
    stack = box.stack(permissions(**replaced.args))
    stack.up()
    preview = stack.preview(replace=[URN] if number == 0 else None)
    terminal(stack).run(commands[number])
    stack.up()

    assert (documents(box), gaps(box)) == (replaced.left, replaced.lost)
    assert URN in commands[number]
    assert number or ("[diff: ~name]" in preview.stdout) is (not replaced.lost)


def parented() -> None:
    """Put the component elsewhere without an alias."""
    team = pulumi.ComponentResource("app:index:Team", "team")
    permissions(opts=lambda: pulumi.ResourceOptions(parent=team))()


AUTONAMING: dict[str, tuple[list[Any], list[Any]]] = {
    "pulumi:autonaming": ([], [GONE]),
    "A random part for one type": ([OURS], []),
}


@shows(PAGE, "pulumi:autonaming")
def test_verbatim_names_follow_the_component(box: Sandbox, shown: list[Block]) -> None:
    """A new name of the component makes another name, so that nothing is lost."""
    [block] = shown
    config = yaml.safe_load(block.text)["config"]
    box.stack(permissions("web"), config=config).up()
    before = list(box.role_policies("web"))
    box.stack(permissions("frontend"), config=config).up()

    assert before == ["web-session-manager"]
    assert (documents(box), gaps(box)) == ([OURS], [])


@pytest.mark.parametrize("heading", AUTONAMING)
@shows(PAGE, *AUTONAMING)
def test_autonaming_needs_a_random_part(box: Sandbox, shown: list[Block], heading: str) -> None:
    """Verbatim names are fixed names, unless the stack gives inline policies a random part."""
    settings = {block.heading: yaml.safe_load(block.text)["config"] for block in shown}
    for program in (permissions(), parented):
        box.stack(program, config=settings[heading]).up()

    assert (documents(box), gaps(box)) == AUTONAMING[heading]


def test_without_autonaming_the_run_fails(box: Sandbox) -> None:
    """A stack that generates no names says that the policy needs one, and nothing is written."""
    with pytest.raises(auto.CommandError, match="automatic naming is disabled but no explicit name was provided"):
        box.stack(permissions(), config={"pulumi:autonaming": {"mode": "disabled"}}).up()

    assert writes(box) == []


def both(first: Program, second: Program) -> Program:
    """Return a program that does both."""

    def program() -> None:
        first()
        second()

    return program


TRANSFORMS: dict[str, list[Any]] = {"A transform that returns options": [GONE], "A transform that leaves it alone": []}


@pytest.mark.parametrize("heading", TRANSFORMS)
@shows(PAGE, *TRANSFORMS)
def test_a_transform_that_returns_options_takes_the_guard_away(box: Sandbox, shown: list[Block], heading: str) -> None:
    """With the first transform a policy that gets a name is deleted first, with the second one it is not."""
    transforms = {block.heading: block.program() for block in shown}
    for args in ({}, FIXED):
        box.stack(both(transforms[heading], permissions(**args))).up()

    assert (documents(box), gaps(box)) == ([OURS], TRANSFORMS[heading])


@shows(PAGE, "A transform that returns options")
def test_with_such_a_transform_a_generated_name_is_safe(box: Sandbox, shown: list[Block]) -> None:
    """A policy that stays without a name is replaced new first."""
    [transform] = shown
    for name in ("web", "frontend"):
        box.stack(both(transform.program(), permissions(name))).up()

    assert (documents(box), gaps(box)) == ([OURS], [])
