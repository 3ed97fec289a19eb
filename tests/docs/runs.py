"""Runs programs together, or one after the other on one stack, and says which policies a role then has."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi.automation as auto

from sandbox import Sandbox
from tests.on_engine import Program, documents


def all_of(programs: Iterable[Program]) -> Program:
    """Return a program that is all of these."""
    given = list(programs)

    def program() -> None:
        for each in given:
            each()

    return program


def up(box: Sandbox, *programs: Program, config: Mapping[str, Any] | None = None) -> auto.Stack:
    """Run `pulumi up` with one program after the other; return the stack of the last one."""
    for program in programs:
        stack = box.stack(program, config=config)
        stack.up()
    return stack


def held(box: Sandbox, role: str = "web") -> list[dict[str, Any]]:
    """Return the documents of all policies that a role has, inline and managed."""
    return [*documents(box, role), *box.attached_policies(role).values()]
