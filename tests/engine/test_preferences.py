"""Session preferences on the engine: what they name ends as ARNs in IAM, wherever it comes from and whoever asks."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

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
from tests.on_engine import documents, gaps, permissions, steps, writes

LOGGING: Final = {"s3BucketName": "session-logs", "s3KeyPrefix": "web/", "cloudWatchLogGroupName": "/ssm/sessions"}
PUT: Final = ("PutRolePolicy", "web")
PARTITIONS: Final = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


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


def asked(box: Sandbox) -> list[tuple[str, str, str]]:
    """Return service, action and target of each call that was not made to IAM."""
    return [(call.service, call.action, call.target) for call in box.calls if call.service != "iam"]


def logging_statements(partition: str = "aws", region: str = "eu-west-1") -> list[Statement]:
    """Return the statements for the preferences' bucket and log group."""
    bucket = f"arn:{partition}:s3:::session-logs"
    return [
        FIND_LOG_GROUPS,
        write_groups(f"arn:{partition}:logs:{region}:123456789012:log-group:/ssm/sessions:*"),
        put(f"{bucket}/web/*"),
        allow(["s3:GetEncryptionConfiguration"], bucket),
    ]


BUCKET_STATEMENTS: Final = logging_statements()[2:]
GROUP_STATEMENTS: Final = logging_statements()[:2]
ACCOUNT: Final = ("sts", "GetCallerIdentity", "")
CASES: Final[Mapping[str, tuple[Mapping[str, Any], Sequence[Statement], Sequence[Any]]]] = {
    "nothing": ({}, [CHANNELS], []),
    "unset": (dict.fromkeys((*LOGGING, "kmsKeyId"), ""), [CHANNELS], []),
    "enforced without a bucket": ({"s3EncryptionEnabled": True}, [CHANNELS], []),
    "a bucket": (
        {"s3BucketName": "session-logs", "s3KeyPrefix": "web"},
        [CHANNELS, *BUCKET_STATEMENTS],
        [],
    ),
    "a log group": ({"cloudWatchLogGroupName": "/ssm/sessions"}, [CHANNELS, *GROUP_STATEMENTS], [ACCOUNT]),
    "a key's ARN": ({"kmsKeyId": KEY}, [CHANNELS, decrypt(KEY)], []),
    "everything": (
        {**LOGGING, "s3EncryptionEnabled": "true", "kmsKeyId": KEY},
        [CHANNELS, *logging_statements(), decrypt(KEY)],
        [ACCOUNT],
    ),
}


@pytest.mark.parametrize(("inputs", "statements", "calls"), CASES.values(), ids=CASES)
def test_only_what_is_needed_is_asked(
    box: Sandbox, inputs: Mapping[str, Any], statements: Sequence[Statement], calls: Sequence[Any]
) -> None:
    """The policy has what the preferences name, and no more of AWS is asked than that takes."""
    box.create_role("web")
    box.stack(permissions(session_preferences=preferences(**inputs))).up()

    assert (documents(box), asked(box)) == ([policy(*statements)], calls)


@pytest.mark.parametrize(("partition", "region"), PARTITIONS.items())
def test_names_become_arns_of_the_providers_partition(box: Sandbox, partition: str, region: str) -> None:
    """Bucket and log group are in the partition, Region and account of whoever deploys."""
    program = permissions(session_preferences=preferences(**LOGGING))
    [step] = steps(box.stack(program, config={"aws:region": region}).preview)

    assert step.inputs["policy"] == compact(CHANNELS, *logging_statements(partition, region))


def test_a_key_ends_as_its_arn_however_it_is_given(box: Sandbox) -> None:
    """An id, an alias, the alias's ARN and the key's ARN all end as the key's ARN in IAM."""
    key = make_key(box)
    given = [key.rpartition("/")[2], "alias/sessions", "arn:aws:kms:eu-west-1:123456789012:alias/sessions", key]

    def program() -> None:
        for number, reference in enumerate(given):
            args: Any = {"role": f"web-{number}", "session_preferences": preferences(kmsKeyId=reference)}
            SessionManagerPermissions(f"web-{number}", args)

    for number in range(len(given)):
        box.create_role(f"web-{number}")
    box.stack(program).up()

    assert [documents(box, f"web-{number}") for number in range(len(given))] == [[policy(CHANNELS, decrypt(key))]] * 4
    assert sorted(asked(box)) == sorted(("kms", "DescribeKey", reference) for reference in given[:3])


