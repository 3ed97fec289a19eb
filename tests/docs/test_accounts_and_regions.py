"""docs/accounts-and-regions.md: names are of the provider's Region; three policies let a log into a bucket."""

import json
import re
from typing import Any, Final

import botocore.session

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.documents import PARTITIONS, granted
from tests.on_engine import errors, inline_documents
from tests.pages import ROLE, ROOT, Block, shows

PAGE: Final = "docs/accounts-and-regions.md"
REGIONS: Final = "One role in several Regions"
BUCKET: Final = "A bucket of another account"
ELSEWHERE: Final = "210987654321"


def key(box: Sandbox, region: str) -> str:
    """Make a Region's key with the alias, and the preferences that name it; return the key's ARN."""
    kms, ssm = box.client("kms", region), box.client("ssm", region)
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=made["KeyId"])
    inputs = {"kmsKeyId": "alias/sessions"}
    content = json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})
    ssm.create_document(Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=content)
    return str(made["Arn"])


def of_a_key(arn: str) -> dict[str, Any]:
    """Return the document that grants heartbeat and key."""
    return policy_document(allow_update_instance_information=True, kms_key_arns=[arn])


@shows(PAGE, REGIONS)
def test_each_region_grants_its_own_key(box: Sandbox, shown: list[Block]) -> None:
    """The role has one policy for each Region, with the key of that Region."""
    keys = [key(box, region) for region in ("eu-west-1", "us-east-1")]
    program = shown[0].changed("aws.Provider(region, region=region)", "aws.Provider(region, **args(region=region))")
    box.stack(program.program(args=box.provider_args)).up()

    assert inline_documents(box, ROLE) == [of_a_key(arn) for arn in keys]


@shows(PAGE, "A role of another account")
def test_a_role_of_another_account_needs_its_provider(box: Sandbox, shown: list[Block]) -> None:
    """With the provider the role has the policy; without it, nothing is written."""
    box.create_role(ROLE, account=ELSEWHERE)
    program = shown[0].changed('profile="other", region="eu-west-1"', f"**args(account={ELSEWHERE!r})")
    without = program.changed("    opts=pulumi.ResourceOptions(provider=other),\n", "")
    [said] = errors(box.stack(without.program(args=box.provider_args)).preview)
    box.stack(program.program(args=box.provider_args)).up()

    assert ELSEWHERE in said
    assert list(box.role_policies(ROLE, ELSEWHERE).values()) == [
        policy_document(allow_update_instance_information=True)
    ]
    assert inline_documents(box, ROLE) == []


def of_the_role(statement: dict[str, Any]) -> set[tuple[str, str]]:
    """Return what a statement of a resource's policy allows to the role."""
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{Sandbox.account_id}:role/{ROLE}"}
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    return {(action, statement["Resource"]) for action in actions}


@shows(PAGE, BUCKET)
def test_the_other_accounts_policy_allows_what_the_role_is_granted(box: Sandbox, shown: list[Block]) -> None:
    """The bucket policy allows just what is granted on the bucket, and the page names what is granted on its key."""
    program, bucket = shown
    box.stack(program.program()).up()
    [document] = inline_documents(box, ROLE)
    grants = {each for each in granted(document) if ":s3:::" in each[1]}
    of_key = {action for action, resource in granted(document) if ":kms:" in resource}
    [told] = re.findall(
        r"The policy of a customer managed \*\*key\*\* must allow the role (.*):", (ROOT / PAGE).read_text()
    )

    assert set().union(*map(of_the_role, bucket.json["Statement"])) == grants
    assert {*re.findall(r"`([^`]+)`", told)} == of_key


def test_the_partitions_are_those_of_aws() -> None:
    """AWS's SDK has the partitions that the page names, and the package takes them."""
    of_aws = {each["partition"] for each in botocore.session.get_session().get_data("endpoints")["partitions"]}
    [named] = re.findall(r"`role` takes ARNs of (.*?)\.", (ROOT / PAGE).read_text())

    assert set(re.findall(r"`([^`]+)`", named)) == set(PARTITIONS) == of_aws
