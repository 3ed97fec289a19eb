"""A test that needs a language host of Pulumi's which is not here is not run, and nobody can miss it."""

import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT

TEST = """\
import pytest


@pytest.mark.hosts("python", "cobol")
def test_in_cobol() -> None:
    raise AssertionError
"""


def test_what_is_not_run_is_named(tmp_path: Path) -> None:
    """The end of a run names the test and what is missing, also where workers ran the tests."""
    (tmp_path / "test_it.py").write_text(TEST)
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-n", "1", "-p", "no:cacheprovider", "-p", "tests.conftest"]
    where = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run([*command, *where], cwd=ROOT, capture_output=True, text=True, check=False)
    end = done.stdout.partition(" NOT RUN: 1 ")[2].splitlines()

    assert done.returncode == 0
    assert end[1].endswith("pulumi-language-cobol:")
    assert end[2] == "  test_it.py::test_in_cobol"
