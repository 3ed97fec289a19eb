"""Policies that the tests write, and how they are written by hand. Nothing here knows the product."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from sandbox import Sandbox

OTHER_ACCOUNT: Final = "210987654321"
KEY: Final = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def allow(actions: Sequence[str], resource: str = "*", **more: Any) -> Mapping[str, Any]:
    """Return a statement that allows."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(actions: Sequence[str] = ("*",), resource: str = "*", **more: Any) -> Mapping[str, Any]:
    """Return a statement that denies."""
    return {**allow(actions, resource, **more), "Effect": "Deny"}


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


HEARTBEAT: Final = "ssm:UpdateInstanceInformation"
ALLOW_ALL: Final = policy(allow(["*"]))
READ: Final = policy(allow(["s3:GetObject"]))
WRITE: Final = policy(allow(["s3:PutObject"]))


def put(box: Sandbox, name: str = "own", document: Mapping[str, Any] = READ, role: str = "web") -> None:
    """Write an inline policy of a role by hand."""
    box.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def managed(
    box: Sandbox, name: str, document: Mapping[str, Any] = READ, *, roles: Sequence[str] = (), account: str = ""
) -> str:
    """Make a managed policy by hand, attach it to roles, and return its ARN."""
    iam = box.client("iam", account=account or box.account_id)
    arn = str(iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"])
    for role in roles:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return arn


def declared(name: str, *, role: str = "web", **options: Any) -> Callable[[], None]:
    """Return a program of one inline policy of a role, under its own name."""

    def program() -> None:
        opts = pulumi.ResourceOptions(**options)
        aws.iam.RolePolicy(name, role=role, name=name, policy=json.dumps(READ), opts=opts)

    return program
