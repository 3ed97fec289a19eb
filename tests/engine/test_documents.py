"""What a real `pulumi up` leaves on a role in IAM, read back: AWS's documents, whatever the role is given as."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.components import ROLE_POLICY
from tests.documents import ALL_GRANTS, CHANNELS, KEY, OWN, decrypt, policy, wanted
from tests.fleets import compact
from tests.on_engine import TRUST, UNKNOWN, permissions, steps

# "Add Session Manager permissions to an existing IAM role" (AWS Systems Manager User Guide), and everything at once.
GRANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "plain": {},
    "with-s3": {"s3_log_encryption_enforced": True},
    "with-s3-and-kms": {"s3_log_encryption_enforced": True, "kms_key_arns": [KEY]},
    "everything": ALL_GRANTS,
}
PARTITIONS: Final = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def one_for_each() -> None:
    """Declare a component for each of the grants, on a role of the same name; export the policies' names."""
    for name, grants in GRANTS.items():
        args: Any = {"role": name, **grants}
        pulumi.export(name, SessionManagerPermissions(name, args).policy_name)


def test_what_a_preview_shows_is_what_up_writes(box: Sandbox) -> None:
    """Each role gets AWS's document beside what it has, as a preview shows it whole, which asks AWS nothing."""
    for role in GRANTS:
        box.create_role(role, policies={"own": OWN})
    stack = box.stack(one_for_each)
    found = steps(stack.preview)
    asked = box.calls
    outputs = stack.up().outputs

    assert {(step.op, step.type, step.name, step.inputs["role"], step.inputs["policy"]) for step in found} == {
        ("create", ROLE_POLICY, f"{name}-session-manager", name, compact(*wanted(grants)))
        for name, grants in GRANTS.items()
    }
    assert asked == []
    assert {role: box.role_policies(role) for role in GRANTS} == {
        role: {"own": OWN, outputs[role].value: policy(*wanted(grants))} for role, grants in GRANTS.items()
    }


def test_up_reports_what_it_wrote(box: Sandbox) -> None:
    """The outputs are the role's name, the policy's name in IAM, and the document as compact JSON, which is secret."""
    arn = box.create_role("web", path="/team/")
    outputs = box.stack(permissions(role=arn, kms_key_arns=lambda: pulumi.Output.secret([KEY]))).up().outputs
    [(name, document)] = box.role_policies("web").items()

    assert document == policy(CHANNELS, decrypt(KEY))
    assert {key: (output.value, output.secret) for key, output in outputs.items()} == {
        "role_name": ("web", False),
        "policy_name": (name, False),
        "policy_json": (compact(CHANNELS, decrypt(KEY)), True),
    }


def written(box: Sandbox, region: str) -> dict[str, list[Any]]:
    """Return the documents of every role of a partition."""
    iam = box.client("iam", region)
    return {
        role["RoleName"]: [
            iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        ]
        for role in iam.list_roles()["Roles"]
    }


@pytest.mark.parametrize(("partition", "region"), PARTITIONS.items())
def test_a_role_is_given_by_name_or_arn(box: Sandbox, partition: str, region: str) -> None:
    """Name, ARN and ARN with a path all reach the role, plain or of a role of the same program, in each partition."""
    iam = box.client("iam", region)
    for name, path in (("named", "/"), ("by-arn", "/"), ("by-path", "/service-role/"), ("by-long-path", "/a/b/")):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)
    arns = [f"arn:{partition}:iam::123456789012:role/{name}" for name in ("by-arn", "service-role/by-path")]

    def program() -> None:
        for number, role in enumerate(["named", *arns, f"arn:{partition}:iam::123456789012:role/a/b/by-long-path"]):
            SessionManagerPermissions(f"web-{number}", {"role": role})
        for attribute in ("name", "arn"):
            made = aws.iam.Role(attribute, name=f"made-{attribute}", path="/service-role/", assume_role_policy=TRUST)
            SessionManagerPermissions(f"web-{attribute}", {"role": getattr(made, attribute)})

    box.stack(program, config={"aws:region": region}).up()

    roles = ("named", "by-arn", "by-path", "by-long-path", "made-name", "made-arn")
    assert written(box, region) == {role: [policy(CHANNELS)] for role in roles}


def test_preview_does_without_what_is_not_known_yet(box: Sandbox) -> None:
    """Where the role gets its name only in `up`, a preview shows the document; where a key's ARN, the role."""

    def program() -> None:
        role = aws.iam.Role("made", assume_role_policy=TRUST)
        SessionManagerPermissions("role", {"role": role.arn})
        SessionManagerPermissions("key", {"role": "web", "kms_key_arns": [aws.kms.Key("made").arn]})

    found = {step.name: step.inputs for step in steps(box.stack(program).preview) if step.type == ROLE_POLICY}
    role, key = found["role-session-manager"], found["key-session-manager"]

    assert role["role"] == UNKNOWN
    assert json.loads(role["policy"]) == policy(CHANNELS)
    assert key["role"] == "web"
    assert key["policy"] == UNKNOWN
