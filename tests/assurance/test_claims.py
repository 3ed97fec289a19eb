"""The page of claims: each test that it names is there."""

import ast
import json
import math
import re
from pathlib import Path

from benchmarks import report
from tests.docs.pages import table
from verification.record import RECORD

ROOT = Path(__file__).parents[2]
NOT_RUN = re.compile(r"\b(skip|skipif|xfail|hosts)\b")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions(file: str) -> dict[str, str]:
    """Return a file's functions, each with its decorators."""
    found = [node for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)]
    return {node.name: " ".join(map(ast.unparse, node.decorator_list)) for node in found}


def named() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Return the tests that docs/assurance.md names: with its claims, and under what could not be verified."""
    claims, _, unverified = (ROOT / "docs" / "assurance.md").read_text().partition("\n## What could not be verified\n")
    return set(NAMED.findall(claims)), set(NAMED.findall(unverified))


def test_each_claim_names_a_test_that_is_there() -> None:
    """Every test that docs/assurance.md names exists and is run; a claim whose test was renamed is noticed."""
    claims, _ = named()
    run = {(file, name) for file, _ in claims for name, marks in functions(file).items() if not NOT_RUN.search(marks)}

    assert claims
    assert claims - run == set()


def test_each_test_that_may_not_be_run_is_named() -> None:
    """The tests that need Pulumi's language hosts stand under what could not be verified, and no other does."""
    files = [str(file.relative_to(ROOT)) for file in ROOT.glob("tests/**/test_*.py")]
    hosted = {(file, name) for file in files for name, marks in functions(file).items() if "mark.hosts(" in marks}
    _, unverified = named()

    assert hosted
    assert unverified == hosted


def test_each_row_of_claims_names_a_test() -> None:
    """No row of a table of claims says something without the test that shows it."""
    headings = [
        "It grants what it says, and nothing else",
        "The real agent judges it",
        "A change takes no permission away",
        "It says what IAM says",
        "It survives faults",
    ]
    rows = [row for heading in headings for row in table("docs/assurance.md", heading)]

    assert len(rows) > 20
    assert [row for row in rows if not NAMED.search(row[-1])] == []


def test_each_proof_is_named_by_a_claim() -> None:
    """Every test of the long proofs stands behind a sentence of docs/assurance.md."""
    claims = {name for _, name in named()[0]}
    proofs = {
        name
        for file in Path(__file__).parent.glob("test_*.py")
        if file != Path(__file__)
        for name in functions(str(file.relative_to(ROOT)))
        if name.startswith("test_")
    }

    assert proofs - claims == set()


def test_a_run_on_aws_is_cited_or_missed() -> None:
    """The page cites the record of `make verify`, which AWS has to have answered, or says that there is none."""
    page = (ROOT / "docs" / "assurance.md").read_text()
    told = json.loads(RECORD.read_text()) if RECORD.exists() else None

    assert ("(../verification/record.json)" in page) == (told is not None)
    assert ("**There is no record of a run on AWS yet**" in page) == (told is None)
    assert told is None or told["answered by"] == "AWS"


def test_the_committed_table_has_each_promise() -> None:
    """The table of the last run has each promise of the benchmarks with its bar."""
    bars = {row[0]: row[1] for row in table("benchmarks/results.md", "What a component costs")}
    promised = {
        f"roles: {roles}, {operation}: {name}": "" if math.isinf(limit) else f"{limit:g} times"
        for name, _, _, roles, operation, limit in report.PROMISES
    }

    assert promised.items() <= bars.items()


def test_a_missed_bar_is_said_so() -> None:
    """A measurement over its bar is marked, one at the bar is not."""
    assert report.Bar("import", 15.1, 15, "ms").line == "| import | 15 ms | 15.10 ms | **missed** |"
    assert report.Bar("import", 15, 15, "ms").line == "| import | 15 ms | 15.00 ms | met |"
