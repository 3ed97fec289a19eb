"""docs/import-an-existing-policy.md: from a RolePolicy of the program to the component, and never a gap."""

import json
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows, table
from tests.docs.runs import up
from tests.on_engine import Program, gaps, inline_documents, permissions, writes

PAGE: Final = "docs/import-an-existing-policy.md"
REPLACE: Final = "Replace a RolePolicy of your program"
IN_CODE: Final = "The rename in code"

EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
DIFF: Final = "$ pulumi preview --diff"
CREATED: Final = "+ aws:iam/rolePolicy:RolePolicy: (create)"
DELETED: Final = "- aws:iam/rolePolicy:RolePolicy: (delete)"
WRITTEN: Final = [("PutRolePolicy", "web")]


def bare(name: str | None = "ssm", *, parent: bool = False) -> Program:
    """Return a program with a RolePolicy of its own, with this name in IAM or with a generated one."""

    def program() -> None:
        team = pulumi.ComponentResource("acme:index:Team", "frontend") if parent else None
        opts = pulumi.ResourceOptions(parent=team)
        aws.iam.RolePolicy("old", role="web", name=name, policy=json.dumps(policy_document()), opts=opts)

    return program


@shows(PAGE, REPLACE)
def test_a_bare_policy_is_renamed_in_the_state(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """After the command the preview has no line for the policy, and nothing is written."""
    [rename] = shown
    terminal(up(box, bare())).run(rename.text)
    stack = box.stack(permissions(**EXACT))
    [preview] = terminal(stack).run(DIFF)
    stack.up()

    assert "+ ssm-perms:index:SessionManagerPermissions: (create)" in preview
    assert "rolePolicy:RolePolicy: (" not in preview
    assert writes(box) == WRITTEN
    assert inline_documents(box) == [policy_document()]


@pytest.mark.parametrize("parent", [False, True], ids=["", "from a parent"])
@shows(PAGE, (IN_CODE, 1))
def test_a_bare_policy_is_renamed_in_code(box: Sandbox, shown: list[Block], *, parent: bool) -> None:
    """Neither the rename nor the component writes anything."""
    [renamed] = shown
    alias = "urn:pulumi:dev::app::acme:index:Team::frontend"
    from_parent = renamed.changed('name="old"', f'name="old", parent="{alias}"')
    up(box, bare(parent=parent), (from_parent if parent else renamed).program())
    up(box, permissions(**EXACT))

    assert writes(box) == WRITTEN
    assert inline_documents(box) == [policy_document()]


@shows(PAGE, (IN_CODE, 2))
def test_a_bare_policy_is_renamed_in_yaml(box: Sandbox, shown: list[Block]) -> None:
    """The alias is the whole URN; neither the rename nor the component writes anything."""
    up(box, bare())
    in_yaml.up(box, *shown)
    up(box, permissions(**EXACT))

    assert writes(box) == WRITTEN
    assert inline_documents(box) == [policy_document()]


def test_without_the_rename_the_same_name_is_lost(box: Sandbox, terminal: OpenTerminal) -> None:
    """The preview shows a creation and a deletion, and the role ends without the policy."""
    up(box, bare())
    stack = box.stack(permissions(**EXACT))
    [preview] = terminal(stack).run(DIFF)
    stack.up()

    assert CREATED in preview
    assert DELETED in preview
    assert box.role_policies("web") == {}


NAMES: Final = {
    ("given", "left out"): ("ssm", None),
    ("given", "another"): ("ssm", "other"),
    ("left out", "left out"): (None, None),
    ("left out", "given"): (None, "other"),
}


@pytest.mark.parametrize("row", table(PAGE, REPLACE)[1:], ids=lambda row: f"{row[0]}, {row[1]}")
def test_other_names_are_exchanged_in_one_run(box: Sandbox, row: list[str]) -> None:
    """As the page's table says, the new policy is created before the old one is deleted."""
    old, new = NAMES[row[0], row[1]]
    up(box, bare(old))
    box.forget()
    up(box, permissions(policy_name=new))

    assert [call.action for call in box.writes] == ["PutRolePolicy", "DeleteRolePolicy"]
    assert inline_documents(box) == [policy_document()]
    assert gaps(box) == []
