"""Declares one `SessionManagerPermissions` under mocks, for tests that look at what becomes of its inputs."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions
from tests.mocked import Record, run

STACK: Final = "urn:pulumi:stack::project::pulumi:pulumi:Stack"
COMPONENT: Final = "ssm-perms:index:SessionManagerPermissions"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
OWNER: Final = "SessionManagerPermissions 'web'"

Inputs = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
"""Outputs belong to a running program: a callable makes them there."""


def declare(inputs: Inputs, opts: pulumi.ResourceOptions | None = None, *, name: str = "web", **how: Any) -> Record:
    """Run a program that declares one component, and return its record; the results are the component's outputs."""

    def program() -> dict[str, object]:
        given = inputs() if callable(inputs) else inputs
        args: Any = {"role": "web", **given}
        component = SessionManagerPermissions(name, args, opts)
        return {
            "role_name": component.role_name,
            "policy_name": component.policy_name,
            "policy_json": component.policy_json,
            "denied_actions": component.denied_actions,
        }

    return run(program, **how)


def declared(inputs: Inputs, opts: pulumi.ResourceOptions | None = None, **how: Any) -> Record:
    """Run a program that declares one component, which must not fail, and return its record."""
    record = declare(inputs, opts, **how)
    if record.error is not None:
        raise record.error
    return record
