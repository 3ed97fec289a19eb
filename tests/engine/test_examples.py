"""The examples in Python, run on the engine as their folders have them; the first one is run by `tests/docs`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox import Sandbox
from tests.answers import HEARTBEAT, session, warning
from tests.components import ROLE_POLICY
from tests.docs.pages import shows
from tests.documents import (
    BUCKET,
    BUCKET_ENCRYPTION,
    BUCKET_KEY,
    CHANNELS,
    CHANNELS_AND_HEARTBEAT,
    FIND_LOG_GROUPS,
    KEY,
    LOG_GROUP,
    Statement,
    allow,
    decrypt,
    encrypt_logs,
    policy,
    put,
    write_groups,
)
from tests.on_engine import UNKNOWN, Run, inline_documents, steps, try_run, writes

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
LOGS: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:"

# To load pulumi_aws.s3 is to be warned of every old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:(aws\.)?s3[./]:DeprecationWarning")


def key_arn(box: Sandbox, description: str) -> str:
    """Return the ARN of the key with a description."""
    kms = box.client("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return next(str(key["Arn"]) for key in keys if key["Description"] == description)


def logging_grants(objects: str, *, cross_account: bool = False) -> list[Statement]:
    """Return what logging with this bucket, log group and key needs."""
    return [
        CHANNELS_AND_HEARTBEAT,
        FIND_LOG_GROUPS,
        write_groups(f"{LOG_GROUP}:*"),
        put(objects, cross_account=cross_account),
        BUCKET_ENCRYPTION,
        decrypt(KEY),
    ]


OF_THE_OTHER_ACCOUNT: Final = {"bucketKeyArn": BUCKET_KEY, "keyPrefix": "web/", "bucketOfAnotherAccount": True}
CONFIGURATIONS: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[Statement]]]] = {
    "all of it": (
        OF_THE_OTHER_ACCOUNT,
        [*logging_grants(f"{BUCKET}/web/*", cross_account=True), encrypt_logs(BUCKET_KEY)],
    ),
    "what the preferences leave empty": ({"keyPrefix": "", "bucketKeyArn": ""}, logging_grants(f"{BUCKET}/*")),
}


@shows("examples/session_logging")
@pytest.mark.parametrize(("more", "granted"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_session_logging_grants_what_the_configuration_names(
    box: Sandbox, more: Mapping[str, Any], granted: Sequence[Statement]
) -> None:
    """The keys, the bucket and the log group of the configuration are granted, each for its purpose."""
    box.create_role("web")
    config = {"role": "web", "sessionKeyArn": KEY, "bucketArn": BUCKET, "logGroupArn": LOG_GROUP, **more}
    box.stack(box.example(EXAMPLES / "session_logging"), config=config).up()

    assert inline_documents(box) == [policy(*granted)]


@shows("examples/new_session_logs")
def test_new_session_logs_grants_what_it_makes(box: Sandbox) -> None:
    """Its own bucket, log group and keys, not known in preview, are granted by one `up`, each for its purpose."""
    box.create_role("web")
    stack = box.stack(box.example(EXAMPLES / "new_session_logs"), config={"role": "web"})
    [planned] = [step for step in steps(stack.preview) if step.type == ROLE_POLICY]
    outputs = stack.up().outputs
    bucket = f"arn:aws:s3:::{outputs['s3_bucket_name'].value}"
    key = f"arn:aws:kms:eu-west-1:123456789012:key/{outputs['kms_key_id'].value}"

    assert (planned.op, planned.inputs["role"], planned.inputs["policy"]) == ("create", "web", UNKNOWN)
    assert inline_documents(box) == [
        policy(
            CHANNELS_AND_HEARTBEAT,
            FIND_LOG_GROUPS,
            write_groups(f"{LOGS}{outputs['cloudwatch_log_group_name'].value}:*"),
            put(f"{bucket}/{outputs['s3_key_prefix'].value}/*"),
            allow(["s3:GetEncryptionConfiguration"], bucket),
            decrypt(key),
            encrypt_logs(key_arn(box, "Session Manager's logs in S3")),
        )
    ]
    assert steps(stack.up) == []


@shows("examples/ecs_exec")
def test_ecs_exec_grants_what_the_cluster_uses(box: Sandbox) -> None:
    """What the cluster's configuration names, and nothing else, ends up in the task role's policy, in one `up`."""
    box.create_role("tasks")
    stack = box.stack(box.example(EXAMPLES / "ecs_exec"), config={"taskRole": "tasks"})
    name = stack.up().outputs["cluster_name"].value
    [cluster] = box.client("ecs").describe_clusters(clusters=[name], include=["CONFIGURATIONS"])["clusters"]
    command = cluster["configuration"]["executeCommandConfiguration"]
    log = command["logConfiguration"]
    bucket = f"arn:aws:s3:::{log['s3BucketName']}"

    assert command["logging"] == "OVERRIDE"
    assert log["s3EncryptionEnabled"] is True, "the cluster's logs must be encrypted"
    assert inline_documents(box, "tasks") == [
        policy(
            CHANNELS,
            FIND_LOG_GROUPS,
            write_groups(f"{LOGS}{log['cloudWatchLogGroupName']}:*"),
            put(f"{bucket}/{log['s3KeyPrefix']}/*"),
            allow(["s3:GetEncryptionConfiguration"], bucket),
            decrypt(command["kmsKeyId"]),
        )
    ]
    assert steps(stack.up) == []


PREFERENCES: Final = {
    "s3BucketName": "session-logs",
    "s3KeyPrefix": "web/",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "/ssm/sessions",
    "cloudWatchEncryptionEnabled": "false",
    "kmsKeyId": "alias/sessions",
    "runAsEnabled": False,
}


@shows("examples/from_preferences")
def test_from_preferences_grants_what_the_account_has_chosen(box: Sandbox) -> None:
    """What the Region's document names is granted; after a change in the console, the next `up` is one write."""
    box.create_role("web")
    kms, ssm, name = box.client("kms"), box.client("ssm"), "SSM-SessionManagerRunShell"
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=key["KeyId"])
    ssm.create_document(Name=name, DocumentType="Session", Content=session(PREFERENCES))
    stack = box.stack(box.example(EXAMPLES / "from_preferences"), config={"role": "web"})
    stack.up()
    chosen = inline_documents(box)
    ssm.delete_document(Name=name)
    ssm.create_document(Name=name, DocumentType="Session", Content=session({"s3BucketName": ""}))
    box.forget()
    stack.up()

    assert chosen == [
        policy(
            CHANNELS_AND_HEARTBEAT,
            FIND_LOG_GROUPS,
            write_groups(f"{LOGS}/ssm/sessions:*"),
            put(f"{BUCKET}/web/*"),
            BUCKET_ENCRYPTION,
            decrypt(key["Arn"]),
        )
    ]
    assert writes(box) == [("PutRolePolicy", "web")]
    assert inline_documents(box) == [policy(CHANNELS_AND_HEARTBEAT)]


