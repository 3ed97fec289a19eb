"""docs/the-policy.md: each input grants what its table says; tests/agent judges what happens without an action."""

import json
import re
from typing import Final

import pytest

from sandbox import Sandbox
from tests.agent.test_pages import ROWS, granted_by
from tests.docs.console import OpenTerminal
from tests.docs.pages import ROLE, Block, shows
from tests.documents import ALL_GRANTS, CHANNEL_ACTIONS, added_by
from tests.on_engine import permissions

PAGE: Final = "docs/the-policy.md"


def test_an_input_grants_what_its_rows_say() -> None:
    """The table has each action with the inputs without which it would not be there."""
    rows = {"always": {*CHANNEL_ACTIONS}, **{name: added_by(name) for name in ALL_GRANTS}}
    named = {name for _, inputs, *_ in ROWS for name in re.findall(r"\w+", inputs)}

    assert {name: granted_by(name) for name in {*rows, *named}} == rows


@shows(PAGE, "See it in a pull request")
def test_the_policy_is_seen_first(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """The preview has the JSON that `up` writes then; the program prints the same without Pulumi."""
    console, program = shown
    stack = box.stack(permissions(role=ROLE, allow_update_instance_information=True))
    [said] = terminal(stack).run(console.text)
    program.program()()
    printed = json.loads(capsys.readouterr().out)
    before = box.role_policies(ROLE)
    stack.up()

    assert before == {}
    assert all(text in said for text in (ROLE, *printed["Statement"][0]["Action"])), said
    assert list(box.role_policies(ROLE).values()) == [printed]
