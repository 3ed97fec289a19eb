"""Session preferences on the engine: what the AWS provider answers about their names, and as soon as it can.

What each field grants and asks for is a table of `tests/component`.
"""

from typing import Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.answers import session
from tests.components import ROLE_POLICY
from tests.documents import CHANNELS, Statement, decrypt, policy, wanted
from tests.fleets import compact
from tests.on_engine import UNKNOWN, Program, inline_documents, steps, writes

NAMES: Final = {
    "s3BucketName": "session-logs",
    "s3KeyPrefix": "web/",
    "cloudWatchLogGroupName": "/ssm/sessions",
    "kmsKeyId": "alias/sessions",
}


def make_key(box: Sandbox, region: str = "eu-west-1") -> str:
    """Make the key of the alias; return the key's ARN."""
    kms = box.client("kms", region)
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=key["KeyId"])
    return str(key["Arn"])


def statements(key: str, partition: str = "aws", region: str = "eu-west-1") -> list[Statement]:
    """Return the statements for these names, and those of every role."""
    group = f"arn:{partition}:logs:{region}:123456789012:log-group:/ssm/sessions"
    bucket = {"s3_log_bucket_arn": f"arn:{partition}:s3:::session-logs", "s3_log_key_prefix": "web"}
    return wanted({**bucket, "cloudwatch_log_group_arns": [group], "kms_key_arns": [key]})


def planned(stack: auto.Stack) -> dict[str, str]:
    """Return the document of each component's policy, as a preview shows it."""
    found = [step for step in steps(stack.preview) if step.type == ROLE_POLICY]
    return {step.name.removesuffix("-session-manager"): step.inputs["policy"] for step in found}


def test_names_become_arns_where_the_provider_is(box: Sandbox) -> None:
    """A preview shows bucket, log group and key in the partition, Region and account of the provider of a parent."""
    regions = {"eu-west-1": "aws", "us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}
    keys = {region: make_key(box, region) for region in regions}

    def program() -> None:
        for region in regions:
            provider = aws.Provider(region, **box.provider_args(region))
            parent = pulumi.ComponentResource(
                "test:index:Parent", region, {}, pulumi.ResourceOptions(providers=[provider])
            )
            opts = pulumi.ResourceOptions(parent=parent)
            SessionManagerPermissions(region, {"role": "web", "session_preferences": session(NAMES)}, opts)

    assert planned(box.stack(program)) == {
        region: compact(*statements(keys[region], partition, region)) for region, partition in regions.items()
    }


def made_in_the_same_run(key_name: str) -> Program:
    """Return a program that makes a key, its alias and the Session document, and grants what the document names."""

    def program() -> None:
        key = aws.kms.Key(key_name)
        alias = aws.kms.Alias("sessions", name="alias/sessions", target_key_id=key.key_id)
        content = alias.name.apply(lambda found: session({"kmsKeyId": found}))
        name = "SSM-SessionManagerRunShell"
        document = aws.ssm.Document("preferences", name=name, document_type="Session", content=content)
        SessionManagerPermissions("web", {"role": "web", "session_preferences": document.content})
        pulumi.export("key", key.arn)

    return program


def test_a_key_of_the_same_run(box: Sandbox) -> None:
    """It is not known in preview, granted after one `up`, and another one that the alias gets is in the same `up`."""
    box.create_role("web")
    stack = box.stack(made_in_the_same_run("old"))
    previewed = planned(stack)
    old = stack.up().outputs["key"].value
    granted = inline_documents(box)
    new = box.stack(made_in_the_same_run("new")).up().outputs["key"].value

    assert previewed == {"web": UNKNOWN}
    assert granted == [policy(CHANNELS, decrypt(old))]
    assert inline_documents(box) == [policy(CHANNELS, decrypt(new))]
    assert [call for call in writes(box) if call[1] == "web"] == [("PutRolePolicy", "web")] * 2


def test_a_region_of_the_same_run(box: Sandbox) -> None:
    """A provider whose Region is not known yet cannot be asked in preview; `up` asks it."""
    key = make_key(box)

    def program() -> None:
        region = aws.kms.Key("key").arn.apply(lambda arn: str(arn).split(":")[3])
        later = pulumi.ResourceOptions(provider=aws.Provider("later", **{**box.provider_args(), "region": region}))
        SessionManagerPermissions("web", {"role": "web", "session_preferences": session(NAMES)}, later)

    box.create_role("web")
    stack = box.stack(program)
    previewed = planned(stack)
    stack.up()

    assert previewed == {"web": UNKNOWN}
    assert inline_documents(box) == [policy(*statements(key))]
