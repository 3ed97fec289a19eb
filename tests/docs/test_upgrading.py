"""docs/upgrading.md: another document shows in a preview, is written in place, and can be taken back."""

import runpy
from pathlib import Path

import pytest

from pulumi_ssm_perms import _document, policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.on_engine import documents, gaps, permissions, steps, writes

PAGE = "docs/upgrading.md"

OLD = policy_document()
ACTIONS = _document.CHANNEL_ACTIONS
NEW_ACTIONS = (*ACTIONS, "ssmmessages:OpenSideChannel")


def install(patch: pytest.MonkeyPatch, actions: tuple[str, ...]) -> None:
    """Let the package be a version with other actions in its default document."""
    patch.setattr(_document, "CHANNEL_ACTIONS", actions)


@shows(PAGE, "What it would change")
def test_a_preview_says_what_an_upgrade_would_change(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command passes with the same document, and refuses another one, which is an update of the policy alone."""
    [look] = shown
    stack = box.stack(permissions())
    stack.up()
    console = terminal(stack)
    console.run(look.text)
    install(monkeypatch, NEW_ACTIONS)
    refusal = console.fails(look.text)

    assert "no changes were expected for preview but changes were proposed" in refusal
    assert [(step.op, step.name) for step in steps(stack.preview)] == [("update", "web-session-manager")]


def test_an_upgrade_and_the_way_back_are_in_place(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways are one write, and the role has its policy all the time."""
    stack = box.stack(permissions())
    stack.up()
    for actions in (NEW_ACTIONS, ACTIONS):
        install(monkeypatch, actions)
        stack.up()

    assert (writes(box), gaps(box), documents(box)) == ([("PutRolePolicy", "web")] * 3, [], [OLD])


@shows(PAGE, "A test that notices")
def test_a_test_of_the_users_notices(shown: list[Block], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's test passes with this version, and fails with one that grants more."""
    [block] = shown
    file = tmp_path / "test_document.py"
    file.write_text(block.text)
    test = runpy.run_path(str(file))["test_the_document_is_what_we_reviewed"]
    test()
    install(monkeypatch, NEW_ACTIONS)

    with pytest.raises(AssertionError):
        test()
