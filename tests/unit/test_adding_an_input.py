"""An input is complete only in all its places: CONTRIBUTING.md lists them, and what is missing fails with its line.

Of the package it asks nothing that fails for one input because another is not complete. The pages have tests of their
own, which go by `ALL_GRANTS`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest

from pulumi_ssm_perms._document import Grants, statements_for, to_policy
from pulumi_ssm_perms._grants import RULES, GrantArgs
from tests.bad_inputs import BAD_INPUTS
from tests.documents import ALL_GRANTS, added_by, combinations, policy, wanted, with_input

ROOT: Final = Path(__file__).parents[2]
FIELDS: Final = {field.name for field in fields(Grants)}


def is_judged(name: str) -> bool:
    """Return whether AWS's pages are known to ask for something with the input: what is not known yet is nowhere."""
    return name in ALL_GRANTS and any(wanted(inputs) != wanted({**inputs, name: None}) for inputs in combinations())


def is_declared(name: str) -> bool:
    """Return whether the package takes the input, and its wrong values are known."""
    return name in GrantArgs.__annotations__ and name in RULES and name in {bad.name for bad in BAD_INPUTS}


def is_granted(name: str) -> bool:
    """Return whether the document has what AWS's pages ask for with the input."""
    return (
        name in FIELDS
        and is_judged(name)
        and all(to_policy(statements_for(Grants(**it))) == policy(*wanted(it)) for it in with_input(name))
    )


def is_drawn(name: str) -> bool:
    """Return whether the page's picture has each action of the input on a label."""
    drawn = "".join(re.findall(r"<text[^>]*>([^<]*)", (ROOT / "docs/who-needs-what.svg").read_text()))
    labels = re.sub(r"(\w+) \(and -(\w+)\)", r"\1 \1\2", drawn).replace("-", "")
    return is_judged(name) and all(action.partition(":")[2] in labels for action in added_by(name))


PLACES: Final[Mapping[str, Callable[[str], bool]]] = {
    "tests/documents.py": is_judged,
    "pulumi_ssm_perms/_grants.py": is_declared,
    "pulumi_ssm_perms/_document.py": is_granted,
    "docs/session-logs-and-keys.md": is_drawn,
}
"""Whether a place has an input."""


def steps() -> Mapping[str, str]:
    """Return the numbered lines of CONTRIBUTING.md, each by the file that it is about."""
    _, _, below = (ROOT / "CONTRIBUTING.md").read_text().partition("\n## How to add an input\n")
    return {file: line for line, file in re.findall(r"(?m)^\d+\. (`(.+?)`.*)", below.partition("\n## ")[0])}


@pytest.mark.parametrize("name", sorted({*ALL_GRANTS, *GrantArgs.__annotations__, *FIELDS}))
def test_an_input_is_in_all_its_places(name: str) -> None:
    """What is missing is shown as CONTRIBUTING.md has it; follow the lines from top to bottom."""
    missing = [steps()[place] for place in PLACES if not PLACES[place](name)]

    assert missing == [], "\n".join([f"{name} is missing in:", *missing])


def test_the_steps_are_those_of_the_contributors() -> None:
    """CONTRIBUTING.md has a line for each place, in this order."""
    assert [step for step in steps() if step in PLACES] == [*PLACES]
