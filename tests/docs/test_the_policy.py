"""docs/the-policy.md: each input grants what its table says; tests/agent judges what happens without an action."""

import json
import re
from typing import Any, Final

import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.agent.test_pages import ROWS, granted_by
from tests.docs.console import OpenTerminal
from tests.docs.pages import ROLE, ROOT, Block, shows
from tests.documents import ALL_GRANTS, CHANNEL_ACTIONS, KEY, added_by
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


def test_the_page_says_how_long_the_policy_is() -> None:
    """It has the characters of the policy with the heartbeat, and with one of everything."""
    page = (ROOT / PAGE).read_text()
    plain: dict[str, Any] = {"allow_update_instance_information": True}
    keys = [f"{KEY[:-1]}{digit}" for digit in "01"]
    one, two, most, least = (
        len(json.dumps(policy_document(**inputs), separators=(",", ":")))
        for inputs in ({"kms_key_arns": keys[:1]}, {"kms_key_arns": keys}, ALL_GRANTS, plain)
    )

    assert f"The policy has {least} characters with the heartbeat alone, and {most} with one of everything" in page
    assert round(two - one, -1) == 80
