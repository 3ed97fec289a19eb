"""Nothing is shown that no test shows to be true; and what is shown is code as the repository's own is."""

import importlib
import os
import re
import subprocess
import sysconfig
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.docs.console import commands
from tests.pages import (
    ROOT,
    Block,
    Place,
    anchor,
    at,
    blocks,
    claims,
    examples,
    headings,
    links,
    pages,
    paragraphs,
    procedures,
)

_OF_AWS: Final = re.compile(r"\bAWS(?:'s)? (?:page|asks|requires|charges|advises|recommends|offers|documents)\b")


@cache
def claimed() -> set[tuple[str, Place]]:
    """Return pages and places that some test of the suite claims."""
    found: set[tuple[str, Place]] = set()
    for file in sorted(ROOT.glob("tests/**/test_*.py")):
        if "import" in file.read_text() and "@shows(" in file.read_text():
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            for test in vars(importlib.import_module(name)).values():
                found.update(claims(test))
    return found


def asks_aws_alone(block: Block) -> bool:
    """Whether a block has nothing but `aws` commands, which `test_aws_commands.py` checks on every page."""
    return block.language == "console" and all(line.startswith("aws ") for line, _ in commands(block.content))


@pytest.mark.parametrize("page", pages())
def test_a_test_uses_every_block(page: str) -> None:
    """A test claims each block of the page but what asks AWS alone, and no test claims what is not there."""
    places = [place for claim, place in claimed() if claim == page]
    used = {id(block) for place in places for block in at(page, place)}
    used |= {id(block) for block in blocks(page) if asks_aws_alone(block)}

    assert [place for place in places if not at(page, place)] == []
    assert [str(block) for block in blocks(page) if id(block) not in used] == []


@pytest.mark.parametrize("page", pages())
def test_a_procedure_is_shown_as_a_whole(page: str) -> None:
    """One test has all blocks of a numbered list, so it runs them in order; but what asks AWS alone."""
    whole = {place for claim, place in claimed() if claim == page and isinstance(place, str)}
    apart = [heading for heading, steps in procedures(page) if not all(map(asks_aws_alone, steps))]

    assert [heading for heading in apart if heading not in whole] == []


@pytest.mark.parametrize("page", [page for page in pages() if page.startswith("docs/")])
def test_what_aws_says_has_its_link(page: str) -> None:
    """A paragraph that tells what AWS asks, refuses or charges for leads to the page of AWS that says it."""
    told = [text for text in paragraphs(page) if _OF_AWS.search(text)]

    assert [text for text in told if "](https://" not in text and "][" not in text] == []


def test_the_tests_name_pages_and_examples_that_are_there() -> None:
    """A page or an example that is renamed or removed takes its tests along, and each example has one."""
    assert {page for page, place in claimed() if place} <= set(pages())
    assert {page for page, place in claimed() if not place} == set(examples())


@pytest.mark.parametrize("page", [page for page in pages() if page != "CHANGELOG.md"])
def test_a_heading_is_there_once(page: str) -> None:
    """Links and tests know a part of a page by its heading; a changelog repeats its own for each version."""
    found = headings(page)

    assert sorted(found) == sorted(set(found))


def test_every_block_has_a_language() -> None:
    """A fence says what is in it, so that it is shown in colours, and that it is not an indented paragraph."""
    assert [str(block) for page in pages() for block in blocks(page) if not block.language] == []


def test_every_link_leads_somewhere() -> None:
    """A relative link leads to a file of the repository, and its anchor to a heading there."""
    relative = [(page, link) for page in pages() for link in links(page) if not link.startswith("https://")]

    assert relative
    assert [(page, link) for page, link in relative if not leads_somewhere(page, link)] == []


def leads_somewhere(page: str, link: str) -> bool:
    """Whether a relative link of a page has a target."""
    path, _, fragment = link.partition("#")
    target = Path(os.path.normpath(ROOT / page / ".." / path)) if path else ROOT / page
    if not fragment or target.suffix != ".md":
        return target.exists()
    return target.exists() and fragment in map(anchor, headings(str(target.relative_to(ROOT))))


def test_every_program_is_as_the_repositorys_own(tmp_path: Path) -> None:
    """Ruff finds nothing in the Python blocks, and would lay them out no other way."""
    programs: list[Block] = [block for page in pages() for block in blocks(page) if block.language == "python"]
    for number, block in enumerate(programs):
        name = f"{Path(block.page).stem}-{anchor(block.heading)}-{number}.py"
        Path(tmp_path, name).write_text(block.content)
    ruff = [str(Path(sysconfig.get_path("scripts"), "ruff")), "--config", str(ROOT / "pyproject.toml")]
    ignored = "D,INP001,S101,ANN,ARG,N999,T201,E501"
    found = [
        subprocess.run([*ruff, *how, str(tmp_path)], capture_output=True, text=True, check=False).stdout
        for how in (["check", "--quiet", "--ignore", ignored], ["format", "--quiet", "--diff"])
    ]

    assert programs
    assert found == ["", ""]
