"""The demo on a terminal: titles, documents, Pulumi's output; colour only if a person sees it."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any


def say(*lines: str) -> None:
    """Print lines, at once."""
    print("\n".join(lines), flush=True)


def title(text: str) -> None:
    """Begin another part."""
    say("", _styled("1;36", f"── {text}"))


def policies(documents: Mapping[str, Any]) -> None:
    """Print policies, each under its name."""
    for name, document in documents.items():
        say(f"  {_styled('1', name)}", "    " + json.dumps(document, indent=2).replace("\n", "\n    "))


def holds(sentence: str) -> None:
    """Print a checked sentence."""
    say(_styled("32", "  ✓ ") + sentence)


def stream(line: str) -> None:
    """Print a line from Pulumi."""
    say(f"  │ {line}")


def color() -> str:
    """Return Pulumi's option for colour."""
    return "always" if _is_terminal() else "never"


def _is_terminal() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _styled(code: str, text: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _is_terminal() else text
