"""A plugin whose component does nothing but declare a Policy and its attachments: what any plugin in Python costs."""

from collections.abc import Sequence
from typing import Final, TypedDict

import pulumi
from pulumi.provider.experimental import component_provider_host
from pulumi_aws import iam

NAME: Final = "bare"


class AttachedArgs(TypedDict):
    """The roles, and the text of the document."""

    roles: Sequence[str]
    document: str


class Attached(pulumi.ComponentResource):
    """A policy, and an attachment for each role."""

    def __init__(self, name: str, args: AttachedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare them."""
        super().__init__(f"{NAME}:index:Attached", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        policy = iam.Policy(name, policy=args["document"], opts=child)
        for role in args["roles"]:
            iam.RolePolicyAttachment(f"{name}/{role}", role=role, policy_arn=policy.arn, opts=child)
        self.register_outputs({})


if __name__ == "__main__":
    component_provider_host([Attached], name=NAME, version="0.1.0")
