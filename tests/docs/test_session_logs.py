"""docs/session-logs.md: from an alias to its key, and from the preferences to the policy."""

import json
from typing import Final

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.pages import Block, shows
from tests.on_engine import documents

PAGE: Final = "docs/session-logs.md"


@shows(PAGE, "The key that encrypts session data")
def test_an_alias_becomes_the_keys_arn(box: Sandbox, shown: list[Block]) -> None:
    """The program gets from the alias to the key that it names."""
    [program] = shown
    kms = box.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=key["KeyId"])
    box.stack(program.program()).up()

    assert documents(box) == [policy_document(kms_key_arns=[key["Arn"]])]


@shows(PAGE, "The preferences themselves")
def test_the_policy_follows_the_preferences(box: Sandbox, shown: list[Block]) -> None:
    """The program reads the account's Session document, and grants what it names."""
    [program] = shown
    inputs = {"s3BucketName": "logs", "s3KeyPrefix": "sessions", "cloudWatchLogGroupName": "/sessions"}
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    box.client("ssm").create_document(
        Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=json.dumps(content)
    )
    box.stack(program.program()).up()

    assert documents(box) == [
        policy_document(
            s3_log_bucket_arn="arn:aws:s3:::logs",
            s3_log_key_prefix="sessions",
            cloudwatch_log_group_arns=["arn:aws:logs:eu-west-1:123456789012:log-group:/sessions"],
        )
    ]
