"""Runs the YAML blocks of the pages on the engine, by the CLI."""

from pathlib import Path
from subprocess import CompletedProcess
from typing import Final, Literal

import yaml

from sandbox import Sandbox
from tests.docs.pages import Block

_PROJECT: Final = {"name": "app", "runtime": "yaml"}
"""What a block gets if it is not a whole program: it then has the stack of the programs in Python."""
_FLAGS: Final = {"preview": ["--diff"], "up": ["--yes", "--skip-preview"]}


def run(box: Sandbox, block: Block, command: Literal["preview", "up"] = "up") -> CompletedProcess[str]:
    """Preview or update the stack `dev` with a block; a failure is a return code."""
    return box.pulumi(command, *_FLAGS[command], cwd=_folder(box, block.text))


def up(box: Sandbox, *blocks: Block) -> None:
    """Run `pulumi up` with one block after the other, which must succeed."""
    for block in blocks:
        done = run(box, block)

        assert done.returncode == 0, done.stdout + done.stderr


def preview(box: Sandbox, block: Block) -> str:
    """Return what `pulumi preview --diff` prints, which must succeed; its warnings come last."""
    done = run(box, block, "preview")

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def _folder(box: Sandbox, text: str) -> Path:
    """Return the folder of the project, beside a clone whose plugin a whole program may name."""
    program = {**_PROJECT, **yaml.safe_load(text)}
    folder = Path(box.stack(lambda: None, project=program["name"]).workspace.work_dir)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(program))
    clone = folder.parent / "pulumi-ssm-perms"
    if not clone.exists():
        clone.mkdir()
        # The executable there stands in for Pulumi's Python host.
        (clone / "plugin").symlink_to(box.folder / "plugin")
    return folder
