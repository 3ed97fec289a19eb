"""docs/the-policy.md: each input grants what its table says; tests/agent judges what happens without an action."""

import re

from tests.agent.test_pages import ROWS, granted_by
from tests.documents import ALL_GRANTS, CHANNEL_ACTIONS, added_by


def test_an_input_grants_what_its_rows_say() -> None:
    """The table has each action with the inputs without which it would not be there."""
    rows = {"always": {*CHANNEL_ACTIONS}, **{name: added_by(name) for name in ALL_GRANTS}}
    named = {name for _, inputs, *_ in ROWS for name in re.findall(r"\w+", inputs)}

    assert {name: granted_by(name) for name in {*rows, *named}} == rows
