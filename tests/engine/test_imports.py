"""`import_` on a component is refused, and the command of the error then imports its policy without a write."""

import json
import re
from typing import Any, Final

import pulumi
import pulumi_aws as aws
from pulumi import automation as auto

from sandbox import Sandbox
from tests.docs.console import Terminal
from tests.documents import CHANNELS, policy
from tests.on_engine import Program, errors, permissions, writes

DOCUMENT: Final = json.dumps(policy(CHANNELS))
EXACT: Final[Any] = {"role": "Web", "policy_name": "ssm"}


def command(box: Sandbox, program: Program, start: str) -> str:
    """Return the command of the one line with which the preview of a program ends, and write its file."""
    [line] = errors(box.stack(program).preview)
    [found] = re.findall(f"`(pulumi {start} .*?)`", line)
    return f"$ {found}"


def urns_of(stack: auto.Stack) -> list[str]:
    """Return the URNs in a stack's state."""
    deployment: Any = stack.export_stack().deployment
    return [each["urn"] for each in deployment.get("resources", [])]


def terminal(box: Sandbox, stack: auto.Stack) -> Terminal:
    """Return a terminal in the folder of a stack."""
    return Terminal(box, stack, stack.workspace.work_dir)


def test_the_import_of_an_exact_name_of_a_provider(box: Sandbox) -> None:
    """After the command, `up` writes nothing; `tests/docs` has the command without a provider."""
    box.create_role("Web", policies={"ssm": policy(CHANNELS)})

    def opts(**more: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=aws.Provider("own"), **more)

    typed = command(box, permissions(opts=lambda: opts(import_="Web:ssm"), **EXACT), "import")
    stack = box.stack(opts)
    stack.up()
    [named] = [f"own={urn}" for urn in urns_of(stack) if urn.endswith("::own")]
    terminal(box, stack).run(f"{typed.replace('NAME=URN', named)} --generate-code=false")
    box.stack(permissions(opts=opts, **EXACT)).up()

    assert writes(box) == []
    assert list(box.role_policies("Web")) == ["ssm"]


def test_the_rename_of_a_policy_of_the_stack(box: Sandbox) -> None:
    """After the command, `up` writes nothing."""
    box.create_role("Web")
    typed = command(box, permissions(opts=lambda: pulumi.ResourceOptions(import_="Web:ssm"), **EXACT), "state rename")
    stack = box.stack(lambda: aws.iam.RolePolicy("old", role="Web", name="ssm", policy=DOCUMENT))
    stack.up()
    box.forget()
    [urn] = [urn for urn in urns_of(stack) if urn.endswith("::old")]
    terminal(box, stack).run(typed.replace("URN", f"'{urn}'"))
    box.stack(permissions(**EXACT)).up()

    assert writes(box) == []
    assert list(box.role_policies("Web")) == ["ssm"]
