"""The kits that programs of other languages start from: each can be made on a machine without any language host."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from sandbox import run
from tests.languages import hosts, kits

# Go compiles Pulumi's SDK.
pytestmark = pytest.mark.timeout(900)

MADE: Final[Sequence[tuple[Callable[[], Path], Sequence[str]]]] = [
    (kits.sdks, ("go/ssmperms/sessionManagerPermissions.go", "nodejs/sessionManagerPermissions.ts")),
    (kits.node_modules, ("typescript/bin/tsc", "@pulumi/pulumi/index.js")),
    (kits.typescript, ("example/bin/index.js", "program/bin/index.js")),
    (kits.go, ("bin/as-it-stands", "bin/example", "bin/program")),
]
"""Each kit, with the files that its users open or run."""


@pytest.mark.parametrize(("make", "files"), MADE, ids=lambda value: getattr(value, "__name__", ""))
def test_a_kit_has_what_its_users_open(make: Callable[[], Path], files: Sequence[str]) -> None:
    """It is made by its recipe, or lies in the cache with the state of the recipe's sources."""
    folder = make()

    assert [file for file in files if not (folder / file).is_file()] == []


@pytest.mark.usefixtures("tools")
def test_the_wheels_are_all_that_pulumi_installs(tmp_path: Path) -> None:
    """Without an index, pip finds in the kit what `pulumi install` asks for, in a clone and for a generated SDK."""
    plugin = hosts.clone(tmp_path) / "plugin"
    wanted = ["pip", "setuptools", "wheel", "parver", "--requirement=requirements.txt"]
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", *wanted]
    done = run(command, cwd=plugin, env={**os.environ, **dict(hosts.settings())}, timeout=300)

    assert done.returncode == 0, done.stderr
