"""Which Node the programs in TypeScript run on: the machine's own, or the wheel that is there for the tests."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.languages import node

Put = Callable[[str, str], str]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    """The way to put a program on a PATH that has nothing else; it prints one line."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def script(name: str, prints: str) -> str:
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\necho {prints}\n")
        file.chmod(0o755)
        return str(file)

    node.find.cache_clear()
    yield script
    node.find.cache_clear()


def test_a_new_enough_node_on_path_is_taken(put: Put) -> None:
    """The machine's own Node and npm come first."""
    own = node.Node([put("node", "v20.0.0")], [put("npm", "10.0.0")])

    assert node.find() == own


@pytest.mark.parametrize("programs", [{}, {"node": "v22.1.0"}, {"npm": "10.0.0"}, {"node": "v18.9.0", "npm": "9.0.0"}])
def test_another_node_on_path_is_passed_over(put: Put, programs: dict[str, str]) -> None:
    """Without Node, without npm, which some distributions split off, or with an old Node the wheel's two are taken."""
    for name, prints in programs.items():
        put(name, prints)

    assert node.find() == node.wheel()


def major(command: list[str]) -> int:
    """Return the number with which the version begins that a program prints."""
    printed = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
    return int(printed.removeprefix("v").partition(".")[0])


def test_the_wheel_is_an_lts_version(put: Put) -> None:
    """Its Node has an even number, as LTS versions have, and runs its own npm, whatever is on PATH."""
    put("node", "nonsense")
    found = node.wheel()

    assert major(found.node) in range(node.MINIMUM, 100, 2)
    assert major(found.npm) > 0
