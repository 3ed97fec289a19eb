"""CHANGELOG.md: another document shows in a preview and is written in place; an exact name of before is kept."""

import json
from typing import Final

import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import _document, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.runs import up
from tests.on_engine import gaps, inline_documents, permissions, steps, writes
from tests.pages import ROLE, Block, shows

PAGE: Final = "CHANGELOG.md"


@shows(PAGE, "How to upgrade")
def test_another_document_shows_in_a_preview_and_is_in_place(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command refuses another document, an update of the policy alone; it and the way back are one write each."""
    [look] = shown
    stack = up(box, permissions())
    console = terminal(stack)
    console.run(look.text)
    with monkeypatch.context() as new_version:
        more = (*_document.CHANNEL_ACTIONS, "ssmmessages:OpenSideChannel")
        new_version.setattr(_document, "CHANNEL_ACTIONS", more)
        refusal = console.fails(look.text)
        updated = [(step.op, step.name) for step in steps(stack.up)]
    stack.up()

    assert "no changes were expected for preview but changes were proposed" in refusal
    assert updated == [("update", "web-session-manager")]
    assert writes(box) == [("PutRolePolicy", "web")] * 3
    assert gaps(box) == []
    assert inline_documents(box) == [policy_document()]


@pytest.mark.parametrize("forgotten", [True, False], ids=["forgotten", "not forgotten"])
@shows(PAGE, "Changed")
def test_an_exact_name_at_the_root_of_the_stack(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, *, forgotten: bool
) -> None:
    """After the commands, the role was never without the policy; without the first one, it loses the policy."""
    [commands] = shown

    def before() -> None:
        document = json.dumps(policy_document())
        aws.iam.RolePolicy(f"/{ROLE}/SessionManager", role=ROLE, name="SessionManager", policy=document)

    up(box, before)
    forget, write = commands.text.splitlines(keepends=True)
    terminal(box.stack(permissions(role=ROLE, policy_name="SessionManager"))).run((forget if forgotten else "") + write)

    assert inline_documents(box, ROLE) == ([policy_document()] if forgotten else [])
    assert (gaps(box, [ROLE]) == []) == forgotten
