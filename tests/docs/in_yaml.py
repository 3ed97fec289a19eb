"""Runs the YAML blocks of the pages on the engine, on the stack that a program in Python would have."""

from pathlib import Path

import yaml

from sandbox import Sandbox
from tests.docs.pages import Block


def folder(box: Sandbox, block: Block, project: str = "app") -> Path:
    """Return the folder of a project whose program the block is; the stack `dev` is configured for the sandbox."""
    found = Path(box.stack(lambda: None, project=project).workspace.work_dir)
    program = {"name": project, "runtime": "yaml", **yaml.safe_load(block.text)}
    (found / "Pulumi.yaml").write_text(yaml.safe_dump(program))
    return found


def up(box: Sandbox, block: Block) -> str:
    """Run `pulumi up`; return what it prints."""
    done = box.pulumi("up", "--yes", "--skip-preview", cwd=folder(box, block))

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def preview(box: Sandbox, block: Block) -> str:
    """Return what `pulumi preview --diff` prints."""
    done = box.pulumi("preview", "--diff", cwd=folder(box, block))

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
