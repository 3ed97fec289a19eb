"""docs/rename-and-move.md: its aliases and commands keep the policy.

What each change of a program does to a policy, compared with a bare one, is shown in tests/engine.
"""

import json
from functools import partial
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import nothing, up
from tests.documents import OWN
from tests.on_engine import Program, gaps, inline_documents, permissions, steps, writes

PAGE: Final = "docs/rename-and-move.md"
ELSEWHERE: Final = "Move to another stack or project"
PROTECT: Final = "With protect"

ROLE: Final = "web-role"
EXACT: Final[dict[str, Any]] = {"policy_name": "SessionManager"}
COMPONENT: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions::web"
POLICY: Final = "urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::/web-role/SessionManager"
NEW: Final = ("PutRolePolicy", ROLE)
GONE: Final = ("DeleteRolePolicy", ROLE)
PROTECTED: Final = partial(pulumi.ResourceOptions, protect=True)
OURS: Final = policy_document()


def web(name: str = "web", **args: Any) -> Program:
    """Return a program with the component of the page."""
    return permissions(name, role=ROLE, **args)


@shows(PAGE, "Aliases")
def test_one_alias_has_name_and_parent(box: Sandbox, shown: list[Block]) -> None:
    """With the page's alias nothing is written; with one for name and one for parent, the new policy comes first."""
    [moved] = shown
    both = 'pulumi.Alias(name="web", parent=pulumi.ROOT_STACK_RESOURCE)'
    apart = moved.changed(both, "pulumi.Alias(name='web'), pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)")
    up(box, web(), moved.program())
    written = writes(box)
    up(box, web(), apart.changed("aliases=[before]", "aliases=[*before]").program())

    assert written == [NEW]
    assert writes(box) == [NEW, NEW, GONE, NEW, GONE]
    assert gaps(box, [ROLE]) == []


@pytest.mark.parametrize("kind", ["generated", "exact", "exact, left behind"])
@shows(PAGE, ELSEWHERE)
def test_state_moves_to_another_project(box: Sandbox, shown: list[Block], terminal: OpenTerminal, kind: str) -> None:
    """After the page's command neither program writes anything; an exact name that was not named is lost."""
    both, alone = shown
    program = web(**({} if kind == "generated" else EXACT))
    here = up(box, program)
    box.stack(nothing, project="platform").up()
    terminal(here).run({"exact": both.text}.get(kind, alone.text))
    for there, project in ((program, "platform"), (nothing, "app")):
        box.stack(there, project=project).up()

    left_behind = kind == "exact, left behind"
    assert inline_documents(box, ROLE) == ([] if left_behind else [OURS])
    assert writes(box) == ([NEW, NEW, GONE] if left_behind else [NEW])


def test_an_exact_name_is_apart_from_its_component(box: Sandbox) -> None:
    """It needs a `--target` of its own, replaces what has its name, and a rename shows the components alone."""
    box.client("iam").put_role_policy(RoleName=ROLE, PolicyName="SessionManager", PolicyDocument=json.dumps(OWN))
    stack = box.stack(web(**EXACT))
    stack.up(target=[COMPONENT], target_dependents=True)
    untouched, shown = inline_documents(box, ROLE), [step.op for step in steps(stack.preview)]
    stack.up(target=[COMPONENT, POLICY])
    renamed = box.stack(web("frontend", **EXACT)).preview().change_summary
    stack.destroy(target=[COMPONENT], target_dependents=True)

    assert untouched == [OWN]
    assert shown == ["create"]
    assert renamed == {"create": 1, "delete": 1, "same": 2}
    assert inline_documents(box, ROLE) == [OURS]
    assert writes(box) == [NEW, NEW]


def after_a_stopped_rename(box: Sandbox, terminal: OpenTerminal, mend: Block, command: str = "up", **name: Any) -> int:
    """Rename a protected component, run the page's command, and `up` again; return how many policies there were."""
    up(box, web(opts=PROTECTED, **name))
    stack = box.stack(web("frontend", opts=PROTECTED, **name))
    with pytest.raises(auto.CommandError, match="because it is protected"):
        getattr(stack, command)()
    stopped = inline_documents(box, ROLE)
    terminal(stack).run(mend.text)
    stack.up()
    stack.preview(refresh=True, expect_no_changes=True)

    assert stopped == [OURS] * len(stopped)
    assert inline_documents(box, ROLE) == [OURS]
    return len(stopped)


@shows(PAGE, (PROTECT, 1))
def test_a_rename_that_protection_stopped(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Once the old component is forgotten, the policy of an exact name is the new one's, without a write."""
    assert after_a_stopped_rename(box, terminal, shown[0], **EXACT) == 1
    assert writes(box) == [NEW]


@pytest.mark.parametrize(("command", "before"), [("preview", 1), ("up", 2)])
@shows(PAGE, (PROTECT, 2))
def test_a_rename_of_a_generated_name_that_protection_stopped(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, command: str, before: int
) -> None:
    """Only an `up` without a preview has made the new policy already; the next one makes it, and deletes the old."""
    assert after_a_stopped_rename(box, terminal, shown[0], command) == before
    assert writes(box) == [NEW, NEW, GONE]
