"""Runs the YAML blocks of the pages on the engine, each as a project of its own."""

from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, Final, Literal

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
