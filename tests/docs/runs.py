"""Runs programs together, or one after the other on one stack; says which policies a role has, and fills it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi.automation as auto

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.on_engine import Program


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


def held(box: Sandbox, role: str = "web", account: str = Sandbox.account_id) -> list[dict[str, Any]]:
    """Return the documents of all policies that a role has, inline and managed."""
    return [*box.role_policies(role, account).values(), *box.attached_policies(role, account).values()]


def fill(box: Sandbox, role: str) -> str:
    """Attach ten other managed policies to a role, which is as many as it takes; return the ARN of the last one."""
    iam = box.client("iam")
    for number in range(10):
        made = iam.create_policy(PolicyName=f"other-{number}", PolicyDocument=json.dumps(policy_document()))
        iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
    return str(made["Policy"]["Arn"])
