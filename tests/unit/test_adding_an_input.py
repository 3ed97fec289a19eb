"""An input is complete only in all its places: CONTRIBUTING.md lists them, and what is missing fails with its line."""

import functools
import inspect
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests import bad_inputs, documents
from tests.agent import told
from tests.agent.consequences import Outcome

ROOT: Final = Path(__file__).parents[2]
[GRANTS] = get_args(inspect.signature(policy_document).parameters["grants"].annotation)
NAMES: Final = sorted(GRANTS.__required_keys__ | GRANTS.__optional_keys__)
MANAGED: Final = "AmazonSSMManagedInstanceCore"
NOT_IN_PREFERENCES: Final = {"allow_update_instance_information", "s3_log_encryption_enforced"}
"""What has no row on the page of session logs and keys: the heartbeat, and what a named bucket replaces."""


@functools.cache
def text(file: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / file).read_text()


def steps() -> dict[str, str]:
    """Return the lines of CONTRIBUTING.md, each by the file that it is about."""
    _, _, below = text("CONTRIBUTING.md").partition("\n## How to add an input\n")
    section, _, _ = below.partition("\n## ")
    lines = re.findall(r"(?m)^\d+\. (`(.+?)`.*(?:\n   .*)*)", section)
    return {file: " ".join(line.split()) for line, file in lines}


def rows(page: str) -> list[str]:
    """Return the rows of a page's tables."""
    return [line for line in text(page).splitlines() if line.startswith("|")]


def is_read(name: str) -> bool:
    """Return whether the package checks the input, rather than to say that there is none of that name."""
    wrong: Any = {name: object()}
    try:
        policy_document(**wrong)
    except InvalidInputError as error:
        return "there is no such input" not in str(error)
    return True


@functools.cache
def actions(name: str) -> set[str]:
    """Return what the input adds to a document, with or without a log bucket."""
    added: set[documents.Grant] = set()
    for beside in ({}, {"s3_log_bucket_arn": documents.BUCKET}):
        without: dict[str, Any] = {key: value for key, value in beside.items() if key != name}
        added |= _granted({**beside, name: documents.ALL_GRANTS.get(name)}) - _granted(without)
    return {action for action, _ in added}


def _granted(inputs: Mapping[str, Any]) -> set[documents.Grant]:
    try:
        return documents.granted(policy_document(**inputs))
    except (InvalidInputError, TypeError):
        return set()


def in_oracle(name: str) -> bool:
    """Return whether the input has a value, and is in the combinations that are compared with AWS's pages."""
    return name in documents.ALL_GRANTS and any(inputs.get(name) for inputs in documents.combinations())


def in_schema(name: str) -> bool:
    """Return whether every component has the input in the schema, with a description."""
    components = json.loads(text("plugin/schema.json"))["resources"].values()
    return all(component["inputProperties"].get(camel(name), {}).get("description") for component in components)


def camel(name: str) -> str:
    """Return the input's name in the schema."""
    return re.sub("_([a-z])", lambda letter: letter[1].upper(), name)


def is_noticed(name: str) -> bool:
    """Return whether each action without which something fails has a row on the page of symptoms."""
    without = {denial.action for denial, it in told.GRANTED.items() if {*it.facts.values()} != {Outcome.ARRIVES}}
    symptoms = "".join(rows("docs/troubleshooting.md"))
    return all(f"`{action}`" in symptoms for action in actions(name) & without)


def compared(name: str) -> bool:
    """Return whether the page on alternatives says it, if AWS's managed policy grants some of it as well."""
    theirs = json.loads(aws_managed_policies_data)[MANAGED]["Document"]["Statement"]
    also = actions(name) & {action for statement in theirs for action in statement["Action"]}
    return not also or f"`{name}`" in text("docs/alternatives.md")


def each_action(judge: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return what judges an input by all its actions, of which an input that only narrows others has none."""
    return lambda name: all(map(judge, actions(name)))


PLACES: Final[Mapping[str, Callable[[str], bool]]] = {
    "pulumi_ssm_perms/_grants.py": is_read,
    "pulumi_ssm_perms/_document.py": lambda name: bool(actions(name)),
    "tests/documents.py": in_oracle,
    "tests/unit/test_least_privilege.py": each_action(
        lambda action: f'"{action}"' in text("tests/unit/test_least_privilege.py")
    ),
    "tests/bad_inputs.py": {bad.name for bad in bad_inputs.BAD_INPUTS}.__contains__,
    "make schema reference messages": in_schema,
    "tests/languages/released.txt": lambda name: (
        text("tests/languages/released.txt").count(f" input {camel(name)} ") == 2
    ),
    "tests/agent/told.py": each_action({denial.action for denial in told.GRANTED}.__contains__),
    "docs/iam-policy.md": lambda name: (
        any(row.startswith(f"| `{name}` |") for row in rows("docs/iam-policy.md"))
        and each_action(lambda action: sum(f"`{action}`" in row for row in rows("docs/iam-policy.md")) > 1)(name)
    ),
    "docs/troubleshooting.md": is_noticed,
    "docs/who-needs-what.svg": each_action(
        lambda action: text("docs/who-needs-what.svg").count(action.split(":")[1]) > 1
    ),
    "docs/session-logs-and-keys.md": lambda name: (
        name in NOT_IN_PREFERENCES or any(f"`{name}`" in row for row in rows("docs/session-logs-and-keys.md"))
    ),
    "docs/alternatives.md": compared,
    "CHANGELOG.md": lambda name: f"`{name}`" in text("CHANGELOG.md"),
}
"""What says of each place whether it has an input; `make` writes or compares the made ones, in test_made_files.py."""


def test_the_list_is_that_of_the_contributors() -> None:
    """CONTRIBUTING.md has a line for each place here, in this order, and no other."""
    assert [*steps()] == [*PLACES]


@pytest.mark.parametrize("name", NAMES)
def test_an_input_is_in_all_its_places(name: str) -> None:
    """What is missing is shown as CONTRIBUTING.md has it; follow the lines from top to bottom."""
    missing = [steps().get(place, place) for place, has in PLACES.items() if not has(name)]

    assert missing == [], "\n".join([f"{name} is missing in:", *missing])
