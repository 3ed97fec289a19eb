"""Declares a component under mocks, for tests that look at what becomes of its inputs."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import SessionManagerPermissions
from tests.documents import BUCKET, BUCKET_KEY, KEY, LOG_GROUP, OTHER_KEY, OTHER_LOG_GROUP
from tests.mocks import Record, run, unrefused

STACK: Final = "urn:pulumi:stack::project::pulumi:pulumi:Stack"
COMPONENT: Final = "ssm-perms:index:SessionManagerPermissions"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
OWNER: Final = "SessionManagerPermissions 'web'"

# Every input with a value that shows in the document or in the request, and what it needs beside it.
VALUES: Final[Mapping[str, Any]] = {
    "role": "arn:aws:iam::123456789012:role/service-role/web",
    "policy_name": "fixed",
    "kms_key_arns": [KEY, OTHER_KEY],
    "s3_log_encryption_enforced": True,
    "allow_update_instance_information": True,
    "s3_log_bucket_arn": BUCKET,
    "s3_log_key_prefix": "/team/",
    "s3_log_cross_account": True,
    "s3_log_kms_key_arn": BUCKET_KEY,
    "cloudwatch_log_group_arns": [f"{LOG_GROUP}:*", OTHER_LOG_GROUP],
    "session_preferences": '{"schemaVersion":"1.0","sessionType":"Standard_Stream","inputs":{"kmsKeyId":"'
    + KEY
    + '"}}',
}
_NEEDS_BUCKET: Final = ("s3_log_key_prefix", "s3_log_cross_account", "s3_log_kms_key_arn")

Inputs = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
"""Outputs belong to a running program: a callable, for one input or for all of them, makes them there."""


def run_component(
    kind: Callable[..., pulumi.ComponentResource],
    name: str,
    inputs: Inputs,
    opts: pulumi.ResourceOptions | None = None,
    **how: Any,
) -> Record:
    """Run a program that declares one component, and return its record; the results are the component's outputs."""

    def program() -> dict[str, object]:
        given = inputs() if callable(inputs) else inputs
        made = kind(name, {key: value() if callable(value) else value for key, value in given.items()}, opts)
        return {output: getattr(made, output) for output in inspect.get_annotations(type(made))}

    return run(program, **how)


def declare(inputs: Inputs, opts: pulumi.ResourceOptions | None = None, *, name: str = "web", **how: Any) -> Record:
    """Run a program that declares one component, for the role `web` unless the inputs say otherwise."""

    def given() -> Mapping[str, Any]:
        return {"role": "web", **(inputs() if callable(inputs) else inputs)}

    return run_component(SessionManagerPermissions, name, given, opts, **how)


def declared(inputs: Inputs, opts: pulumi.ResourceOptions | None = None, **how: Any) -> Record:
    """Do so with a component that is not refused."""
    return unrefused(declare(inputs, opts, **how))


def company(name: str) -> dict[str, Any]:
    """Return the plain inputs that one needs beside it."""
    return {"s3_log_bucket_arn": BUCKET} if name in _NEEDS_BUCKET else {}


def one(name: str, make: Callable[[Any], Any], **how: Any) -> Record:
    """Declare a component with one input, of which `make` makes an Output, a secret or whatever it is to be."""
    return declared(lambda: {**company(name), name: make(VALUES[name])}, **how)


def written(record: Record) -> list[str]:
    """Return the types of what the component itself registered."""
    return [made.type for made in record.registrations if made.type in (COMPONENT, ROLE_POLICY)]
