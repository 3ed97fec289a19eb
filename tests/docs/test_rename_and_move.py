"""docs/rename-and-move.md: its aliases and commands keep the policy.

What each change of a program does to a policy, compared with a bare one, is shown in tests/engine.
"""

import json
from typing import Any, Final

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

ROLE: Final = "web-role"
EXACT: Final[dict[str, Any]] = {"policy_name": "SessionManager"}
COMPONENT: Final = "urn:pulumi:dev::app::ssm-perms:index:SessionManagerPermissions::web"
POLICY: Final = "urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::/web-role/SessionManager"
NEW: Final = ("PutRolePolicy", ROLE)
GONE: Final = ("DeleteRolePolicy", ROLE)
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
