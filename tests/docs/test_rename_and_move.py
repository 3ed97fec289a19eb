"""docs/rename-and-move.md: whatever moves, the role is never without the policy.

Another role, another name of the policy, and what an exact name needs no alias for are shown in
`tests/engine/test_never_a_gap.py` and `tests/engine/test_exact_names.py`; another account, in
`tests/docs/test_another_account.py`.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions, policy_document
from sandbox import Sandbox
from tests.components import COMPONENT as TYPE
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import all_of, fill, up
from tests.fleets import fleet
from tests.on_engine import Program, gaps, inline_documents, permissions, writes

PAGE: Final = "docs/rename-and-move.md"
RENAMED: Final = "Rename the component"
MOVED: Final = "Another parent"
BOTH: Final = "Another name and another parent at once"
TO_A_STACK: Final = "To another stack or project"

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
NEW: Final = ("PutRolePolicy", "web")
GONE: Final = ("DeleteRolePolicy", "web")
COMPONENT: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions::web"
POLICY: Final = "urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::/web/ssm"


def nothing() -> None:
    """Declare nothing."""


@shows(PAGE, RENAMED)
def test_a_component_is_renamed(box: Sandbox, shown: list[Block]) -> None:
    """With the alias nothing is written, in Python and in YAML; without it the new policy comes first."""
    renamed, in_yaml_too = shown
    up(box, permissions(), renamed.program(), permissions())
    written = writes(box)
    in_yaml.up(box, in_yaml_too)

    assert written == [NEW, NEW, GONE]
    assert writes(box) == written
    assert gaps(box) == []


@pytest.mark.parametrize("heading", [MOVED, BOTH])
@shows(PAGE, MOVED, BOTH)
def test_a_component_gets_a_parent(box: Sandbox, shown: list[Block], heading: str) -> None:
    """With the page's alias nothing is written, whether it is renamed as well or not."""
    programs = {block.heading: block.program() for block in shown}
    up(box, permissions(), programs[heading])

    assert writes(box) == [NEW]


@shows(PAGE, MOVED)
def test_a_component_loses_its_parent(box: Sandbox, shown: list[Block]) -> None:
    """On the way back, the old parent's URN keeps the policy."""
    [nested] = shown
    before = pulumi.Alias(parent="urn:pulumi:dev::app::acme:index:Team::shop")
    up(box, nested.program(), permissions(opts=lambda: pulumi.ResourceOptions(aliases=[before])))

    assert writes(box) == [NEW]


@shows(PAGE, BOTH)
def test_two_aliases_are_not_one_with_both(box: Sandbox, shown: list[Block]) -> None:
    """With one alias for the name and one for the parent, the policy is replaced, new first."""
    [moved] = shown
    both = 'pulumi.Alias(name="web", parent=pulumi.ROOT_STACK_RESOURCE)'
    apart = "pulumi.Alias(name='web'), pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)"
    two = moved.changed(both, apart).changed("aliases=[before]", "aliases=[*before]")
    up(box, permissions(), two.program())

    assert writes(box) == [NEW, NEW, GONE]
    assert gaps(box) == []


def exact(block: Block) -> Block:
    """Give the component of a block an exact name."""
    if block.language == "yaml":
        return block.changed("role: web", "role: web\n      policyName: ssm")
    return block.changed('role="web"', 'role="web", policy_name="ssm"')


@shows(PAGE, RENAMED, MOVED, BOTH)
def test_an_exact_name_needs_no_alias(box: Sandbox, shown: list[Block]) -> None:
    """Without the aliases of the page nothing is written, nor on the way back, nor in YAML."""
    renamed, in_yaml_too, nested, both = map(exact, shown)
    up(box, permissions(**EXACT))
    for program in (renamed, nested, both):
        up(box, program.changed("aliases=[before]", "aliases=[]").program(), permissions(**EXACT))
    in_yaml.up(box, in_yaml_too.changed("SessionManagerPermissions::web", "SessionManagerPermissions::other"))

    assert writes(box) == [NEW]


def bare(name: str, opts: pulumi.ResourceOptions, policy_name: str | None = None) -> None:
    """Declare an ordinary component with a policy of a role below it, or at the root if its name is exact."""
    made = pulumi.ComponentResource(TYPE, name, None, opts)
    below = None if policy_name else pulumi.ResourceOptions(parent=made)
    document = json.dumps(policy_document())
    aws.iam.RolePolicy(f"{name}-policy", role="web", name=policy_name, policy=document, opts=below)


def ours(name: str, opts: pulumi.ResourceOptions, policy_name: str | None = None) -> None:
    """Declare our component."""
    SessionManagerPermissions(name, role="web", policy_name=policy_name, opts=opts)


