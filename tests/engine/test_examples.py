"""The examples of session logging and of ECS Exec, run on the engine as their folders have them."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox import Sandbox
from tests.docs.pages import shows
from tests.documents import (
    CHANNELS,
    CHANNELS_AND_HEARTBEAT,
    FIND_LOG_GROUPS,
    allow,
    decrypt,
    encrypt_logs,
    policy,
    put,
    write_groups,
)
from tests.on_engine import UNKNOWN, documents, steps, writes

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
CONFIG: Final = {"role": "web"}

# To load pulumi_aws.s3 is to be warned of every old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:(aws\.)?s3[./]:DeprecationWarning")


def key_arn(box: Sandbox, description: str) -> str:
    """Return the ARN of the key with a description."""
    kms = box.client("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return next(str(key["Arn"]) for key in keys if key["Description"] == description)


@shows("examples/session_logging")
def test_session_logging_grants_what_it_makes(box: Sandbox) -> None:
    """Bucket, log group and keys of the same program end up in the role's policy, each in the statement it is for."""
    box.create_role("web")
    outputs = box.stack(box.example(EXAMPLES / "session_logging"), config=CONFIG).up().outputs
    bucket = f"arn:aws:s3:::{outputs['s3_bucket_name'].value}"
    group = f"arn:aws:logs:eu-west-1:123456789012:log-group:{outputs['cloudwatch_log_group_name'].value}:*"
    key = f"arn:aws:kms:eu-west-1:123456789012:key/{outputs['kms_key_id'].value}"

    assert documents(box) == [
        policy(
            CHANNELS_AND_HEARTBEAT,
            FIND_LOG_GROUPS,
            write_groups(group),
            put(f"{bucket}/{outputs['s3_key_prefix'].value}/*"),
            allow(["s3:GetEncryptionConfiguration"], bucket),
            decrypt(key),
            encrypt_logs(key_arn(box, "Session Manager's logs in S3")),
        )
    ]


def test_session_logging_can_be_previewed(box: Sandbox) -> None:
    """Where every ARN is still unknown, a preview names the role and says that the policy is not known yet."""
    stack = box.stack(box.example(EXAMPLES / "session_logging"), config=CONFIG)
    [step] = [step for step in steps(stack.preview) if step.type == ROLE_POLICY]

    assert (step.op, step.inputs["role"], step.inputs["policy"]) == ("create", "web", UNKNOWN)
    assert box.calls == []


def test_session_logging_is_settled_after_one_up(box: Sandbox) -> None:
    """A second `up` has nothing to do."""
    box.create_role("web")
    stack = box.stack(box.example(EXAMPLES / "session_logging"), config=CONFIG)
    stack.up()
    box.forget()
    stack.up()

    assert box.writes == []


@shows("examples/ecs_exec")
def test_ecs_exec_grants_what_the_cluster_uses(box: Sandbox) -> None:
    """What the cluster's configuration names, and nothing else, ends up in the task role's policy."""
    box.create_role("tasks")
    stack = box.stack(box.example(EXAMPLES / "ecs_exec"), config={"taskRole": "tasks"})
    name = stack.up().outputs["cluster_name"].value
    [cluster] = box.client("ecs").describe_clusters(clusters=[name], include=["CONFIGURATIONS"])["clusters"]
    command = cluster["configuration"]["executeCommandConfiguration"]
    log = command["logConfiguration"]
    bucket = f"arn:aws:s3:::{log['s3BucketName']}"
    group = f"arn:aws:logs:eu-west-1:123456789012:log-group:{log['cloudWatchLogGroupName']}:*"

    assert (command["logging"], log["s3EncryptionEnabled"]) == ("OVERRIDE", True)
    assert documents(box, "tasks") == [
        policy(
            CHANNELS,
            FIND_LOG_GROUPS,
            write_groups(group),
            put(f"{bucket}/{log['s3KeyPrefix']}/*"),
            allow(["s3:GetEncryptionConfiguration"], bucket),
            decrypt(command["kmsKeyId"]),
        )
    ]


def test_ecs_exec_is_settled_after_one_up(box: Sandbox) -> None:
    """A second `up` has nothing to do, and destroy leaves the task role as it was."""
    box.create_role("tasks")
    stack = box.stack(box.example(EXAMPLES / "ecs_exec"), config={"taskRole": "tasks"})
    stack.up()
    box.forget()
    stack.up()
    again = box.writes
    stack.destroy()

    assert (again, documents(box, "tasks")) == ([], [])


def save_preferences(box: Sandbox, **inputs: Any) -> None:
    """Save the Region's session preferences as the console does."""
    content = {"schemaVersion": "1.0", "description": "", "sessionType": "Standard_Stream", "inputs": inputs}
    ssm, name = box.client("ssm"), "SSM-SessionManagerRunShell"
    if ssm.list_documents(Filters=[{"Key": "Name", "Values": [name]}])["DocumentIdentifiers"]:
        saved = ssm.update_document(Name=name, Content=json.dumps(content), DocumentVersion="$LATEST")
        version = saved["DocumentDescription"]["DocumentVersion"]
        ssm.update_document_default_version(Name=name, DocumentVersion=version)
    else:
        ssm.create_document(Name=name, DocumentType="Session", DocumentFormat="JSON", Content=json.dumps(content))
    box.forget()


@shows("examples/from_preferences")
def test_from_preferences_grants_what_the_account_has_chosen(box: Sandbox) -> None:
    """Bucket, prefix, log group and key of the Region's document are granted, with names made ARNs."""
    box.create_role("web")
    kms = box.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=key["KeyId"])
    save_preferences(
        box,
        s3BucketName="session-logs",
        s3KeyPrefix="web/",
        s3EncryptionEnabled=True,
        cloudWatchLogGroupName="/ssm/sessions",
        cloudWatchEncryptionEnabled="false",
        kmsKeyId="alias/sessions",
        runAsEnabled=False,
    )
    box.stack(box.example(EXAMPLES / "from_preferences"), config=CONFIG).up()

    assert documents(box) == [
        policy(
            CHANNELS_AND_HEARTBEAT,
            FIND_LOG_GROUPS,
            write_groups("arn:aws:logs:eu-west-1:123456789012:log-group:/ssm/sessions:*"),
            put("arn:aws:s3:::session-logs/web/*"),
            allow(["s3:GetEncryptionConfiguration"], "arn:aws:s3:::session-logs"),
            decrypt(key["Arn"]),
        )
    ]


def test_from_preferences_follows_the_console(box: Sandbox) -> None:
    """After a change in the console, the next `up` is one write."""
    box.create_role("web")
    stack = box.stack(box.example(EXAMPLES / "from_preferences"), config=CONFIG)
    save_preferences(box, s3BucketName="session-logs")
    stack.up()
    save_preferences(box, s3BucketName="")
    stack.up()

    assert (writes(box), documents(box)) == ([("PutRolePolicy", "web")], [policy(CHANNELS_AND_HEARTBEAT)])
