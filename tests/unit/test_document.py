"""The policy document: every combination of inputs, compared whole with what AWS documents."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

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
    Statement,
    combinations,
    decrypt,
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


def test_every_combination() -> None:
    """Each combination of inputs makes AWS's statements for it, in AWS's order, and nothing else."""
    cases = list(combinations())

    assert len(cases) >= 36 + 36 * 12
    assert [inputs for inputs in cases if policy_document(**inputs) != policy(*wanted(inputs))] == []


# Prefixes as they are given, by the folder that the agent writes to.
PREFIXES: Final[Mapping[str, Sequence[str | None]]] = {
    "": [None],
    "team/": ["team", "team/", "/team", "//team//", "./team", "/../team"],
    "team/web/": ["team//web", "team/./web", "team/x/../web"],
    "team/$x/{y} ü/": ["team/$x/{y} ü"],
    ".../": ["..."],
    "b/": ["a/../../b"],
    "X/": ["/X"],
    "team/}}{{/": ["team/}}{{"],
}
CASES: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[Statement]]]] = {
    "nothing": (dict.fromkeys(ALL_GRANTS), []),
    "false": ({name: False for name, value in ALL_GRANTS.items() if value is True}, []),
    "two keys": ({"kms_key_arns": [KEY, OTHER_KEY, KEY]}, [decrypt([KEY, OTHER_KEY])]),
    "one key": ({"kms_key_arns": [KEY, KEY]}, [decrypt(KEY)]),
    "groups": (
        {"cloudwatch_log_group_arns": [OTHER_LOG_GROUP, f"{LOG_GROUP}:*", LOG_GROUP]},
        [FIND_LOG_GROUPS, write_groups([f"{OTHER_LOG_GROUP}:*", f"{LOG_GROUP}:*"])],
    ),
    **{
        f"prefix {prefix}": (
            {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": prefix},
            [put(f"{BUCKET}/{folder}*"), BUCKET_ENCRYPTION],
        )
        for folder, prefixes in PREFIXES.items()
        for prefix in prefixes
    },
}


@pytest.mark.parametrize(("inputs", "statements"), CASES.values(), ids=CASES)
def test_inputs_that_mean_the_same_as_others(inputs: Mapping[str, Any], statements: Sequence[Statement]) -> None:
    """`None` and false grant nothing, a repeated resource counts once, a prefix is normalised as the agent does it."""
    assert policy_document(**inputs) == policy(CHANNELS, *statements)


def test_two_calls_share_nothing() -> None:
    """A caller may change the document that it got, and the next one is AWS's again."""
    first = policy_document(kms_key_arns=[KEY, OTHER_KEY])
    first["Statement"][0]["Action"].append("s3:*")
    first["Statement"][1]["Resource"].clear()
    second = policy_document(kms_key_arns=[KEY, OTHER_KEY])

    assert second == policy(CHANNELS, decrypt([KEY, OTHER_KEY]))
