"""The page of claims: each test that it names is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions(file: str) -> set[str]:
    """Return the names of a file's functions."""
    tree = ast.parse((ROOT / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_claim_names_a_test_that_is_there() -> None:
    """Every test that docs/assurance.md names exists; a claim whose test was renamed is noticed."""
    claims = NAMED.findall((ROOT / "docs" / "assurance.md").read_text())
    missing = [f"{file}::{name}" for file, name in claims if name not in functions(file)]

    assert claims
    assert missing == []


def test_each_proof_is_named_by_a_claim() -> None:
    """Every test of the long proofs stands behind a sentence of docs/assurance.md."""
    claims = {name for _, name in NAMED.findall((ROOT / "docs" / "assurance.md").read_text())}
    proofs = {
        name
        for file in Path(__file__).parent.glob("test_*.py")
        if file != Path(__file__)
        for name in functions(str(file.relative_to(ROOT)))
        if name.startswith("test_")
    }

    assert proofs - claims == set()
