"""Runs the YAML blocks of the pages on the engine, on the stack that a program in Python would have."""

from pathlib import Path
from subprocess import CompletedProcess

import yaml

from sandbox import Sandbox
from tests.docs.pages import Block
from tests.on_engine import yaml_project


def up(box: Sandbox, block: Block) -> str:
    """Run `pulumi up`, which must succeed; return what it prints."""
    return _run(box, block, "up", "--yes", "--skip-preview").stdout


def preview(box: Sandbox, block: Block) -> str:
    """Return what `pulumi preview --diff` prints, which must succeed; its warnings come last."""
    done = _run(box, block, "preview", "--diff")
    return done.stdout + done.stderr


def _run(box: Sandbox, block: Block, *command: str) -> CompletedProcess[str]:
    """Run a command, which must succeed, on the stack `dev` with a block, part of a program or a whole one."""
    done = box.pulumi(*command, cwd=_folder(box, block.text))

    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _folder(box: Sandbox, text: str) -> Path:
    """Return the folder of the project, beside a clone whose plugin a whole program may name."""
    folder = yaml_project(box, **yaml.safe_load(text))
    clone = folder.parent / "pulumi-ssm-perms"
    if not clone.exists():
        clone.mkdir()
        # The executable there stands in for Pulumi's Python host.
        (clone / "plugin").symlink_to(box.folder / "plugin")
    return folder
