"""What the pages and examples/ show, found in the files themselves, and which test shows that it is true.

A test says with `shows` which blocks it uses, and gets them from the fixture `shown`; a block that it leaves unused
fails it. `test_every_block.py` fails for a block that no test uses.
"""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

ROOT: Final = Path(__file__).parents[1]
ROLE: Final = "web-role"
"""The role of the pages. Component, role and policy have different names there."""

_NOT_RUN: Final = {"skip", "skipif", "xfail", "hosts"}
_LINKS: Final = {"link", "image"}
_MADE: Final = {"node_modules", "sdks", "venv"}

Place = str | tuple[str, int]
"""Every block under a heading, or one of them, counted from 1; empty for a folder of examples/, which has none."""


@dataclass
class Block:
    """A fenced block; whoever asks for its content has used it."""

    page: str
    heading: str
    language: str
    content: str
    used: bool = field(default=False, compare=False)

    @property
    def text(self) -> str:
        """What stands between the fences."""
        self.used = True
        return self.content

    @property
    def json(self) -> Any:
        """What it says, where it is JSON."""
        return json.loads(self.text)

    def program(self, **names: object) -> Callable[[], None]:
        """Return it as a Pulumi program; `names` are there as if it had imported them."""
        code = compile(self.text, f"{self.page} ({self.heading})", "exec")
        return lambda: exec(code, {"__name__": "__main__", **names})

    def changed(self, old: str, new: str) -> "Block":
        """Return it with one thing changed, as its reader would."""
        if self.text.count(old) != 1:
            raise ValueError(f"{self} does not have {old!r} once")
        return replace(self, content=self.text.replace(old, new))

    def __str__(self) -> str:
        """Name it for the person who has to write its test."""
        return f"{self.page} # {self.heading}: {self.language}"


shows: Final = pytest.mark.shows
"""Says which blocks of a page a test uses: the page and their places, or a folder of examples/ alone."""


def claims(test: Any) -> list[tuple[str, Place]]:
    """Return pages and places whose blocks a test uses: none if it may not run, no block if it does not take any."""
    marks = [*reversed(getattr(test, "pytestmark", []))]
    if any(mark.name in _NOT_RUN for mark in marks):
        return []
    found = [(mark.args[0], place) for mark in marks if mark.name == "shows" for place in mark.args[1:] or ("",)]
    return [(page, place) for page, place in found if not place or "shown" in inspect.signature(test).parameters]


def shown_by(test: object) -> list[Block]:
    """Return fresh blocks for one run of a test, in the order of what it claims."""
    found: list[Block] = []
    for page, place in claims(test):
        there = at(page, place)
        if not there:
            pytest.fail(f"{page} has no block under {place!r}", pytrace=False)
        found += [replace(block, used=False) for block in there]
    return found


def at(page: str, place: Place) -> list[Block]:
    """Return the blocks that are there, which are none if the page has changed."""
    heading, number = (place, None) if isinstance(place, str) else place
    under = [block for block in blocks(page) if block.heading == heading]
    return under if number is None else under[number - 1 : number]


def pages() -> list[str]:
    """Name the pages: those in the root that a test can judge, the sandbox's, and what is in Markdown elsewhere."""
    found = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
    own = [file for file in found if not _MADE & {*file.relative_to(ROOT).parts}]
    known = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "sandbox/README.md"]
    return [*known, *sorted(str(file.relative_to(ROOT)) for file in own)]


def examples() -> list[str]:
    """Name the folders of examples/."""
    return sorted(str(folder.relative_to(ROOT)) for folder in ROOT.glob("examples/*") if folder.is_dir())


@cache
def blocks(page: str) -> list[Block]:
    """Return the blocks of a page."""
    return [_block(page, heading, node) for heading, node in _nodes(page) if node.type in ("fence", "code_block")]


@cache
def headings(page: str) -> list[str]:
    """Return the headings of a page as they are written, without their marks."""
    return [heading for heading, node in _nodes(page) if node.type == "heading"]


def table(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the tables under a heading, without their head, each cell as it is written."""
    bodies = [node for found, node in _nodes(page) if (found, node.type) == (heading, "tbody")]
    return [[cell.children[0].content for cell in row.children] for body in bodies for row in body.children]


def links(page: str) -> list[str]:
    """Return where the links and pictures of a page are."""
    return [str(node.attrs.get("href", node.attrs.get("src"))) for _, node in _nodes(page) if node.type in _LINKS]


def procedures(page: str) -> list[tuple[str, list[Block]]]:
    """Return the numbered lists of a page that have blocks: each with its heading, and its blocks in order."""
    found = [(heading, node) for heading, node in _nodes(page) if node.type == "ordered_list"]
    held = [
        (
            heading,
            [Block(page, heading, each.info.strip(), each.content) for each in node.walk() if each.type == "fence"],
        )
        for heading, node in found
    ]
    return [(heading, blocks) for heading, blocks in held if blocks]


def paragraphs(page: str) -> list[str]:
    """Return the paragraphs and cells of a page as they are written."""
    return [node.content for _, node in _nodes(page) if node.type == "inline"]


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _block(page: str, heading: str, node: SyntaxTreeNode) -> Block:
    return Block(page, heading, node.info.strip(), node.content)


def _nodes(page: str) -> Iterator[tuple[str, SyntaxTreeNode]]:
    """Yield each node of a page with the heading that it is under."""
    heading = ""
    tokens = MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text())
    for part in SyntaxTreeNode(tokens).children:
        if part.type == "heading":
            heading = part.children[0].content
        for node in part.walk():
            yield heading, node
