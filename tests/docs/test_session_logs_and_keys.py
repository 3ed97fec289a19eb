"""docs/session-logs-and-keys.md: from preferences and aliases to inputs; its examples are run in `tests/engine`."""

import re
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest

from pulumi_ssm_perms import policy_document
from pulumi_ssm_perms._grants import GRANTS
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.pages import ROLE, ROOT, Block, shows, table
from tests.documents import ALL_GRANTS, BUCKET_KEY, KEY, granted
from tests.on_engine import inline_documents

PAGE: Final = "docs/session-logs-and-keys.md"
EXISTING: Final = "From preferences to inputs"


def test_the_table_has_each_input_for_logs_and_keys() -> None:
    """Every input that a preference or a bucket can ask for has its row, and no other."""
    named = {name for _, text in table(PAGE, EXISTING) for name in re.findall(r"`(\w+)`", text)}
    asked = {name for name, grant in GRANTS.items() if grant.in_preferences or grant.needs_bucket}

    assert named == {"kms_key_arns", *asked}


@shows(PAGE, (EXISTING, 2))
@shows(PAGE, "From an alias to the key")
def test_what_exists_is_granted(box: Sandbox, shown: list[Block]) -> None:
    """In YAML each property grants what its comment names; in both languages the alias becomes the key's ARN."""
    block, program = shown
    kms = box.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/session-data", TargetKeyId=key)
    in_yaml.up(box, block)
    in_yaml_granted = inline_documents(box, ROLE)
    box.stack(program.program()).up()

    assert in_yaml_granted == [
        policy_document(
            allow_update_instance_information=True,
            kms_key_arns=[key],
            s3_log_bucket_arn="arn:aws:s3:::example-session-logs",
            s3_log_key_prefix="web",
            cloudwatch_log_group_arns=["arn:aws:logs:eu-west-1:123456789012:log-group:/ssm/sessions"],
        )
    ]
    assert inline_documents(box, ROLE) == [policy_document(kms_key_arns=[key])]


@pytest.mark.parametrize(("row", "key"), [(0, KEY), (1, BUCKET_KEY)])
def test_a_key_grants_what_its_row_says(row: int, key: str) -> None:
    """The row's input grants the role the row's actions on the key, and no other."""
    cell = table(PAGE, "The three keys")[row][2]
    names = re.findall(r"`(\w+)`", cell)
    inputs: dict[str, Any] = {name: ALL_GRANTS[name] for name in (*names, "s3_log_bucket_arn")}
    on_the_key = {action for action, resource in granted(policy_document(**inputs)) if resource == key}

    assert set(re.findall(r"`(\w+:\w+)`", cell)) == on_the_key


def test_the_picture_names_every_granted_action() -> None:
    """Its description has what the role needs and what the person needs, and no other action."""
    picture = ET.parse(ROOT / "docs/who-needs-what.svg").getroot()
    described = picture.findtext("{http://www.w3.org/2000/svg}desc") or ""
    actions = {action for action, _ in granted(policy_document(**ALL_GRANTS))}

    assert set(re.findall(r"\w+:\w+", described)) == {*actions, "ssm:StartSession"}
