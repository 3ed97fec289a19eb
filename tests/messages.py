"""Reads messages.txt, which has what the package says: a sentence for each rule of the inputs, and each warning."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("messages.txt")
HEAD: Final = "What the package says of a wrong input, and in a warning. `make generate` writes all but the warnings.\n"
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


def sentence(title: str, name: str, **facts: object) -> str:
    """Return a sentence of the file: of a wrong input its rule and what to write instead, else a warning.

    A warning has places for facts, such as `{roles}`.
    """
    found = sentences()[title, name]
    for fact, text in facts.items():
        found = found.replace(f"{{{fact}}}", str(text))
    return found


def written(sections: Sections) -> str:
    """Return the text of the file, with what the package says now of wrong inputs; the warnings stay as they are."""
    lines = [HEAD]
    for title, said in sections.items():
        lines += [f"# {title}\n"]
        lines += [f"{name}\n  {say()}\n" for name, say in said.items()]
    return "".join(["\n".join([*lines, ""]), *FILE.read_text().partition("# warnings\n")[1:]])
