"""docs/what-is-tested.md: each file that it names is there and is run."""

import ast
import json
import re
from pathlib import Path

from tests.docs.pages import table
from tools.verify.record import FILE

ROOT = Path(__file__).parents[2]
NOT_RUN = re.compile(r"\b(skip|skipif|xfail|hosts)\b")
NAMED = re.compile(r"`((?:tests|sandbox)/[\w/]+\.py)`")
PAGE = "docs/what-is-tested.md"


def functions(file: str) -> dict[str, str]:
    """Return a file's functions, each with its decorators."""
    found = [node for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)]
    return {node.name: " ".join(map(ast.unparse, node.decorator_list)) for node in found}


def named() -> tuple[set[str], set[str]]:
    """Return the files that the page names: with its claims, and under what was not run."""
    claims, _, not_run = (ROOT / PAGE).read_text().partition("\n## What was not run\n")
    return set(NAMED.findall(claims)), set(NAMED.findall(not_run))


def test_each_claim_names_a_file_that_is_run() -> None:
    """Every file that the page names with a claim has tests that run everywhere."""
    claims, _ = named()
    tests = {file: [mark for name, mark in functions(file).items() if name.startswith("test_")] for file in claims}

    assert claims
    assert [file for file, marks in tests.items() if all(map(NOT_RUN.search, marks))] == []


def test_each_file_that_may_not_be_run_is_named() -> None:
    """The files that need Pulumi's language hosts are under what was not run."""
    files = [str(file.relative_to(ROOT)) for file in ROOT.glob("tests/**/test_*.py")]
    hosted = {file for file in files if any("mark.hosts(" in marks for marks in functions(file).values())}
    _, not_run = named()

    assert hosted
    assert hosted == {file for file in not_run if not file.startswith("sandbox/")}


def test_each_row_of_claims_names_a_file() -> None:
    """No row of a table of claims says something without the file that shows it."""
    headings = ["The document", "The agent", "Changes", "Checks and errors", "Faults"]
    rows = [row for heading in headings for row in table(PAGE, heading)]

    assert {heading for heading in headings if not table(PAGE, heading)} == set()
    assert [row for row in rows if not NAMED.search(row[-1])] == []


def test_a_run_on_aws_is_cited_or_missed() -> None:
    """The page cites the record of `make verify`, which AWS has to have answered, or says that there is none."""
    page = (ROOT / PAGE).read_text()
    answered = json.loads(FILE.read_text())["answered by"] if FILE.exists() else "nobody"
    said = {"(../tools/verify/record.json)": "AWS", "**There is no record of a run on AWS yet**": "nobody"}

    assert [by for text, by in said.items() if text in page] == [answered]
