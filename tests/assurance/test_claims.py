"""docs/what-is-tested.md: each file that it names is there and is run."""

import json
import re
from pathlib import Path

from tests.docs.pages import table
from tools.verify.record import FILE

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:tests|sandbox)/[\w/]+\.py)`")
PAGE = "docs/what-is-tested.md"


def test_each_row_of_claims_names_a_file_with_tests() -> None:
    """No row of a table of claims says something without the file that shows it."""
    headings = ["The document", "The agent", "Changes", "Checks and errors", "Faults"]
    rows = {heading: [NAMED.findall(row[-1]) for row in table(PAGE, heading)] for heading in headings}
    files = {file for found in rows.values() for row in found for file in row}

    assert [heading for heading, found in rows.items() if not all(found) or not found] == []
    assert [file for file in files if "\ndef test_" not in (ROOT / file).read_text()] == []


def test_a_run_on_aws_is_cited_or_missed() -> None:
    """The page cites the record of `make verify`, which AWS has to have answered, or says that there is none."""
    page = (ROOT / PAGE).read_text()
    answered = json.loads(FILE.read_text())["answered by"] if FILE.exists() else "nobody"
    said = {"(../tools/verify/record.json)": "AWS", "**There is no record of a run on AWS yet**": "nobody"}

    assert [by for text, by in said.items() if text in page] == [answered]
