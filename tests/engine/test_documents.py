"""What a real `pulumi up` leaves on a role in IAM, read back: AWS's documents, whatever the role is given as."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import (
    ANY_ENCRYPTION,
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_KEY,
    CHANNELS,
    CHANNELS_AND_HEARTBEAT,
    FIND_LOG_GROUPS,
    KEY,
    LOG_GROUP,
    OTHER_KEY,
    OTHER_LOG_GROUP,
    Statement,
    allow,
    decrypt,
    encrypt_logs,
    policy,
    put,
    write_groups,
)
from tests.fleets import compact
from tests.on_engine import UNKNOWN, documents, permissions, steps

ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
TRUST: Final = json.dumps(
    policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
)
OWN: Final = policy(allow(["s3:GetObject"]))

# "Add Session Manager permissions to an existing IAM role" (AWS Systems Manager User Guide), and everything at once.
DOCUMENTS: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[Statement]]]] = {
    "the page's, plain": ({}, [CHANNELS]),
    "the page's, with S3": ({"s3_log_encryption_enforced": True}, [CHANNELS, ANY_ENCRYPTION]),
    "the page's, with S3 and KMS": (
        {"s3_log_encryption_enforced": True, "kms_key_arns": [KEY]},
        [CHANNELS, ANY_ENCRYPTION, decrypt(KEY)],
    ),
    "everything": (
        {
            "kms_key_arns": [KEY, OTHER_KEY],
            "s3_log_encryption_enforced": True,
            "allow_update_instance_information": True,
            "s3_log_bucket_arn": BUCKET,
            "s3_log_key_prefix": "/team//web/",
            "s3_log_cross_account": True,
            "s3_log_kms_key_arn": BUCKET_KEY,
            "cloudwatch_log_group_arns": [LOG_GROUP, f"{OTHER_LOG_GROUP}:*"],
        },
        [
            CHANNELS_AND_HEARTBEAT,
            FIND_LOG_GROUPS,
            write_groups([f"{LOG_GROUP}:*", f"{OTHER_LOG_GROUP}:*"]),
            put(f"{BUCKET}/team/web/*", cross_account=True),
            BUCKET_ENCRYPTION,
            decrypt([KEY, OTHER_KEY]),
            encrypt_logs(BUCKET_KEY),
        ],
    ),
}
PARTITIONS: Final = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@pytest.mark.parametrize(("args", "statements"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_up_writes_the_document(box: Sandbox, args: Mapping[str, Any], statements: Sequence[Statement]) -> None:
    """IAM holds the document as AWS documents it, beside the policy that the role already had."""
    box.create_role("web", policies={"own": OWN})
    outputs = box.stack(permissions(**args)).up().outputs

    assert box.role_policies("web") == {"own": OWN, outputs["policy_name"].value: policy(*statements)}


@pytest.mark.parametrize(("args", "statements"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_preview_shows_the_document(box: Sandbox, args: Mapping[str, Any], statements: Sequence[Statement]) -> None:
    """With plain inputs a preview says what will be on which role, whole, and asks AWS nothing."""
    [step] = steps(box.stack(permissions(**args)).preview)

    assert (step.op, step.type, step.name) == ("create", ROLE_POLICY, "web-session-manager")
    assert (step.inputs["role"], step.inputs["policy"]) == ("web", compact(*statements))
    assert box.calls == []


def test_up_reports_what_it_wrote(box: Sandbox) -> None:
    """The outputs are the role's name, the policy's name in IAM, and the document as compact JSON."""
    arn = box.create_role("web", path="/team/")
    outputs = box.stack(permissions(role=arn)).up().outputs
    [name] = box.role_policies("web")

    assert {key: output.value for key, output in outputs.items()} == {
        "role_name": "web",
        "policy_name": name,
        "policy_json": compact(CHANNELS),
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
    """Name, ARN and ARN with a path all reach the role, in each partition."""
    iam = box.client("iam", region)
    made = [
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)["Role"]
        for name, path in (("named", "/"), ("by-arn", "/"), ("by-path", "/service-role/"), ("by-long-path", "/a/b/"))
    ]
    given = [made[0]["RoleName"], *(role["Arn"] for role in made[1:])]

    def program() -> None:
        for number, role in enumerate(given):
            SessionManagerPermissions(f"web-{number}", {"role": role})

    box.stack(program, config={"aws:region": region}).up()

    assert given[2:] == [
        f"arn:{partition}:iam::123456789012:role/{name}" for name in ("service-role/by-path", "a/b/by-long-path")
    ]
    assert written(box, region) == {role["RoleName"]: [policy(CHANNELS)] for role in made}


@pytest.mark.parametrize("region", PARTITIONS.values(), ids=PARTITIONS)
def test_a_role_is_given_as_an_output(box: Sandbox, region: str) -> None:
    """Name and ARN of roles that the same program makes reach them, in each partition."""

    def program() -> None:
        for number, attribute in enumerate(("name", "arn")):
            role = aws.iam.Role(f"role-{number}", name=attribute, path="/service-role/", assume_role_policy=TRUST)
            SessionManagerPermissions(f"web-{number}", {"role": getattr(role, attribute)})

    box.stack(program, config={"aws:region": region}).up()

    assert written(box, region) == {"name": [policy(CHANNELS)], "arn": [policy(CHANNELS)]}


def test_preview_does_not_need_to_know_the_role(box: Sandbox) -> None:
    """Where the role gets its name only in `up`, a preview shows the document all the same."""

    def program() -> None:
        role = aws.iam.Role("web", assume_role_policy=TRUST)
        SessionManagerPermissions("web", {"role": role.arn})

    [step] = [step for step in steps(box.stack(program).preview) if step.type == ROLE_POLICY]

    assert step.inputs["role"] == UNKNOWN
    assert json.loads(step.inputs["policy"]) == policy(CHANNELS)


def test_preview_does_not_need_to_know_the_resources(box: Sandbox) -> None:
    """Where an ARN is known only in `up`, a preview shows the role, and that the document is not known yet."""
    program = permissions(kms_key_arns=lambda: [aws.kms.Key("session").arn])
    [step] = [step for step in steps(box.stack(program).preview) if step.type == ROLE_POLICY]

    assert (step.inputs["role"], step.inputs["policy"]) == ("web", UNKNOWN)


def test_a_secret_reaches_iam_and_nobody_else(box: Sandbox) -> None:
    """A secret input is granted as any other, and the document is secret in the stack's outputs."""
    box.create_role("web")
    outputs = box.stack(permissions(kms_key_arns=lambda: pulumi.Output.secret([KEY]))).up().outputs

    assert documents(box) == [policy(CHANNELS, decrypt(KEY))]
    assert {name for name, output in outputs.items() if output.secret} == {"policy_json"}


def test_only_the_role_is_told(box: Sandbox) -> None:
    """One component is one write and the provider's own reading back; no other service is asked anything."""
    box.create_role("web")
    box.stack(permissions(s3_log_bucket_arn=BUCKET, kms_key_arns=[KEY], cloudwatch_log_group_arns=[LOG_GROUP])).up()

    assert [(call.service, call.action, call.target) for call in box.calls] == [
        ("iam", "PutRolePolicy", "web"),
        ("iam", "GetRolePolicy", "web"),
    ]
