"""The components as they declared their resources before policies with exact names were known by role and name."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import policy_document

_DOCUMENT = json.dumps(policy_document(), separators=(",", ":"))


class SessionManagerPermissions(pulumi.ComponentResource):
    """One inline policy, always of the component's name in Pulumi's state."""

    def __init__(self, name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare it."""
        super().__init__("ssm-perms:index:SessionManagerPermissions", name, None, opts)
        below = pulumi.ResourceOptions(parent=self, delete_before_replace=False)
        aws.iam.RolePolicy(
            f"{name}-session-manager", role=args["role"], name=args.get("policy_name"), policy=_DOCUMENT, opts=below
        )
        self.register_outputs({})


class SessionManagerManagedPolicy(pulumi.ComponentResource):
    """One managed policy, whatever its description, and an attachment for each role as it is written."""

    def __init__(self, name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare them."""
        super().__init__("ssm-perms:index:SessionManagerManagedPolicy", name, None, opts)
        below = pulumi.ResourceOptions(parent=self, delete_before_replace=False)
        policy = aws.iam.Policy(
            f"{name}-session-manager",
            name=args.get("policy_name"),
            description=args.get("description"),
            path=args.get("path"),
            policy=_DOCUMENT,
            opts=below,
        )
        roles: Sequence[str] = args["roles"]
        for role in roles:
            aws.iam.RolePolicyAttachment(f"{name}/{role}", role=role, policy_arn=policy.arn, opts=below)
        self.register_outputs({})
