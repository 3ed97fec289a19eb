"""Runs the YAML blocks of the pages on the engine, on the stack that a program in Python would have."""

import yaml

from sandbox import Sandbox
from tests import on_engine
from tests.pages import Block


def up(box: Sandbox, block: Block) -> str:
    """Run `pulumi up`, which must succeed, beside a clone whose plugin the program may name; return what it prints."""
    program = yaml.safe_load(block.text)
    clone = on_engine.yaml_project(box, **program).parent / "pulumi-ssm-perms"
    if not clone.exists():
        clone.mkdir()
        # The executable there stands in for Pulumi's Python host.
        (clone / "plugin").symlink_to(box.folder / "plugin")
    return on_engine.in_yaml(box, **program)
