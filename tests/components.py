"""Declares a component under mocks: `Kind` is either component, `PERMISSIONS` that of one role (`fleets.FLEET`)."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from pulumi_ssm_perms._grants import NEED_A_BUCKET
from tests.answers import session
from tests.documents import ALL_GRANTS, BUCKET, KEY, LOG_GROUP, OTHER_KEY, OTHER_LOG_GROUP
from tests.mocks import Record, run, try_run

STACK: Final = "urn:pulumi:stack::project::pulumi:pulumi:Stack"
COMPONENT: Final = "ssm-perms:index:SessionManagerPermissions"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"

# Every input with a value that shows in the document or in the request, and what it needs beside it.
VALUES: Final[Mapping[str, Any]] = {
    "role": "arn:aws:iam::123456789012:role/service-role/web",
    "policy_name": "fixed",
    **ALL_GRANTS,
    "kms_key_arns": [KEY, OTHER_KEY],
    "s3_log_key_prefix": "/team/",
    "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*", OTHER_LOG_GROUP],
    "session_preferences": session({"kmsKeyId": KEY}),
}

output = pulumi.Output.from_input
secret = pulumi.Output.secret


def plain(value: Any) -> Any:
    """Return a value as it is."""
    return value


async def awaited(value: Any) -> Any:
    """Return a value, later."""
    await asyncio.sleep(0)
    return value


WAYS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "plain": plain,
    "Output": output,
    "secret": secret,
    "awaitable": awaited,
}

Inputs = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
"""Outputs belong to a running program: a callable, for one input or for all of them, makes them there."""
Options = pulumi.ResourceOptions | Callable[[], pulumi.ResourceOptions] | None
"""So do resources: a callable makes the options that have some."""


@dataclass(frozen=True, eq=False)
class Kind:
    """One of the components: what tests call it, its policy's type, and inputs that it needs or can have.

    What runs a program returns its record, in which the results are the component's outputs.
    """

    made: type[pulumi.ComponentResource]
    name: str
    policy_type: str
    needed: Mapping[str, Any]
    values: Mapping[str, Any]

    def __str__(self) -> str:
        """Return what it is called in the name of a test."""
        return self.name

    @property
    def type(self) -> str:
        """Its type, as Pulumi knows it."""
        return f"ssm-perms:index:{self.made.__name__}"

    @property
    def owner(self) -> str:
        """How its errors begin."""
        return f"{self.made.__name__} {self.name!r}"

    def program(self, inputs: Inputs, opts: Options, name: str | None) -> Mapping[str, object]:
        """Declare one component; what it needs it has, unless the inputs say otherwise."""
        given = {**self.needed, **(inputs() if callable(inputs) else inputs)}
        evaluated = {key: value() if callable(value) else value for key, value in given.items()}
        made: Any = self.made
        component = made(self.name if name is None else name, evaluated, opts() if callable(opts) else opts)
        return {output: getattr(component, output) for output in inspect.get_annotations(self.made)}

    def exporting(self, inputs: Inputs, opts: Options, name: str) -> Callable[[], None]:
        """Return a program with one component that exports its outputs."""

        def program() -> None:
            for output, value in self.program(inputs, opts, name).items():
                pulumi.export(output, value)

        return program

    def try_declare(self, inputs: Inputs, opts: Options = None, *, name: str | None = None, **how: Any) -> Record:
        """Run a program with one component, which may be refused."""
        return try_run(lambda: self.program(inputs, opts, name), **how)

    def declare(self, inputs: Inputs, opts: Options = None, *, name: str | None = None, **how: Any) -> Record:
        """Run a program with one component, which must not be refused."""
        return run(lambda: self.program(inputs, opts, name), **how)

    def one(self, name: str, make: Callable[[Any], Any], **how: Any) -> Record:
        """Declare a component with one input, of which `make` makes an Output or a secret."""
        return self.declare(lambda: {**needed_with(name), name: make(self.values[name])}, **how)

    def policy(self, record: Record) -> Mapping[str, Any]:
        """Return the inputs of the policy."""
        return record.only(self.policy_type).inputs

    def written(self, record: Record) -> list[str]:
        """Return the types of component and policy, as far as they were registered."""
        own = (self.type, self.policy_type)
        return [made.type for made in record.registrations if made.type in own]


def depending(**more: Any) -> pulumi.ResourceOptions:
    """Return options that depend on another policy of the role; a program makes them."""
    return pulumi.ResourceOptions(depends_on=[aws.iam.RolePolicy("own", role="web", policy="{}")], **more)


def needed_with(name: str) -> dict[str, Any]:
    """Return the plain inputs that one needs beside it."""
    return {"s3_log_bucket_arn": BUCKET} if name in NEED_A_BUCKET else {}


PERMISSIONS: Final = Kind(SessionManagerPermissions, "web", ROLE_POLICY, {"role": "web"}, VALUES)
OWNER: Final = PERMISSIONS.owner
try_declare = PERMISSIONS.try_declare
declare = PERMISSIONS.declare
written = PERMISSIONS.written
