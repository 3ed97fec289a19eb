"""docs/architecture.md: its picture and its tables are what the repository is."""

import subprocess

from development import picture
from tests.docs.pages import ROOT, Block, shows, table

PAGE = "docs/architecture.md"


@shows(PAGE, "The modules")
def test_the_picture_is_drawn_from_the_contract(shown: list[Block]) -> None:
    """Picture and table have the modules as the contract has them; if this fails, `make picture` draws them anew."""
    [block] = shown

    assert block.text in picture.drawn()
    assert picture.drawn() in (ROOT / PAGE).read_text()


def test_each_module_says_what_may_live_in_it() -> None:
    """The table has a first line for each module."""
    assert [row for row in table(PAGE, "The modules") if not row[1]] == []


def test_the_table_has_every_folder() -> None:
    """Each folder of the repository is in the table, and no other."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {file.split("/")[0] for file in listed.splitlines() if "/" in file}

    assert {folder.strip("`") for folder, *_ in table(PAGE, "The folders")} == folders


def test_each_safeguard_has_its_test() -> None:
    """The tests that the table of safeguards names are there."""
    named = [test.strip("`") for *_, test in table(PAGE, "Why each safeguard is there")]

    assert named
    assert [test for test in named if not (ROOT / test).is_file()] == []
