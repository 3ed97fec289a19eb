"""Reads messages.txt, which has what the package says of wrong inputs: a sentence for each rule."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("messages.txt")
HEAD: Final = "What the package says of a wrong input. `make generate` writes it.\n"
Sections = Mapping[str, Mapping[str, Callable[[], str]]]
"""What returns each sentence, by the title of its section and by its name there."""


@functools.cache
def sentences() -> Mapping[tuple[str, str], str]:
    """Return the sentences of the file, by the title of the section and the name in it."""
    found, title, name = dict[tuple[str, str], str](), "", ""
    for line in FILE.read_text().splitlines():
        if line.startswith("  "):
            found[title, name] = line.strip()
        elif line.startswith("# "):
            title = line.removeprefix("# ")
        elif line:
            name = line
    return found


def sentence(title: str, name: str) -> str:
    """Return a sentence of the file: a rule, and what to write instead."""
    return sentences()[title, name]


def written(sections: Sections) -> str:
    """Return the text of the file, with what the package says now."""
    lines = [HEAD]
    for title, said in sections.items():
        lines += [f"# {title}\n"]
        lines += [f"{name}\n  {say()}\n" for name, say in said.items()]
    return "\n".join(lines)
