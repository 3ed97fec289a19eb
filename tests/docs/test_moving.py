"""docs/moving.md: whatever moves, the role is never without the policy."""

import json
from typing import Any

import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.on_engine import documents, gaps, permissions, writes

PAGE = "docs/moving.md"

NEW = ("PutRolePolicy", "web")
GONE = ("DeleteRolePolicy", "web")


def nothing() -> None:
    """Declare nothing."""


@shows(PAGE, "Renaming the component")
def test_a_component_is_renamed(box: Sandbox, shown: list[Block]) -> None:
    """With the page's alias the policy stays as it is; without, a new one is there first."""
    [program] = shown
    box.stack(permissions()).up()
    box.stack(program.program()).up()
    with_alias = writes(box)
    box.stack(permissions("other")).up()

    assert (with_alias, writes(box), gaps(box)) == ([NEW], [NEW, NEW, GONE], [])


@shows(PAGE, "Another parent")
def test_a_component_gets_a_parent(box: Sandbox, shown: list[Block]) -> None:
    """With the page's alias the policy stays as it is; without, a new one is there first."""
    [program] = shown
    box.stack(permissions()).up()
    box.stack(program.program()).up()
    with_alias = writes(box)
    box.stack(permissions()).up()

    assert (with_alias, writes(box), gaps(box)) == ([NEW], [NEW, NEW, GONE], [])


@pytest.mark.parametrize(
    ("heading", "aliases"),
    [
        ("Renaming the component", ', pulumi.ResourceOptions(aliases=[pulumi.Alias(name="web")])'),
        ("Another parent", ", aliases=[at_the_top]"),
    ],
    ids=["renamed", "under a parent"],
)
@shows(PAGE, "Renaming the component", "Another parent")
def test_an_exact_name_needs_no_alias(box: Sandbox, shown: list[Block], heading: str, aliases: str) -> None:
    """Without the page's alias nothing is written, either."""
    [program] = [block for block in shown if block.text and block.heading == heading]
    box.stack(permissions(policy_name="ssm")).up()
    exact = program.changed('{"role": "web"}', '{"role": "web", "policy_name": "ssm"}').changed(aliases, "")
    box.stack(exact.program()).up()

    assert writes(box) == [NEW]


def test_a_name_is_given_changed_and_left_out(box: Sandbox) -> None:
    """Each time the new policy is there before the old one goes."""
    programs: list[dict[str, Any]] = [{}, {"policy_name": "ssm"}, {"policy_name": "sessions"}, {}]
    for args in programs:
        box.stack(permissions(**args)).up()

    assert (writes(box), gaps(box)) == ([NEW, *[NEW, GONE] * 3], [])


def test_another_role_gets_it_before_the_first_one_loses_it(box: Sandbox) -> None:
    """A changed `role` writes to the new role first."""
    box.create_role("api")
    box.stack(permissions()).up()
    box.stack(permissions(role="api")).up()

    assert writes(box) == [NEW, ("PutRolePolicy", "api"), GONE]


@pytest.mark.parametrize("args", [{}, {"policy_name": "ssm"}], ids=["generated name", "exact name"])
@shows(PAGE, "To another stack or project")
def test_state_moves_to_another_project(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, args: dict[str, Any]
) -> None:
    """After the page's command neither program has anything to do, whatever the policy is called."""
    [move] = shown
    here = box.stack(permissions(**args), project="app")
    here.up()
    box.stack(nothing, project="platform").up()
    terminal(here).run(move.text)
    box.stack(permissions(**args), project="platform").up()
    box.stack(nothing, project="app").up()

    assert (writes(box), len(documents(box))) == ([NEW], 1)


@pytest.mark.parametrize(
    ("here", "there", "lost"),
    [({}, {}, []), ({"policy_name": "ssm"}, {}, []), ({"policy_name": "ssm"}, {"policy_name": "ssm"}, [GONE])],
    ids=["generated names", "exact and generated name", "exact names"],
)
def test_two_stacks_take_turns(
    box: Sandbox, here: dict[str, Any], there: dict[str, Any], lost: list[tuple[str, str]]
) -> None:
    """The new stack first, then the old one: no gap unless both have given the policy the same name."""
    box.stack(permissions(**here), project="app").up()
    box.stack(permissions(**there), project="platform").up()
    box.stack(nothing, project="app").up()

    assert (writes(box), gaps(box)) == ([NEW, NEW, GONE], lost)


@shows(PAGE, "Another name for the project")
def test_a_project_is_renamed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The renamed stack has nothing to do."""
    [rename] = shown
    stack = box.stack(permissions(), project="app")
    stack.up()
    terminal(stack).run(rename.text)
    box.stack(permissions(), project="platform").up()

    assert writes(box) == [NEW]


@shows(PAGE, "From inline to managed")
def test_inline_becomes_managed_and_back(box: Sandbox, shown: list[Block]) -> None:
    """Each way is one `pulumi up`, and no role is without its policy at any time."""
    box.create_role("api")
    inline, managed = shown
    for program in (inline, managed, inline):
        box.stack(program.program()).up()

    assert [len(documents(box, role)) for role in ("web", "api")] == [1, 1]
    assert gaps(box, ["web", "api"]) == []


def test_without_room_for_a_managed_policy_the_inline_ones_stay(box: Sandbox) -> None:
    """The eleventh managed policy of a role is refused, and what it had is still there."""
    for number in range(10):
        made = box.client("iam").create_policy(PolicyName=f"own-{number}", PolicyDocument=json.dumps(policy_document()))
        box.client("iam").attach_role_policy(RoleName="web", PolicyArn=made["Policy"]["Arn"])
    box.stack(lambda: SessionManagerPermissions("web", {"role": "web"})).up()
    with pytest.raises(auto.CommandError, match="LimitExceeded"):
        box.stack(lambda: SessionManagerManagedPolicy("fleet", {"roles": ["web"]})).up()

    assert (len(documents(box)), gaps(box)) == (1, [])
