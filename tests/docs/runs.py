"""Runs programs one after the other on one stack, and says which policies a role has."""

from collections.abc import Mapping
from typing import Any

import pulumi.automation as auto

from sandbox import Sandbox
from tests.on_engine import Program


def nothing() -> None:
    """Declare nothing."""


def up(box: Sandbox, *programs: Program, config: Mapping[str, Any] | None = None) -> auto.Stack:
    """Run `pulumi up` with one program after the other; return the stack of the last one."""
    for program in programs:
        stack = box.stack(program, config=config)
        stack.up()
    return stack


def held(box: Sandbox, role: str = "web", account: str = Sandbox.account_id) -> list[dict[str, Any]]:
    """Return the documents of all policies that a role has, inline and managed."""
    return [*box.role_policies(role, account).values(), *box.attached_policies(role, account).values()]
