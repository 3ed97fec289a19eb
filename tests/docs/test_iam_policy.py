"""docs/iam-policy.md: each input grants what its table says; tests/agent judges what happens without an action."""

import json
import re
from typing import Final

import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.components import needed_with
from tests.docs.console import OpenTerminal
from tests.docs.pages import ROLE, Block, shows, table
from tests.documents import ALL_GRANTS, granted
from tests.on_engine import permissions

PAGE: Final = "docs/iam-policy.md"


def actions(name: str) -> set[str]:
    """Return the actions that an input adds."""
    beside = needed_with(name)
    without, with_it = (
        {action for action, _ in granted(policy_document(**inputs))}
        for inputs in (beside, {**beside, name: ALL_GRANTS[name]})
    )
    return with_it - without


def test_an_input_grants_what_its_rows_say() -> None:
    """The table has each action of the fullest document, with the inputs without which it would not be there."""
    rows: dict[str, set[str]] = {"always": {action for action, _ in granted(policy_document())}}
    rows |= {name: actions(name) for name in ALL_GRANTS}
    told: dict[str, set[str]] = {name: set() for name in rows}
    for named, inputs, *_ in table(PAGE, "What is granted, and why"):
        for name in re.findall(r"\w+", inputs):
            told[name] |= {*re.findall(r"`(\w+:\w+)`", named)}

    assert told == rows


@shows(PAGE, "See it first")
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
