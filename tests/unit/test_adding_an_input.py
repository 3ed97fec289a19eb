"""An input is complete only in all its places: CONTRIBUTING.md lists them, and what is missing fails with its line."""

import contextlib
import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from pulumi_ssm_perms import InvalidInputError, _grants, policy_document
from pulumi_ssm_perms._document import Grants
from tests import bad_inputs, documents
from tests.agent.record import ARRIVES, RUNS

ROOT: Final = Path(__file__).parents[2]
NOT_IN_PREFERENCES: Final = {"allow_update_instance_information", "s3_log_encryption_enforced"}
"""What has no row on the page of session logs and keys: the heartbeat, and what a named bucket replaces."""


@functools.cache
def text(file: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / file).read_text()


def rows(page: str) -> str:
    """Return the rows of a page's tables."""
    return "".join(re.findall(r"(?m)^\|.*\n", text(page)))


@functools.cache
def actions(name: str) -> set[str]:
    """Return what the input adds to a document, with or without a log bucket."""
    added: set[documents.Grant] = set()
    for beside in ({}, {"s3_log_bucket_arn": documents.BUCKET}):
        without: dict[str, Any] = {key: value for key, value in beside.items() if key != name}
        added |= granted({**beside, name: documents.ALL_GRANTS.get(name)}) - granted(without)
    return {action for action, _ in added}


def granted(inputs: Mapping[str, Any]) -> set[documents.Grant]:
    """Return what the inputs grant: nothing, while the package does not take one of them."""
    with contextlib.suppress(InvalidInputError, TypeError):
        return documents.granted(policy_document(**inputs))
    return set()


def is_judged(name: str) -> bool:
    """Return whether the input has a value, and is in the combinations that are compared with AWS's pages."""
    return name in documents.ALL_GRANTS and any(inputs.get(name) for inputs in documents.combinations())


def is_released(name: str) -> bool:
    """Return whether both components have the input under the schema's name."""
    camel = re.sub("_([a-z])", lambda letter: letter[1].upper(), name)
    return text("tests/languages/released.txt").count(f" input {camel} ") == 2


def is_recorded(name: str) -> bool:
    """Return whether the fullest document of the agent's tests has each action, and the agent was seen to need it."""
    from tests.agent import test_grants

    needed = {action for run in RUNS for action, _ in run.needs_cross_account}
    return actions(name) <= {action for action, _ in test_grants.GRANTS} & needed


def is_explained(name: str) -> bool:
    """Return whether the page on the policy has a row for the input, and tells what happens without each action."""
    from tests.agent import test_pages

    return f"`{name}`" in rows("docs/iam-policy.md") and actions(name) <= {it.action for it in test_pages.WITHOUT}


def is_noticed(name: str) -> bool:
    """Return whether the input mends a symptom, and each action without which something fails has one."""
    from tests.agent import test_pages

    without = {denial.action for denial, it in test_pages.WITHOUT.items() if {*it.values()} != {ARRIVES}}
    named = rows("docs/troubleshooting.md")
    shown = {denial.action for symptom, (denial, _) in test_pages.CAUSES.items() if f"| {symptom} |" in named}
    return f"`{name}`" in named and actions(name) & without <= shown


PLACES: Final[Mapping[str, Callable[[str], bool]]] = {
    "pulumi_ssm_perms/_grants.py": _grants.GRANTS.__contains__,
    "pulumi_ssm_perms/_document.py": lambda name: (
        name in Grants.__annotations__ and (name not in documents.ALL_GRANTS or bool(actions(name)))
    ),
    "tests/documents.py": is_judged,
    "tests/unit/test_least_privilege.py": lambda name: all(
        f'"{action}"' in text("tests/unit/test_least_privilege.py") for action in actions(name)
    ),
    "tests/bad_inputs.py": {bad.name for bad in bad_inputs.BAD_INPUTS}.__contains__,
    "tests/languages/released.txt": is_released,
    "tests/agent/test_grants.py": is_recorded,
    "docs/iam-policy.md": is_explained,
    "docs/troubleshooting.md": is_noticed,
    "docs/who-needs-what.svg": lambda name: all(action in text("docs/who-needs-what.svg") for action in actions(name)),
    "docs/session-logs-and-keys.md": lambda name: (
        name in NOT_IN_PREFERENCES or f"`{name}`" in rows("docs/session-logs-and-keys.md")
    ),
    "docs/alternatives.md": lambda name: not any(f"`{it}`" in rows("docs/alternatives.md") for it in actions(name)),
    "CHANGELOG.md": lambda name: f"`{name}`" in text("CHANGELOG.md"),
}
"""Whether a place has an input. Made files are compared whole, in test_made_files.py."""


def test_the_list_is_that_of_the_contributors() -> None:
    """CONTRIBUTING.md has a line for each place, in this order, and no other."""
    assert [*steps()] == [*PLACES]


def steps() -> dict[str, str]:
    """Return the numbered lines of CONTRIBUTING.md, each by the file that it is about."""
    _, _, below = text("CONTRIBUTING.md").partition("\n## How to add an input\n")
    return {file: line for line, file in re.findall(r"(?m)^\d+\. (`(.+?)`.*)", below.partition("\n## ")[0])}


def has(place: str, name: str) -> bool:
    """Return whether a place has an input; the agent's tests have nothing that the package does not take."""
    with contextlib.suppress(InvalidInputError, TypeError):
        return PLACES[place](name)
    return False


@pytest.mark.parametrize("name", sorted(_grants.GrantArgs.__annotations__))
def test_an_input_is_in_all_its_places(name: str) -> None:
    """What is missing is shown as CONTRIBUTING.md has it; follow the lines from top to bottom."""
    missing = [steps().get(place, place) for place in PLACES if not has(place, name)]

    assert missing == [], "\n".join([f"{name} is missing in:", *missing])
