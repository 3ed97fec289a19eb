"""Reads messages.txt, which has what a user reads for each wrong input: the whole message below what was written."""

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("messages.txt")
HEAD: Final = "What a user reads for each wrong input. `make messages` writes this file, and the tests compare it."

Calls = Mapping[str, Callable[[], str]]
"""What a user writes, and what returns the message that the package then has for it."""

_SHOWN_PARTS: Final = 20


class Code(str):
    """What a program has in place of a value."""

    __slots__ = ()


@functools.cache
def messages() -> Mapping[str, str]:
    """Return the messages of the file, by what a user writes."""
    cases = re.findall(r"(?m)^([^ #\n].*)\n((?:  .*\n)+)", FILE.read_text())
    return {call: "\n".join(line.removeprefix("  ") for line in said.splitlines()) for call, said in cases}


def write(sections: Mapping[str, Calls]) -> None:
    """Write the file anew, with what the package says now."""
    lines = [HEAD]
    for title, calls in sections.items():
        lines += ["", f"# {title}"]
        for call, message in calls.items():
            lines += ["", call, *(f"  {line}" for line in message().splitlines())]
    FILE.write_text("\n".join(lines) + "\n")


def call(function: str, *args: object, **inputs: object) -> str:
    """Return a call as a user writes it."""
    return f"{function}({', '.join([*map(literal, args), *(f'{name}={literal(inputs[name])}' for name in inputs)])})"


def literal(value: Any) -> str:
    """Return a value as a program has it: in double quotes, and what repeats itself as a product."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, str):
        runs = re.findall(r"(?s)((.)\2{29,})|((?:(?!(.)\4{29}).)+)", value) or [("", "", "", "")]
        return " + ".join(f"{_quoted(one)} * {len(run)}" if run else _quoted(text) for run, one, text, _ in runs)
    if isinstance(value, Mapping):
        return f"{{{_several([f'{literal(name)}: {literal(each)}' for name, each in value.items()])}}}"
    if isinstance(value, (list, tuple, set)):
        shown = _several([literal(each) for each in value])
        return {list: f"[{shown}]", tuple: f"({shown})", set: f"{{{shown}}}"}[type(value)]
    return value.__name__ if isinstance(value, type) else repr(value)


def _several(texts: list[str]) -> str:
    """Return what a collection has in it, without the middle of a long one."""
    return ", ".join(texts if len(texts) <= _SHOWN_PARTS else [*texts[:2], "…", texts[-1]])


def _quoted(text: str) -> str:
    shown = "".join(each if each < "\u0100" else ascii(each)[1:-1] for each in repr(text))
    return shown if '"' in text else f'"{shown[1:-1]}"'.replace("\\'", "'")
