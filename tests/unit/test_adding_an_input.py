"""An input is complete only in all its places: CONTRIBUTING.md lists them, and what is missing fails with its line.

Of the package it asks nothing that fails for one input because another is not complete.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

import pytest

from pulumi_ssm_perms._document import Grants, statements, to_policy
from pulumi_ssm_perms._grants import GrantArgs, GrantInputs
from tests.agent.record import ARRIVES, NOT_RECORDED, RECORDED, UNKNOWN
from tests.agent.test_pages import CAUSES, SYMPTOMS, WITHOUT, granted_by
from tests.bad_inputs import BAD_INPUTS
from tests.bad_preferences import BAD_PREFERENCES
from tests.documents import ALL_GRANTS, added_by, combinations, policy, wanted, with_input

ROOT: Final = Path(__file__).parents[2]
POLICY: Final = "docs/the-policy.md"
LOGS: Final = "docs/session-logs-and-keys.md"


def text(file: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / file).read_text()


def fields_of(made: type[Grants] | type[GrantInputs]) -> set[str]:
    """Return the names of a dataclass's fields."""
    return {field.name for field in fields(made)}


def is_judged(name: str) -> bool:
    """Return whether AWS's pages are known to ask for something with the input: what is not known yet is nowhere."""
    return name in ALL_GRANTS and any(wanted(inputs) != wanted({**inputs, name: None}) for inputs in combinations())


def is_declared(name: str) -> bool:
    """Return whether the package takes the input, and its wrong values are known."""
    return (
        name in GrantArgs.__annotations__
        and name in fields_of(GrantInputs)
        and name in {bad.name for bad in BAD_INPUTS}
    )


def is_granted(name: str) -> bool:
    """Return whether the document has what AWS's pages ask for with the input."""
    return (
        name in fields_of(Grants)
        and is_judged(name)
        and all(to_policy(statements(Grants(**it))) == policy(*wanted(it)) for it in with_input(name))
    )


def is_explained(name: str) -> bool:
    """Return whether the page on the policy has a row for each action of the input, and AWS's page where it is all."""
    titles = {NOT_RECORDED[action] for action in added_by(name) & NOT_RECORDED.keys()}
    linked = re.findall(r'(?m)^\[\w+\]: https://docs\.aws\.amazon\.com/\S+ "(.+)"$', text(POLICY))
    return is_judged(name) and granted_by(name) == added_by(name) and titles <= {*linked}


def is_noticed(name: str) -> bool:
    """Return whether the input mends a symptom, unless nothing is known to fail without its actions."""
    without = {denial.action for denial, it in WITHOUT.items() if not {*it.values()} <= {ARRIVES, UNKNOWN}}
    failing = added_by(name) & without
    mended = any(f"`{name}`" in inputs for _, _, inputs in SYMPTOMS)
    needless = bool(added_by(name)) and not failing
    return is_explained(name) and (mended or needless) and failing <= {denial.action for denial, _ in CAUSES.values()}


def is_drawn(name: str) -> bool:
    """Return whether the picture has each action on a label, and a preference or bucket asks for the input."""
    drawn = "".join(re.findall(r"<text[^>]*>([^<]*)", text("docs/who-needs-what.svg")))
    labels = re.sub(r"(\w+) \(and -(\w+)\)", r"\1 \1\2", drawn).replace("-", "")
    beside = {bad.name for bad in (*BAD_INPUTS, *BAD_PREFERENCES) if bad.rule[0] == "another input"}
    has_row = name not in beside or any(f"`{name}`" in row for row in re.findall(r"(?m)^\|.*", text(LOGS)))
    return is_judged(name) and has_row and all(action.partition(":")[2] in labels for action in added_by(name))


PLACES: Final[Mapping[str, Callable[[str], bool]]] = {
    "tests/agent/record.py": lambda name: is_judged(name) and added_by(name) <= RECORDED | NOT_RECORDED.keys(),
    "tests/documents.py": is_judged,
    "pulumi_ssm_perms/_grants.py": is_declared,
    "pulumi_ssm_perms/_document.py": is_granted,
    POLICY: is_explained,
    "docs/troubleshooting.md": is_noticed,
    LOGS: is_drawn,
}
"""Whether a place has an input. Made files are compared whole, in test_made_files.py."""


def steps() -> dict[str, str]:
    """Return the numbered lines of CONTRIBUTING.md, each by the file that it is about."""
    _, _, below = text("CONTRIBUTING.md").partition("\n## How to add an input\n")
    return {file: line for line, file in re.findall(r"(?m)^\d+\. (`(.+?)`.*)", below.partition("\n## ")[0])}


def test_the_list_is_that_of_the_contributors() -> None:
    """CONTRIBUTING.md has a line for each place, in this order, and no other."""
    assert [*steps()] == [*PLACES]


@pytest.mark.parametrize("name", sorted({*ALL_GRANTS, *GrantArgs.__annotations__, *fields_of(Grants)}))
def test_an_input_is_in_all_its_places(name: str) -> None:
    """What is missing is shown as CONTRIBUTING.md has it; follow the lines from top to bottom."""
    missing = [steps().get(place, place) for place in PLACES if not PLACES[place](name)]

    assert missing == [], "\n".join([f"{name} is missing in:", *missing])