def test_the_other_inputs_add_to_it(box: Sandbox) -> None:
    """Keys, heartbeat, the other account's bucket and its key are granted beside what the preferences name."""
    key = make_key(box)
    box.create_role("web")
    program = permissions(
        session_preferences=preferences(**LOGGING, kmsKeyId="alias/sessions"),
        kms_key_arns=[KEY, key],
        allow_update_instance_information=True,
        s3_log_encryption_enforced=True,
        s3_log_cross_account=True,
        s3_log_kms_key_arn=BUCKET_KEY,
    )
    box.stack(program).up()
    *groups, _, encryption = logging_statements()
    objects = put("arn:aws:s3:::session-logs/web/*", cross_account=True)

    assert documents(box) == [
        policy(CHANNELS_AND_HEARTBEAT, *groups, objects, encryption, decrypt([key, KEY]), encrypt_logs(BUCKET_KEY))
    ]


def test_enforcement_is_the_users_where_no_bucket_is_named(box: Sandbox) -> None:
    """`s3_log_encryption_enforced` counts beside preferences that name no bucket, as it does without any."""
    box.create_role("web")
    box.stack(permissions(session_preferences=preferences(), s3_log_encryption_enforced=True)).up()

    assert documents(box) == [policy(CHANNELS, ANY_ENCRYPTION)]


def test_preview_shows_the_whole_document(box: Sandbox) -> None:
    """With plain preferences a preview finds out everything that they name."""
    key = make_key(box)
    program = permissions(session_preferences=preferences(**LOGGING, kmsKeyId="alias/sessions"))
    [step] = steps(box.stack(program).preview)

    assert step.inputs["policy"] == compact(CHANNELS, *logging_statements(), decrypt(key))


def test_changed_preferences_are_one_write(box: Sandbox) -> None:
    """A program that changes its preferences gets the new policy in place."""
    make_key(box)
    new = make_key(box, "alias/new")
    box.create_role("web")
    box.stack(permissions(session_preferences=preferences(kmsKeyId="alias/sessions"))).up()
    box.stack(permissions(session_preferences=preferences(kmsKeyId="alias/new", **LOGGING))).up()

    assert (writes(box), gaps(box)) == ([PUT, PUT], [])
    assert documents(box) == [policy(CHANNELS, *logging_statements(), decrypt(new))]


def test_an_alias_that_moves_is_one_write(box: Sandbox) -> None:
    """Where the alias comes to stand for another key, the next `up` grants that one."""
    make_key(box)
    new = make_key(box, "alias/new")
    box.create_role("web")
    stack = box.stack(permissions(session_preferences=preferences(kmsKeyId="alias/sessions")))
    stack.up()
    box.client("kms").update_alias(AliasName="alias/sessions", TargetKeyId=new)
    stack.up()

    assert [call for call in writes(box) if call[0] != "UpdateAlias"] == [PUT, PUT]
    assert documents(box) == [policy(CHANNELS, decrypt(new))]


@pytest.mark.parametrize("own", [True, False], ids=["providers", "provider"])
def test_two_regions_on_one_role(box: Sandbox, *, own: bool) -> None:
    """Two components with the providers of two Regions give a role what each Region's preferences name."""
    keys = [make_key(box, region=region) for region in ("us-east-1", "us-west-2")]

    def program() -> None:
        for region in ("us-east-1", "us-west-2"):
            provider = aws.Provider(region, **box.provider_args(region))
            opts = pulumi.ResourceOptions(**({"providers": [provider]} if own else {"provider": provider}))
            content = preferences(**LOGGING, kmsKeyId="alias/sessions")
            SessionManagerPermissions(f"web-{region}", {"role": "web", "session_preferences": content}, opts)

    box.create_role("web")
    box.stack(program).up()

    assert documents(box) == [
        policy(CHANNELS, *logging_statements(region=region), decrypt(key))
        for region, key in zip(("us-east-1", "us-west-2"), keys, strict=True)
    ]


def from_output(make: Callable[[str], Any]) -> Callable[[], pulumi.Output[str]]:
    """Return preferences as an Output, which the program makes of a JSON text."""
    return lambda: make(preferences(**LOGGING))


@pytest.mark.parametrize("make", [pulumi.Output.from_input, pulumi.Output.secret], ids=["output", "secret"])
def test_preferences_may_be_an_output(box: Sandbox, make: Callable[[str], Any]) -> None:
    """An Output, also a secret one, is read as a text is; a secret one makes the document secret."""
    box.create_role("web")
    outputs = box.stack(permissions(session_preferences=from_output(make))).up().outputs

    assert documents(box) == [policy(CHANNELS, *logging_statements())]
    assert outputs["policy_json"].secret == (make is pulumi.Output.secret)
