"""What people expect the package to say of wrong inputs: `messages.txt`, which no command writes."""

import functools
from collections.abc import Mapping
from pathlib import Path


@functools.cache
def _sentences() -> Mapping[tuple[str, str], str]:
    """Return the sentences of the list, by the title of their group and by their name in it."""
    found, title = dict[tuple[str, str], str](), ""
    for line in Path(__file__).with_suffix(".txt").read_text().splitlines():
        if line.startswith("  "):
            name, _, sentence = line.strip().partition(": ")
            found[title, name] = sentence
        else:
            title = line
    return found


def sentence(title: str, name: str) -> str:
    """Return a sentence of the list: a rule, and what to write instead."""
    return _sentences()[title, name]
