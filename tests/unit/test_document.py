"""The policy document: every combination of inputs, compared whole with what AWS documents."""

import json
from typing import Any

import pytest

from pulumi_ssm_perms import policy_document
from tests.documents import (
    ALL_GRANTS,
    BUCKET,
    BUCKET_ENCRYPTION,
    CHANNELS,
    FIND_LOG_GROUPS,
    KEY,
    LOG_GROUP,
    OTHER_KEY,
    OTHER_LOG_GROUP,
    PARTITIONS,
    combinations,
    decrypt,
    in_partition,
    policy,
    put,
    wanted,
    write_groups,
)

# "Add Session Manager permissions to an existing IAM role" (AWS Systems Manager User Guide), character by character.
AWS_FULL = """\
{ "Version": "2012-10-17", "Statement": [ { "Effect": "Allow", "Action": [ "ssmmessages:CreateControlChannel",
"ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel" ], "Resource": "*" },
{ "Effect": "Allow", "Action": [ "s3:GetEncryptionConfiguration" ], "Resource": "*" },
{ "Effect": "Allow", "Action": [ "kms:Decrypt" ], "Resource": "key-name" } ] }"""
AWS_WITHOUT_KEY = AWS_FULL.replace(',\n{ "Effect": "Allow", "Action": [ "kms:Decrypt" ], "Resource": "key-name" }', "")
AWS_PLAIN = AWS_WITHOUT_KEY.replace(
    ',\n{ "Effect": "Allow", "Action": [ "s3:GetEncryptionConfiguration" ], "Resource": "*" }', ""
)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, AWS_PLAIN),
        ({"s3_log_encryption_enforced": True}, AWS_WITHOUT_KEY),
        ({"s3_log_encryption_enforced": True, "kms_key_arns": [KEY]}, AWS_FULL.replace("key-name", KEY)),
    ],
    ids=["plain", "enforced", "enforced and key"],
)
def test_is_the_one_on_the_page(inputs: dict[str, Any], expected: str) -> None:
    """The three documents of AWS's page come out as AWS has them, to the character but for white space."""
    assert json.dumps(policy_document(**inputs)).split() == json.dumps(json.loads(expected)).split()


@pytest.mark.parametrize("partition", PARTITIONS)
def test_every_combination_in_every_partition(partition: str) -> None:
    """Each combination of inputs makes AWS's statements for it, in AWS's order, and nothing else."""
    cases = [(inputs, policy(*wanted(inputs))) for inputs in combinations()]
    wrong = [inputs for inputs, expected in in_partition(cases, partition) if policy_document(**inputs) != expected]

    assert len(cases) == 36 + 36 * 12
    assert wrong == []


@pytest.mark.parametrize(
    ("inputs", "statements"),
    [
        ({"kms_key_arns": [KEY, OTHER_KEY, KEY]}, [decrypt([KEY, OTHER_KEY])]),
        ({"kms_key_arns": [KEY, KEY]}, [decrypt(KEY)]),
        (
            {"cloudwatch_log_group_arns": [OTHER_LOG_GROUP, f"{LOG_GROUP}:*", LOG_GROUP]},
            [FIND_LOG_GROUPS, write_groups([f"{OTHER_LOG_GROUP}:*", f"{LOG_GROUP}:*"])],
        ),
    ],
    ids=["two keys", "one key", "groups"],
)
def test_a_repeated_resource_counts_once(inputs: dict[str, Any], statements: list[Any]) -> None:
    """The order is the given one, and one that is left is a text."""
    assert policy_document(**inputs) == policy(CHANNELS, *statements)


# Prefixes as they are given, by the folder that the agent writes to.
PREFIXES: dict[str, list[str | None]] = {
    "": [None, ""],
    "team/": ["team", "team/", "/team", "//team//", "./team", "/../team"],
    "team/web/": ["team//web", "team/./web", "team/x/../web"],
    "team/$x/{y} ü/": ["team/$x/{y} ü"],
    ".../": ["..."],
    "b/": ["a/../../b"],
    "team/}}{{/": ["team/}}{{"],
}


@pytest.mark.parametrize(("folder", "prefix"), [(folder, each) for folder, given in PREFIXES.items() for each in given])
def test_names_the_prefix_that_the_agent_writes_to(folder: str, prefix: str | None) -> None:
    """A prefix is normalised as the agent does it, so that the policy names the objects that it really writes."""
    assert policy_document(s3_log_bucket_arn=BUCKET, s3_log_key_prefix=prefix) == policy(
        CHANNELS, put(f"{BUCKET}/{folder}*"), BUCKET_ENCRYPTION
    )


@pytest.mark.parametrize(
    "inputs",
    [
        dict.fromkeys(ALL_GRANTS),
        {name: False for name, value in ALL_GRANTS.items() if value is True} | {"s3_log_key_prefix": ""},
    ],
    ids=["None", "false and an empty prefix"],
)
def test_grants_nothing_for_what_is_not_given(inputs: dict[str, Any]) -> None:
    """`None`, false and an empty prefix are the same as leaving an input out, with or without a bucket."""
    assert policy_document(**inputs) == policy(CHANNELS)


def test_two_calls_share_nothing() -> None:
    """A caller may change the document that it got, and the next one is AWS's again."""
    first = policy_document(kms_key_arns=[KEY, OTHER_KEY])
    first["Statement"][0]["Action"].append("s3:*")
    first["Statement"][1]["Resource"].clear()
    second = policy_document(kms_key_arns=[KEY, OTHER_KEY])

    assert second == policy(CHANNELS, decrypt([KEY, OTHER_KEY]))
