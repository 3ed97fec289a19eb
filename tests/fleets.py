"""Declares a `SessionManagerManagedPolicy`, against mocks or for the engine, and reads what came of it."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import SessionManagerManagedPolicy
from tests.components import Kind
from tests.documents import KEY, Statement, policy
from tests.mocks import Record

COMPONENT: Final = "ssm-perms:index:SessionManagerManagedPolicy"
POLICY: Final = "aws:iam/policy:Policy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

POLICY_ARN: Final = "arn:aws:iam::123456789012:policy/fleet-session-manager-1234567"


def compact(*statements: Statement) -> str:
    """Return a document as the component writes it."""
    return json.dumps(policy(*statements), separators=(",", ":"))


FLEET: Final = Kind(
    SessionManagerManagedPolicy,
    "fleet",
    POLICY,
    {"roles": ["web"]},
    {
        "policy_name": "SessionManagerPermissions",
        "description": "Session Manager for the web tier\t(überall)",
        "path": "/session-manager/prod/",
        "tags": {"team": "platform", "Kosten stelle": "42 @ _.:/=+-"},
        "kms_key_arns": [KEY],
    },
)


def attachments(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    """Return name and inputs of each attachment."""
    return [(made.name, made.inputs) for made in record.registrations if made.type == ATTACHMENT]


def children(record: Record) -> list[Any]:
    """Return the engine's messages of the AWS resources that were declared."""
    return [made.request for made in record.registrations if made.type.startswith("aws:")]


def fleet(
    roles: Any, name: str = "fleet", opts: Callable[[], pulumi.ResourceOptions] | None = None, **args: Any
) -> Callable[[], None]:
    """Return a program that declares one component and exports its outputs, as `on_engine.permissions` does."""
    return FLEET.exporting({"roles": roles, **args}, opts, name)
