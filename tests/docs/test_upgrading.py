"""docs/upgrading.md: another document shows in a preview, is written in place, and can be taken back."""

import pytest

from pulumi_ssm_perms import _document, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.on_engine import documents, gaps, permissions, steps, writes

PAGE = "docs/upgrading.md"

ACTIONS = _document.CHANNEL_ACTIONS
NEW_ACTIONS = (*ACTIONS, "ssmmessages:OpenSideChannel")


def install(patch: pytest.MonkeyPatch, actions: tuple[str, ...]) -> None:
    """Let the package be a version with other actions in its default document."""
    patch.setattr(_document, "CHANNEL_ACTIONS", actions)


@shows(PAGE, "What it would change")
def test_an_upgrade_shows_in_a_preview_and_is_in_place(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command refuses another document, an update of the policy alone; it and the way back are one write each."""
    [look] = shown
    stack = up(box, permissions())
    console = terminal(stack)
    console.run(look.text)
    install(monkeypatch, NEW_ACTIONS)
    refusal = console.fails(look.text)
    updated = [(step.op, step.name) for step in steps(stack.up)]
    install(monkeypatch, ACTIONS)
    stack.up()

    assert "no changes were expected for preview but changes were proposed" in refusal
    assert updated == [("update", "web-session-manager")]
    assert (writes(box), gaps(box), documents(box)) == ([("PutRolePolicy", "web")] * 3, [], [policy_document()])
