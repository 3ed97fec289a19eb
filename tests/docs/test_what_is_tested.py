"""docs/what-is-tested.md: whether anybody has run the package on AWS."""

import json
from pathlib import Path

from tools.verify.record import FILE

ROOT = Path(__file__).parents[2]
PAGE = "docs/what-is-tested.md"


def test_a_run_on_aws_is_cited_or_missed() -> None:
    """The page cites the record of `make verify`, which AWS has to have answered, or says that there is none."""
    page = (ROOT / PAGE).read_text()
    answered = json.loads(FILE.read_text())["answered by"] if FILE.exists() else "nobody"
    said = {"(../tools/verify/record.json)": "AWS", "**Nobody has run it on AWS.**": "nobody"}

    assert [by for text, by in said.items() if text in page] == [answered]
