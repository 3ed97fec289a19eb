"""docs/session-logs.md: from preferences and aliases to inputs; its examples are run in `tests/engine`."""

import json
import re
from typing import Any, Final

import pytest

from pulumi_ssm_perms import policy_document
from pulumi_ssm_perms._grants import GrantArgs
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal, commands
from tests.docs.pages import ROOT, Block, shows, table
from tests.documents import ALL_GRANTS, BUCKET_KEY, KEY, granted
from tests.on_engine import inline_documents

PAGE: Final = "docs/session-logs.md"
EXISTING: Final = "Keys and logs that exist already"
BUCKET: Final = "arn:aws:s3:::example-session-logs"
LOG_GROUP: Final = "arn:aws:logs:eu-west-1:123456789012:log-group:/ssm/sessions"


def aliased(box: Sandbox, alias: str = "alias/session-data") -> str:
    """Make a key with an alias; return its ARN."""
    kms = box.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    return str(key["Arn"])


@shows(PAGE, (EXISTING, 1))
def test_the_preferences_are_printed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints the content of the Region's document."""
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"kmsKeyId": KEY}}
    ssm = box.client("ssm")
    ssm.create_document(Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=json.dumps(content))
    [printed] = terminal(None).run(shown[0].text)

    assert json.loads(printed) == content


@shows(PAGE, (EXISTING, 2))
def test_the_program_in_yaml_grants_what_exists(box: Sandbox, shown: list[Block]) -> None:
    """Each property grants what the table says, and the key is found by its alias."""
    key = aliased(box)
    in_yaml.up(box, shown[0])

    assert inline_documents(box) == [
        policy_document(
            allow_update_instance_information=True,
            kms_key_arns=[key],
            s3_log_bucket_arn=BUCKET,
            s3_log_key_prefix="web",
            cloudwatch_log_group_arns=[LOG_GROUP],
        )
    ]


def test_the_table_has_each_input_for_logs_and_keys() -> None:
    """Every input that a preference or a bucket can ask for has its row; the other two stand elsewhere."""
    named = {name for _, text in table(PAGE, EXISTING) for name in re.findall(r"`(\w+)`", text)}

    assert named == {*GrantArgs.__annotations__} - {"allow_update_instance_information", "s3_log_encryption_enforced"}


@pytest.mark.parametrize(("row", "key"), [(0, KEY), (1, BUCKET_KEY)])
def test_a_key_grants_what_its_row_says(row: int, key: str) -> None:
    """The row's input grants the role the row's actions on the key, and no other."""
    cell = table(PAGE, "The three keys")[row][2]
    names = re.findall(r"`(\w+)`", cell)
    inputs: dict[str, Any] = {name: ALL_GRANTS[name] for name in (*names, "s3_log_bucket_arn")}
    on_the_key = {action for action, resource in granted(policy_document(**inputs)) if resource == key}

    assert set(re.findall(r"`(\w+:\w+)`", cell)) == on_the_key


@shows(PAGE, ("From an alias to the key", 1))
def test_an_alias_becomes_the_keys_arn(box: Sandbox, shown: list[Block]) -> None:
    """The program gets from the alias to the key that it names."""
    key = aliased(box)
    box.stack(shown[0].program()).up()

    assert inline_documents(box) == [policy_document(kms_key_arns=[key])]


def encryption(box: Sandbox, **rule: str) -> None:
    """Give the page's bucket a default encryption."""
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]}
    box.client("s3").put_bucket_encryption(Bucket="example-session-logs", ServerSideEncryptionConfiguration=rules)


@shows(PAGE, "The bucket's own key")
def test_the_buckets_key_is_printed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints algorithm and key, and `None` for a key that the bucket does not name."""
    [look] = shown
    [(command, _)] = commands(look.text)
    region = {"LocationConstraint": "eu-west-1"}
    box.client("s3").create_bucket(Bucket="example-session-logs", CreateBucketConfiguration=region)
    encryption(box, SSEAlgorithm="aws:kms", KMSMasterKeyID=KEY)
    terminal(None).run(look.text)
    others = []
    for algorithm in ("aws:kms", "AES256"):
        encryption(box, SSEAlgorithm=algorithm)
        others += [" ".join(text.split()) for text in terminal(None).run(f"$ {command}")]

    assert others == ["aws:kms None", "AES256 None"]
    assert [other for other in others if f"`{other}`" not in (ROOT / PAGE).read_text()] == []


@shows(PAGE, "Inputs that you build first")
def test_inputs_can_be_built_first(box: Sandbox, shown: list[Block]) -> None:
    """Each role gets what its dict says."""
    box.create_role("worker")
    box.stack(shown[0].program()).up()
    both: Any = {"allow_update_instance_information": True, "s3_log_bucket_arn": BUCKET}

    assert inline_documents(box) == [policy_document(**both)]
    assert inline_documents(box, "worker") == [policy_document(**both, s3_log_key_prefix="worker")]
