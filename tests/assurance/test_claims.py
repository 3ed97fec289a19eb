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


def test_each_claim_names_a_file_that_is_run() -> None:
    """Every row of the table of claims names files, which have tests that run everywhere."""
    rows = table(PAGE, "What is claimed")
    claims = {file for row in rows for file in NAMED.findall(row[-1])}
    tests = {file: [mark for name, mark in functions(file).items() if name.startswith("test_")] for file in claims}

    assert rows
    assert [row for row in rows if not NAMED.search(row[-1])] == []
    assert [file for file, marks in tests.items() if all(map(NOT_RUN.search, marks))] == []


def test_a_run_on_aws_is_cited_or_missed() -> None:
    """The page cites the record of `make verify`, which AWS has to have answered, or says that there is none."""
    page = (ROOT / PAGE).read_text()
    answered = json.loads(FILE.read_text())["answered by"] if FILE.exists() else "nobody"
    said = {"(../tools/verify/record.json)": "AWS", "**Nobody has run it on AWS.**": "nobody"}

    assert [by for text, by in said.items() if text in page] == [answered]
