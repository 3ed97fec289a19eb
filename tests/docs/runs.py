"""Runs programs one after the other on one stack."""

from collections.abc import Mapping
from typing import Any

import pulumi.automation as auto

from sandbox import Sandbox
from tests.mocks import Program


def nothing() -> None:
    """Declare nothing."""


def up(box: Sandbox, *programs: Program, config: Mapping[str, Any] | None = None) -> auto.Stack:
    """Run `pulumi up` with one program after the other; return the stack of the last one."""
    for program in programs:
        stack = box.stack(program, config=config)
        stack.up()
    return stack
