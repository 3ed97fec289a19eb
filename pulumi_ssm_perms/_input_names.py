"""The names of inputs, marked in messages as in «policy_name»: Python's, or in a plugin those of the schema."""

import re
from typing import Final

_MARKED: Final = re.compile("«([a-z0-9_]+)»")
_FIRST: Final = re.compile(r"^[a-z]\w*(?: or [a-z]\w*)?")
_in_schema = False


def use_schema_names() -> None:
    """Show the names of the schema from now on, in this process."""
    global _in_schema  # noqa: PLW0603 - a plugin's process serves other languages only
    _in_schema = True


def named(text: str) -> str:
    """Return a message with the names that it marks."""
    return _MARKED.sub(lambda marked: _name(marked[1]), text)


def named_path(path: str) -> str:
    """Return the path of a value, which begins with the name of an input; what follows may be the user's own."""
    return _FIRST.sub(lambda first: _name(first[0]), path)


def _name(name: str) -> str:
    return re.sub("_([a-z0-9])", lambda letter: letter[1].upper(), name) if _in_schema else name
