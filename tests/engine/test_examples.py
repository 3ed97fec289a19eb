"""The examples in Python, run on the engine as their folders have them; the first one is run by `tests/docs`."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi.automation as auto
import pytest
import yaml

from sandbox import Sandbox
from tests.answers import HEARTBEAT, session
from tests.components import ROLE_POLICY
from tests.documents import BUCKET, BUCKET_KEY, KEY, LOG_GROUP, policy, wanted
from tests.on_engine import NOT_KNOWN_YET, EngineRun, inline_documents, steps, try_run, writes
from tests.pages import ROOT, shows
from tests.sentences import silent

EXAMPLES: Final = ROOT / "examples"
LOGS: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:"

# To load pulumi_aws.s3 is to be warned of every old resource in it, used or not.
pytestmark = pytest.mark.filterwarnings(r"ignore:(aws\.)?s3[./]:DeprecationWarning")


def stack_of(box: Sandbox, example: str, **given: Any) -> auto.Stack:
    """Return the stack of an example, with the defaults of its configuration and what its reader answers."""
    asked = yaml.safe_load((EXAMPLES / example / "Pulumi.yaml").read_text())["config"]
    defaults = {name: setting["default"] for name, setting in asked.items() if "default" in setting}
    return box.stack(box.example(EXAMPLES / example), config={**defaults, **given})


def run(box: Sandbox, example: str, **given: Any) -> auto.Stack:
    """Run an example, which warns of nothing that is to be ignored; return its stack."""
    stack = stack_of(box, example, **given)

    assert try_run(stack, "up").said == []
    return stack


def key_arn(box: Sandbox, description: str) -> str:
    """Return the ARN of the key with a description."""
    kms = box.client("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return next(str(key["Arn"]) for key in keys if key["Description"] == description)


def granted(**inputs: Any) -> list[Mapping[str, Any]]:
    """Return the documents of a role whose one policy, beside the channels, is for these inputs."""
    return [policy(*wanted(inputs))]


HEARTBEAT_ALLOWED: Final[Any] = {"allow_update_instance_information": True}
LOGGING: Final[Any] = {
    **HEARTBEAT_ALLOWED,
    "cloudwatch_log_group_arns": [LOG_GROUP],
    "s3_log_bucket_arn": BUCKET,
    "s3_log_key_prefix": "web",
    "kms_key_arns": [KEY],
}
LOGGED: Final = {"sessionKeyArn": KEY, "bucketArn": BUCKET, "keyPrefix": "web/", "logGroupArn": LOG_GROUP}
OF_THE_OTHER_ACCOUNT: Final = {"bucketKeyArn": BUCKET_KEY, "bucketOfAnotherAccount": True}
GRANTED: Final = {"s3_log_kms_key_arn": BUCKET_KEY, "s3_log_cross_account": True}
CONFIGURATIONS: Final[Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]] = {
    "all of it": (OF_THE_OTHER_ACCOUNT, GRANTED),
    "what the preferences leave empty": ({"bucketKeyArn": ""}, {}),
}


@shows("examples/session_logging")
@pytest.mark.parametrize(("more", "inputs"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_session_logging_grants_what_the_configuration_names(
    box: Sandbox, more: Mapping[str, Any], inputs: Mapping[str, Any]
) -> None:
    """The keys, the bucket and the log group of the configuration are granted, each for its purpose."""
    box.create_role("web")
    run(box, "session_logging", role="web", **LOGGED, **more)

    assert inline_documents(box) == granted(**LOGGING, **inputs)


@shows("examples/new_session_logs")
def test_new_session_logs_grants_what_it_makes(box: Sandbox) -> None:
    """Its own bucket, log group and keys, not known in preview, are granted by one `up`, each for its purpose."""
    box.create_role("web")
    preview = stack_of(box, "new_session_logs", role="web").preview
    [planned] = [step for step in steps(preview) if step.type == ROLE_POLICY]
    stack = run(box, "new_session_logs", role="web")
    outputs = stack.outputs()

    assert (planned.op, planned.inputs["role"], planned.inputs["policy"]) == ("create", "web", NOT_KNOWN_YET)
    assert inline_documents(box) == granted(
        **HEARTBEAT_ALLOWED,
        cloudwatch_log_group_arns=[f"{LOGS}{outputs['cloudwatch_log_group_name'].value}"],
        s3_log_bucket_arn=f"arn:aws:s3:::{outputs['s3_bucket_name'].value}",
        s3_log_key_prefix=outputs["s3_key_prefix"].value,
        kms_key_arns=[f"arn:aws:kms:eu-west-1:123456789012:key/{outputs['kms_key_id'].value}"],
        s3_log_kms_key_arn=key_arn(box, "Session Manager's logs in S3"),
    )
    assert steps(stack.up) == []


@shows("examples/ecs_exec")
def test_ecs_exec_grants_what_the_cluster_uses(box: Sandbox) -> None:
    """What the cluster's configuration names, and nothing else, ends up in the task role's policy, in one `up`."""
    box.create_role("tasks")
    stack = run(box, "ecs_exec", taskRole="tasks")
    name = stack.outputs()["cluster_name"].value
    [cluster] = box.client("ecs").describe_clusters(clusters=[name], include=["CONFIGURATIONS"])["clusters"]
    command = cluster["configuration"]["executeCommandConfiguration"]
    log = command["logConfiguration"]

    assert command["logging"] == "OVERRIDE"
    assert log["s3EncryptionEnabled"] is True, "the cluster's logs must be encrypted"
    assert inline_documents(box, "tasks") == granted(
        cloudwatch_log_group_arns=[f"{LOGS}{log['cloudWatchLogGroupName']}"],
        s3_log_bucket_arn=f"arn:aws:s3:::{log['s3BucketName']}",
        s3_log_key_prefix=log["s3KeyPrefix"],
        kms_key_arns=[command["kmsKeyId"]],
    )
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
    stack = run(box, "from_preferences", role="web")
    chosen = inline_documents(box)
    ssm.delete_document(Name=name)
    ssm.create_document(Name=name, DocumentType="Session", Content=session({"s3BucketName": ""}))
    box.forget()
    stack.up()

    found = {"cloudwatch_log_group_arns": [f"{LOGS}/ssm/sessions"], "kms_key_arns": [key["Arn"]]}
    assert chosen == granted(**HEARTBEAT_ALLOWED, **found, s3_log_bucket_arn=BUCKET, s3_log_key_prefix="web")
    assert writes(box) == [("PutRolePolicy", "web")]
    assert inline_documents(box) == granted(**HEARTBEAT_ALLOWED)


@shows("examples/check")
def test_check_role_tells_in_preview(box: Sandbox) -> None:
    """It warns before anything is written, and is silent where the heartbeat is granted, as by default."""
    box.create_role("web")
    heartbeat = {"allowUpdateInstanceInformation": False}
    without = try_run(stack_of(box, "check", role="web", kmsKeyArns=[KEY], **heartbeat), "preview")
    granted = try_run(stack_of(box, "check", role="web"), "preview")

    assert without == EngineRun(["warning: " + silent()], [HEARTBEAT])
    assert granted == EngineRun([], [])
    assert box.writes == []


@shows("examples/fleet")
def test_a_fleet_is_the_roles_of_the_configuration(box: Sandbox) -> None:
    """Each has the one policy with its description and tags; one that leaves the configuration loses it in a write."""
    roles = ["web", box.create_role("api", path="/team/"), "batch"]
    for role in ("web", "batch"):
        box.create_role(role)
    outputs = run(box, "fleet", roles=roles, kmsKeyArns=[KEY]).outputs()
    arn = outputs["policy_arn"].value
    found = box.client("iam").get_policy(PolicyArn=arn)["Policy"]
    attached = [box.attached_policies(role) for role in ("web", "api", "batch")]
    box.forget()
    run(box, "fleet", roles=roles[1:], kmsKeyArns=[KEY])

    assert attached == [{arn: policy(*wanted({**HEARTBEAT_ALLOWED, "kms_key_arns": [KEY]}))}] * 3
    assert found["PolicyName"] == outputs["policy_name"].value
    assert found["Description"] == "Session Manager: shells on the nodes of these roles"
    assert found["Path"] == "/session-manager/"
    assert found["Tags"] == [{"Key": "team", "Value": "platform"}]
    assert writes(box) == [("DetachRolePolicy", "web")]
