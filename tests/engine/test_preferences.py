"""Session preferences on the engine: what they name ends as ARNs in IAM, wherever it comes from and whoever asks."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import (
    ANY_ENCRYPTION,
    BUCKET_KEY,
    CHANNELS,
    CHANNELS_AND_HEARTBEAT,
    FIND_LOG_GROUPS,
    KEY,
    Statement,
    allow,
    decrypt,
    encrypt_logs,
    policy,
    put,
    write_groups,
)
from tests.fleets import compact
from tests.on_engine import documents, gaps, steps, writes

LOGGING: Final = {"s3BucketName": "session-logs", "s3KeyPrefix": "web/", "cloudWatchLogGroupName": "/ssm/sessions"}
PARTITIONS: Final = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
Components = Mapping[str, Mapping[str, Any]]


def preferences(**inputs: Any) -> str:
    """Return the JSON of a Session document."""
    return json.dumps({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})


def make_key(box: Sandbox, alias: str = "alias/sessions", region: str = "eu-west-1") -> str:
    """Make a key with an alias; return the key's ARN."""
    kms = box.client("kms", region)
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    box.forget()
    return str(key["Arn"])


def declare(components: Components) -> None:
    """Declare a component for each role, which is called as the role is."""
    for role, given in components.items():
        args: Any = {"role": role, **given}
        SessionManagerPermissions(role, args)


def logging_statements(partition: str = "aws", region: str = "eu-west-1") -> list[Statement]:
    """Return the statements for the preferences' bucket and log group."""
    bucket = f"arn:{partition}:s3:::session-logs"
    return [
        FIND_LOG_GROUPS,
        write_groups(f"arn:{partition}:logs:{region}:123456789012:log-group:/ssm/sessions:*"),
        put(f"{bucket}/web/*"),
        allow(["s3:GetEncryptionConfiguration"], bucket),
    ]


GROUPS: Final = logging_statements()[:2]
BUCKETS: Final = logging_statements()[2:]
# What preferences have in them, and the statements for it.
CASES: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[Statement]]]] = {
    "nothing": ({}, [CHANNELS]),
    "unset": (dict.fromkeys((*LOGGING, "kmsKeyId"), ""), [CHANNELS]),
    "enforced-without-a-bucket": ({"s3EncryptionEnabled": True}, [CHANNELS]),
    "a-bucket": ({"s3BucketName": "session-logs", "s3KeyPrefix": "web"}, [CHANNELS, *BUCKETS]),
    "a-log-group": ({"cloudWatchLogGroupName": "/ssm/sessions"}, [CHANNELS, *GROUPS]),
    "the-arn-of-a-key": ({"kmsKeyId": KEY}, [CHANNELS, decrypt(KEY)]),
    "everything": (
        {**LOGGING, "s3EncryptionEnabled": "true", "kmsKeyId": KEY},
        [CHANNELS, *logging_statements(), decrypt(KEY)],
    ),
}


def test_everything_that_they_name_is_granted(box: Sandbox) -> None:
    """Each role has what its preferences name, and no more is asked than the account, for a log group."""
    for role in CASES:
        box.create_role(role)
    given = {role: {"session_preferences": preferences(**inputs)} for role, (inputs, _) in CASES.items()}
    box.stack(lambda: declare(given)).up()

    assert {role: documents(box, role) for role in CASES} == {
        role: [policy(*statements)] for role, (_, statements) in CASES.items()
    }
    assert [call.action for call in box.calls if call.service != "iam"] == ["GetCallerIdentity"] * 2


def test_a_key_ends_as_its_arn_however_it_is_given(box: Sandbox) -> None:
    """An id, an alias, the alias's ARN and the key's ARN all end as the key's ARN in IAM."""
    key = make_key(box)
    given = [key.rpartition("/")[2], "alias/sessions", "arn:aws:kms:eu-west-1:123456789012:alias/sessions", key]
    roles = {f"web-{number}": reference for number, reference in enumerate(given)}
    for role in roles:
        box.create_role(role)
    box.stack(
        lambda: declare({role: {"session_preferences": preferences(kmsKeyId=key)} for role, key in roles.items()})
    ).up()
    asked = [(call.action, call.target) for call in box.calls if call.service != "iam"]

    assert [documents(box, role) for role in roles] == [[policy(CHANNELS, decrypt(key))]] * 4
    assert sorted(asked) == sorted(("DescribeKey", reference) for reference in given[:3])


