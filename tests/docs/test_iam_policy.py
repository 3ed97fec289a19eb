"""docs/iam-policy.md: each input grants what its table says; tests/agent judges what happens without an action."""

import re
from typing import Final

from pulumi_ssm_perms import policy_document
from tests.components import needed_with
from tests.docs.pages import table
from tests.documents import ALL_GRANTS, granted

PAGE: Final = "docs/iam-policy.md"
HEADING: Final = "Which input grants it"
ALWAYS: Final = "always"


def actions(name: str) -> set[str]:
    """Return the actions that an input adds; those that are there always, for their own row."""
    if name == ALWAYS:
        return {action for action, _ in granted(policy_document())}
    beside = needed_with(name)
    without, with_it = (
        {action for action, _ in granted(policy_document(**inputs))}
        for inputs in (beside, {**beside, name: ALL_GRANTS[name]})
    )
    return with_it - without


def test_an_input_grants_what_its_row_says() -> None:
    """The table has each input with the actions that the document has with it and not without it."""
    rows = {name.strip("`"): set(re.findall(r"`(\w+:[A-Z]\w+)`", cell)) for name, cell in table(PAGE, HEADING)}

    assert rows == {name: actions(name) for name in (ALWAYS, *ALL_GRANTS)}