@pytest.mark.parametrize("declare", [bare, ours], ids=["ComponentResource", "component"])
@pytest.mark.parametrize("kept", [True, False], ids=["the alias stays", "the alias is removed"])
def test_an_alias_goes_before_its_name_is_used_again(box: Sandbox, declare: Callable[..., None], *, kept: bool) -> None:
    """With a left alias, other parents break the state of any component with children; without it nothing breaks."""

    def program(kind: str, *, alias: bool) -> None:
        under = [pulumi.ComponentResource(f"app:index:{kind}", name) for name in ("one", "two")]
        before = [f"urn:pulumi:dev::app::app:index:Team${TYPE}::web"] if alias else []
        declare("frontend", pulumi.ResourceOptions(parent=under[0], aliases=before), policy_name="ssm")
        declare("web", pulumi.ResourceOptions(parent=under[1]))

    up(box, partial(program, "Team", alias=True))
    moved = box.stack(partial(program, "Squad", alias=kept))
    if kept:
        with pytest.raises(auto.CommandError, match="snapshot integrity failure"):
            moved.up()
    else:
        moved.up()
        moved.refresh(expect_no_changes=True)

    assert gaps(box) == []
    assert len(box.role_policies("web")) >= 1


@pytest.mark.parametrize("named", [False, True], ids=["generated", "exact"])
@shows(PAGE, TO_A_STACK)
def test_state_moves_to_another_project(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, *, named: bool
) -> None:
    """After the page's command neither program has anything to do."""
    commands = [block.text for block in shown]
    program = permissions(**(EXACT if named else {}))
    moved(box, program, commands[named], terminal)
    for there, project in ((program, "platform"), (nothing, "app")):
        box.stack(there, project=project).up()

    assert writes(box) == [NEW]
    assert len(inline_documents(box)) == 1


def moved(box: Sandbox, program: Program, command: str, terminal: OpenTerminal) -> None:
    """Run the program in one project, and move what the command names to another one."""
    here = box.stack(program, project="app")
    here.up()
    box.stack(nothing, project="platform").up()
    terminal(here).run(command)


@pytest.mark.parametrize("mended", [True, False], ids=["the policy moves, too", "the old program runs"])
@shows(PAGE, TO_A_STACK)
def test_an_exact_name_is_left_behind(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, *, mended: bool
) -> None:
    """The component's URN alone leaves the policy in the old state, whose program deletes it, unless it is moved."""
    component, both = (block.text for block in shown)
    policy = both.replace(f"    '{COMPONENT}' \\\n", "")
    moved(box, permissions(**EXACT), component, terminal)
    if mended:
        terminal(box.stack(nothing, project="app")).run(policy)
    for there, project in ((permissions(**EXACT), "platform"), (nothing, "app")):
        box.stack(there, project=project).up()

    assert policy.count("urn:") == 1
    assert POLICY in policy
    assert len(inline_documents(box)) == int(mended)
    assert writes(box) == ([NEW] if mended else [NEW, NEW, GONE])


@pytest.mark.parametrize("named", [False, True], ids=["generated", "exact"])
def test_without_moving_state(box: Sandbox, *, named: bool) -> None:
    """The new program runs first, and the old one then deletes its own policy, which an exact name makes the same."""
    program = permissions(**(EXACT if named else {}))
    for there, project in ((program, "app"), (program, "platform"), (nothing, "app")):
        box.stack(there, project=project).up()

    assert len(inline_documents(box)) == int(not named)


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
    """At once or one role after the other, no role is without its policy; a run that finds one full deletes nothing."""
    box.create_role("api")
    inline = all_of([permissions(), permissions("api", role="api")])
    managed = shown[0].program()
    one_of_two = all_of([fleet(["web"]), permissions("api", role="api")])
    up(box, inline)
    last = fill(box, "api")
    with pytest.raises(auto.CommandError, match="LimitExceeded"):
        up(box, managed)
    kept = [len(inline_documents(box, role)) for role in ("web", "api")]
    box.client("iam").detach_role_policy(RoleName="api", PolicyArn=last)
    up(box, managed)
    in_yaml.up(box, shown[1])
    moved_to = [(len(inline_documents(box, role)), len(box.attached_policies(role))) for role in ("web", "api")]
    up(box, one_of_two, managed, inline)

    assert kept == [1, 1]
    assert moved_to == [(0, 1), (0, 10)]
    assert [len(inline_documents(box, role)) for role in ("web", "api")] == [1, 1]
    assert gaps(box, ["web", "api"]) == []
