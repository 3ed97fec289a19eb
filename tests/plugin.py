"""The plugin as the engine finds it here."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = "pulumi-resource-ssm-perms"
COMMAND = (sys.executable, "-P", str(ROOT / "plugin/__main__.py"))


def install(folder: Path, name: str = NAME, command: Sequence[str] = COMMAND) -> None:
    """Write the executable that stands in for Pulumi's Python language host, which starts the plugin elsewhere."""
    file = folder / name
    file.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    file.chmod(0o755)