def test_the_other_inputs_add_to_them(box: Sandbox) -> None:
    """Keys, heartbeat, the other account's bucket and its key, and enforcement where no bucket is named."""
    key = make_key(box)
    for role in ("all", "enforced"):
        box.create_role(role)
    everything = {
        "session_preferences": preferences(**LOGGING, kmsKeyId="alias/sessions"),
        "kms_key_arns": [KEY, key],
        "allow_update_instance_information": True,
        "s3_log_encryption_enforced": True,
        "s3_log_cross_account": True,
        "s3_log_kms_key_arn": BUCKET_KEY,
    }
    enforced = {"session_preferences": preferences(), "s3_log_encryption_enforced": True}
    box.stack(lambda: declare({"all": everything, "enforced": enforced})).up()
    *groups, _, encryption = logging_statements()
    objects = put("arn:aws:s3:::session-logs/web/*", cross_account=True)

    assert documents(box, "enforced") == [policy(CHANNELS, ANY_ENCRYPTION)]
    assert documents(box, "all") == [
        policy(CHANNELS_AND_HEARTBEAT, *groups, objects, encryption, decrypt([key, KEY]), encrypt_logs(BUCKET_KEY))
    ]


def test_names_become_arns_of_the_providers_partition(box: Sandbox) -> None:
    """A preview shows bucket, log group and key in the partition, Region and account of whoever deploys."""
    keys = {partition: make_key(box, region=region) for partition, region in PARTITIONS.items()}
    content = preferences(**LOGGING, kmsKeyId="alias/sessions")

    def program() -> None:
        for partition, region in PARTITIONS.items():
            provider = aws.Provider(partition, **box.provider_args(region))
            opts = pulumi.ResourceOptions(provider=provider)
            SessionManagerPermissions(partition, {"role": "web", "session_preferences": content}, opts)

    found = {step.name: step.inputs["policy"] for step in steps(box.stack(program).preview) if "policy" in step.inputs}

    assert found == {
        f"{partition}-session-manager": compact(
            CHANNELS, *logging_statements(partition, region), decrypt(keys[partition])
        )
        for partition, region in PARTITIONS.items()
    }


def test_two_regions_on_one_role(box: Sandbox) -> None:
    """Components with the providers of two Regions, alone or listed, give a role what the preferences of each name."""
    regions = ("us-east-1", "us-west-2")
    keys = [make_key(box, region=region) for region in regions]
    content = preferences(**LOGGING, kmsKeyId="alias/sessions")

    def program() -> None:
        alone, listed = (aws.Provider(region, **box.provider_args(region)) for region in regions)
        args: Any = {"role": "web", "session_preferences": content}
        SessionManagerPermissions("web-us-east-1", args, pulumi.ResourceOptions(provider=alone))
        SessionManagerPermissions("web-us-west-2", args, pulumi.ResourceOptions(providers=[listed]))

    box.create_role("web")
    box.stack(program).up()

    assert documents(box) == [
        policy(CHANNELS, *logging_statements(region=region), decrypt(key))
        for region, key in zip(regions, keys, strict=True)
    ]


def test_what_they_name_is_followed_in_place(box: Sandbox) -> None:
    """Other preferences, and an alias that comes to stand for another key, are one write each in the next `up`."""
    make_key(box)
    make_key(box, "alias/moves")
    new = make_key(box, "alias/new")
    for role in ("api", "web"):
        box.create_role(role)
    moves = {"session_preferences": preferences(kmsKeyId="alias/moves")}
    before = {"session_preferences": preferences(kmsKeyId="alias/sessions")}
    after = {"session_preferences": preferences(kmsKeyId="alias/new", **LOGGING)}
    box.stack(lambda: declare({"api": moves, "web": before})).up()
    box.client("kms").update_alias(AliasName="alias/moves", TargetKeyId=new)
    first = len(box.writes)
    box.stack(lambda: declare({"api": moves, "web": after})).up()

    assert (sorted(writes(box)[first:]), gaps(box, ["api", "web"])) == (
        [("PutRolePolicy", "api"), ("PutRolePolicy", "web")],
        [],
    )
    assert documents(box, "api") == [policy(CHANNELS, decrypt(new))]
    assert documents(box) == [policy(CHANNELS, *logging_statements(), decrypt(new))]
