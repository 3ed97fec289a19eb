"""What the package says of wrong inputs, a row for each rule: written into docs/reference/input-errors.md, and read."""

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parents[1] / "docs/reference/input-errors.md"
Sections = Mapping[str, Mapping[str, Callable[[], str]]]
"""What returns each sentence, by the title of its section and by its name there."""

_HEAD: Final = """\
# Input errors

For looking up a line that refuses an input. The line names the component, the input and its value. Then it says what is
wrong and, after a semicolon, what to write instead. Sizes, names and accounts are examples. `make generate` writes this
page from the code.
"""
_ROW: Final = "| "


@functools.cache
def sentences() -> Mapping[tuple[str, str], str]:
    """Return the sentences of the page, by the heading of the section and the name in it."""
    found, heading = dict[tuple[str, str], str](), ""
    for line in FILE.read_text().splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith(_ROW):
            name, *sentence = line.replace(r"\*", "*").removeprefix(_ROW).removesuffix(" |").split(" | ")
            found[heading, name] = "; ".join(sentence)
    return found


def sentence(title: str, name: str) -> str:
    """Return a sentence of the page: a rule, and what to write instead."""
    return sentences()[_heading(title), name]


def written(sections: Sections) -> str:
    """Return the text of the page, with what the package says now."""
    return "\n".join([_HEAD, *_lines(sections)])


def _lines(sections: Sections) -> Iterator[str]:
    for title, said in sections.items():
        yield from (f"## {_heading(title)}", "", "| given | what is wrong | what to write instead |", "|---|---|---|")
        for name, say in said.items():
            cells = " | ".join([name, *say().split("; ", maxsplit=1)])
            yield _ROW + cells.replace("*", r"\*") + " |"
        yield ""


def _heading(title: str) -> str:
    return title[0].upper() + title[1:]
