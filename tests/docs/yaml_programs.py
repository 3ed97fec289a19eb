"""Runs a program in YAML of a page, in a folder beside a clone whose plugin it names."""

from pathlib import Path
from subprocess import CompletedProcess

from sandbox import Sandbox
from tests.docs.pages import Block
from tests.languages.programs import configure


def yaml_up(box: Sandbox, block: Block, folder: Path) -> CompletedProcess[str]:
    """Run `pulumi up` with a whole Pulumi.yaml, which must succeed; the folder is an empty one."""
    project, clone = folder / "project", folder / "pulumi-ssm-perms"
    for each in (project, clone):
        each.mkdir(exist_ok=True)
    (project / "Pulumi.yaml").write_text(block.text)
    if not (clone / "plugin").exists():
        # The executable there stands in for Pulumi's Python host.
        (clone / "plugin").symlink_to(box.folder / "plugin")
    configure(box, project, {})
    box.pulumi("stack", "select", "--create", "dev", cwd=project)
    done = box.pulumi("up", "--yes", "--skip-preview", cwd=project)

    assert done.returncode == 0, done.stdout + done.stderr

    return done
