"""CHANGELOG.md, how to upgrade: another document shows in a preview, is written in place, and can be taken back."""

import pytest

from pulumi_ssm_perms import _document, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.on_engine import gaps, inline_documents, permissions, steps, writes


@shows("CHANGELOG.md", "How to upgrade")
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
