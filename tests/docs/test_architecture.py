"""docs/architecture.md: its tables are what the repository is."""

import subprocess

from tests.docs.pages import ROOT, table

PAGE = "docs/architecture.md"


def test_the_table_has_each_module() -> None:
    """Every module of the package is in the table, and no other."""
    rows = [name.strip("`") for row in table(PAGE, "The modules") for name in row[0].split(", ")]
    modules = {file.stem for file in (ROOT / "pulumi_ssm_perms").glob("_*") if file.stem[:2] != "__"}

    assert sorted(rows) == sorted(modules)


def test_the_table_has_every_folder() -> None:
    """Each folder of the repository is in the table, and no other."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {file.split("/")[0] for file in listed.splitlines() if "/" in file}

    assert {name for row in table(PAGE, "The folders") for name in row[0].replace("`", "").split(", ")} == folders


def test_each_safeguard_has_its_test() -> None:
    """The tests that the table of safeguards names are there."""
    named = [test.strip("`") for *_, test in table(PAGE, "Why each safeguard is there")]

    assert named != []
    assert [test for test in named if not (ROOT / test).is_file()] == []
