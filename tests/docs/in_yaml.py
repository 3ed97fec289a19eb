"""Runs the YAML blocks of the pages on the engine, as a project of their own or on the stack of a program in Python."""

from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final, Literal

import yaml

from sandbox import Sandbox
from tests.docs.pages import Block
from tests.languages.programs import configure

_SECONDS: Final = 120.0


def run_yaml(
    box: Sandbox, folder: Path, command: Literal["preview", "up"], block: Block, config: Mapping[str, Any] | None = None
) -> CompletedProcess[str]:
    """Run `pulumi preview` or `up` with what a block declares; a failure is a return code."""
    project = folder / "in-yaml"
    project.mkdir(exist_ok=True)
    (project / "Pulumi.yaml").write_text(f"name: in-yaml\nruntime: yaml\n{block.text}")
    configure(box, project, config or {})
    box.pulumi("stack", "select", "--create", "dev", cwd=project)
    options = ["--yes", "--skip-preview"] if command == "up" else []
    return box.pulumi(command, *options, cwd=project, timeout=_SECONDS)


def yaml_up(box: Sandbox, folder: Path, block: Block, config: Mapping[str, Any] | None = None) -> None:
    """Run `pulumi up` with what a block declares, which must succeed."""
    done = run_yaml(box, folder, "up", block, config)

    assert done.returncode == 0, done.stdout + done.stderr


def folder(box: Sandbox, block: Block, project: str = "app") -> Path:
    """Return the folder of a project whose program the block is; the stack `dev` is configured for the sandbox."""
    found = Path(box.stack(lambda: None, project=project).workspace.work_dir)
    program = {"name": project, "runtime": "yaml", **yaml.safe_load(block.text)}
    (found / "Pulumi.yaml").write_text(yaml.safe_dump(program))
    return found


def up(box: Sandbox, *blocks: Block) -> None:
    """Run `pulumi up` with one program after the other."""
    for block in blocks:
        done = box.pulumi("up", "--yes", "--skip-preview", cwd=folder(box, block))

        assert done.returncode == 0, done.stdout + done.stderr


def preview(box: Sandbox, block: Block) -> str:
    """Return what `pulumi preview --diff` prints."""
    done = box.pulumi("preview", "--diff", cwd=folder(box, block))

    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
