"""The ways to give roles the policy that are compared: programs that do the same to AWS."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, policy_document
from pulumi_ssm_perms._document import to_json

Program = Callable[[], None]
Way = Callable[[Sequence[str], Mapping[str, Any]], None]


def raw_inline(roles: Sequence[str], grants: Mapping[str, Any]) -> None:
    """Declare an ordinary RolePolicy for each role, with the text of the document."""
    document = to_json(policy_document(**grants))
    for role in roles:
        aws.iam.RolePolicy(role, role=role, policy=document)


def raw_invoke(roles: Sequence[str], grants: Mapping[str, Any]) -> None:
    """Declare an ordinary RolePolicy for each role, with a document that the provider builds for each."""
    for role in roles:
        statements = [
            aws.iam.GetPolicyDocumentStatementArgs(
                actions=statement["Action"],
                resources=[statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"],
            )
            for statement in policy_document(**grants)["Statement"]
        ]
        document = aws.iam.get_policy_document(statements=statements)
        aws.iam.RolePolicy(role, role=role, policy=document.json)


def component(roles: Sequence[str], grants: Mapping[str, Any]) -> None:
    """Declare a `SessionManagerPermissions` for each role."""
    for role in roles:
        args: Any = {"role": role, **grants}
        SessionManagerPermissions(role, args)


class Wrapper(pulumi.ComponentResource):
    """A component that does nothing but declare an ordinary RolePolicy: what any component costs."""

    def __init__(self, name: str, role: str, document: str) -> None:
        """Declare the policy."""
        super().__init__("benchmarks:index:Wrapper", name)
        policy = aws.iam.RolePolicy(name, role=role, policy=document, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"role_name": role, "policy_name": policy.name, "policy_json": document})


def wrapper(roles: Sequence[str], grants: Mapping[str, Any]) -> None:
    """Declare a component around an ordinary RolePolicy for each role."""
    document = to_json(policy_document(**grants))
    for role in roles:
        Wrapper(role, role, document)


def raw_managed(roles: Sequence[str], grants: Mapping[str, Any]) -> None:
    """Declare an ordinary Policy, and a RolePolicyAttachment for each role."""
    policy = aws.iam.Policy("fleet", policy=to_json(policy_document(**grants)))
    for role in roles:
        aws.iam.RolePolicyAttachment(role, role=role, policy_arn=policy.arn)


def managed_component(roles: Sequence[str], grants: Mapping[str, Any]) -> None:
    """Declare a `SessionManagerManagedPolicy` for all roles."""
    args: Any = {"roles": roles, **grants}
    SessionManagerManagedPolicy("fleet", args)


WRAPPED: Final = 50
WRAPPER: Final = "empty component"
WAYS: Final[Mapping[str, Way]] = {
    "raw RolePolicy": raw_inline,
    "raw RolePolicy, get_policy_document": raw_invoke,
    WRAPPER: wrapper,
    "SessionManagerPermissions": component,
    "raw Policy and attachments": raw_managed,
    "SessionManagerManagedPolicy": managed_component,
}


def measured(size: int) -> list[str]:
    """Return the ways that are measured with so many roles: one of them only where it is compared."""
    return [way for way in WAYS if way != WRAPPER or size == WRAPPED]
