"""An input is complete only in all its places: CONTRIBUTING.md, "How to add an input", has them as steps."""

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from pulumi_ssm_perms import InvalidInputError, policy_document
from tests import bad_inputs, documents

ROOT: Final = Path(__file__).parents[2]
[GRANTS] = get_args(inspect.signature(policy_document).parameters["grants"].annotation)
NAMES: Final = sorted(GRANTS.__required_keys__ | GRANTS.__optional_keys__)
REFERENCES: Final = ("session-manager-permissions", "session-manager-managed-policy", "policy-document")


def text(file: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / file).read_text()


def is_read(name: str) -> bool:
    """Return whether the package checks the input, rather than to say that there is none of that name."""
    wrong: Any = {name: object()}
    try:
        policy_document(**wrong)
    except InvalidInputError as error:
        return "there is no such input" not in str(error)
    return True


def in_schema(name: str) -> bool:
    """Return whether every component has the input in the schema, with a description."""
    camel = re.sub("_([a-z])", lambda letter: letter[1].upper(), name)
    components = json.loads(text("plugin/schema.json"))["resources"].values()
    return all(component["inputProperties"].get(camel, {}).get("description") for component in components)


def judged(name: str) -> bool:
    """Return whether the oracle wants something for the input: it is in no combination otherwise."""
    return any(name in inputs and inputs[name] for inputs in documents.combinations())


def granted(name: str) -> set[documents.Grant]:
    """Return what the input adds to a document, with or without a log bucket."""
    added: set[documents.Grant] = set()
    for needed in ({}, {"s3_log_bucket_arn": documents.BUCKET}):
        more = {**needed, name: documents.ALL_GRANTS.get(name)}
        added |= _grants(more) - _grants({key: value for key, value in needed.items() if key != name})
    return added


def _grants(inputs: Mapping[str, Any]) -> set[documents.Grant]:
    try:
        return documents.granted(policy_document(**inputs))
    except InvalidInputError:
        return set()


def explained(name: str) -> bool:
    """Return whether each action that the input adds has a row on the page."""
    page = text("docs/iam-policy.md")
    in_a_row = all(f"| `{action}`" in page or f", `{action}` |" in page for action, _ in granted(name))
    return in_a_row and f"| `{name}` |" in page


def requested(name: str) -> bool:
    """Return whether the evaluator is asked about each action that the input adds."""
    return all(f'"{action}"' in text("tests/unit/test_least_privilege.py") for action, _ in granted(name))


STEPS: Final[Mapping[str, Callable[[str], bool]]] = {
    "step 1, pulumi_ssm_perms/_grants.py: GRANTS has no check of it": is_read,
    "step 2, pulumi_ssm_perms/_document.py: it adds nothing to a document": lambda name: bool(granted(name)),
    "step 3, tests/documents.py: ALL_GRANTS has no value of it": documents.ALL_GRANTS.__contains__,
    "step 3, tests/documents.py: combinations() and wanted() leave it out": judged,
    "step 3, tests/unit/test_least_privilege.py: no request for one of its actions": requested,
    "step 4, tests/bad_inputs.py: no wrong value of it": {bad.name for bad in bad_inputs.BAD_INPUTS}.__contains__,
    "step 5, `make schema`: plugin/schema.json has no description of it": in_schema,
    "step 5, `make reference`: a page in docs/reference does not have it": lambda name: all(
        f"`{name}`" in text(f"docs/reference/{page}.md") for page in REFERENCES
    ),
    "step 6, docs/iam-policy.md: the input, or one of its actions, has no row": explained,
    "step 6, CHANGELOG.md: it is not named": lambda name: f"`{name}`" in text("CHANGELOG.md"),
}


def missing() -> Iterator[str]:
    """Yield what is missing of each input, by the step that brings it."""
    for name in NAMES:
        yield from (f"{name}: {step}" for step, is_done in STEPS.items() if not is_done(name))


def test_every_input_is_in_all_its_places() -> None:
    """What is missing is listed, with the step of CONTRIBUTING.md and the file; follow it from top to bottom."""
    found = list(missing())

    assert found == [], "\n".join(["CONTRIBUTING.md, How to add an input:", *found])