@shows("examples/check_role")
def test_check_role_tells_in_preview(box: Sandbox) -> None:
    """It warns before anything is written, and is silent once the heartbeat is granted."""
    box.create_role("web")
    example = box.example(EXAMPLES / "check_role")
    without = try_run(box.stack(example, config={"role": "web", "kmsKeyArns": [KEY]}), "preview")
    granted = try_run(box.stack(example, config={"role": "web", "allowUpdateInstanceInformation": True}), "preview")

    assert without == Run(["warning: " + warning("NO_HEARTBEAT")], [HEARTBEAT])
    assert granted == Run([], [])
    assert box.writes == []


@shows("examples/fleet")
def test_a_fleet_is_the_roles_of_the_configuration(box: Sandbox) -> None:
    """Each has the one policy with its description and tags; one that leaves the configuration loses it in a write."""
    roles = ["web", box.create_role("api", path="/team/"), "batch"]
    for role in ("web", "batch"):
        box.create_role(role)
    example = box.example(EXAMPLES / "fleet")
    outputs = box.stack(example, config={"roles": roles, "kmsKeyArns": [KEY]}).up().outputs
    arn = outputs["policy_arn"].value
    found = box.client("iam").get_policy(PolicyArn=arn)["Policy"]
    attached = [box.attached_policies(role) for role in ("web", "api", "batch")]
    box.forget()
    box.stack(example, config={"roles": roles[1:], "kmsKeyArns": [KEY]}).up()

    assert attached == [{arn: policy(CHANNELS_AND_HEARTBEAT, decrypt(KEY))}] * 3
    assert found["PolicyName"] == outputs["policy_name"].value
    assert found["Description"] == "Session Manager: shells on the nodes of these roles"
    assert found["Path"] == "/session-manager/"
    assert found["Tags"] == [{"Key": "team", "Value": "platform"}]
    assert writes(box) == [("DetachRolePolicy", "web")]
