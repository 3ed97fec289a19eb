"""Runs the YAML blocks of the pages on the engine, on the stack that a program in Python would have."""

from pathlib import Path
from subprocess import CompletedProcess
from typing import Final, Literal

import yaml

from sandbox import Sandbox
from tests.docs.pages import Block
from tests.on_engine import yaml_project

_FLAGS: Final = {"preview": ["--diff"], "up": ["--yes", "--skip-preview"]}


def run(box: Sandbox, block: Block, command: Literal["preview", "up"] = "up") -> CompletedProcess[str]:
    """Preview or update the stack `dev` with a block, part of a program or a whole one; a failure is a return code."""
    return box.pulumi(command, *_FLAGS[command], cwd=_folder(box, block.text))


def up(box: Sandbox, block: Block) -> str:
    """Run `pulumi up`, which must succeed; return what it prints."""
    done = run(box, block)

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def preview(box: Sandbox, block: Block) -> str:
    """Return what `pulumi preview --diff` prints, which must succeed; its warnings come last."""
    done = run(box, block, "preview")

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _folder(box: Sandbox, text: str) -> Path:
    """Return the folder of the project, beside a clone whose plugin a whole program may name."""
    folder = yaml_project(box, **yaml.safe_load(text))
    clone = folder.parent / "pulumi-ssm-perms"
    if not clone.exists():
        clone.mkdir()
        # The executable there stands in for Pulumi's Python host.
        (clone / "plugin").symlink_to(box.folder / "plugin")
    return folder
