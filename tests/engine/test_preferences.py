"""Session preferences on the engine: what they name ends as ARNs in IAM, whoever asks, and as soon as it is there."""

import json
from typing import Any, Final, NamedTuple

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.components import ROLE_POLICY
from tests.documents import CHANNELS, FIND_LOG_GROUPS, Statement, allow, decrypt, policy, put, write_groups
from tests.fleets import compact
from tests.on_engine import UNKNOWN, Program, errors, inline_documents, permissions, steps, writes

WEB: Final = "SessionManagerPermissions 'web'"
DOCUMENT: Final = {"schemaVersion": "1.0", "sessionType": "Standard_Stream"}
LOGGING: Final = {"s3BucketName": "session-logs", "s3KeyPrefix": "web/", "cloudWatchLogGroupName": "/ssm/sessions"}


def preferences(**inputs: Any) -> str:
    """Return the JSON of a Session document."""
    return json.dumps({**DOCUMENT, "inputs": inputs})


def make_key(box: Sandbox, alias: str = "alias/sessions", region: str = "eu-west-1") -> str:
    """Make a key with an alias; return the key's ARN."""
    kms = box.client("kms", region)
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    box.forget()
    return str(key["Arn"])


def statements(partition: str = "aws", region: str = "eu-west-1") -> list[Statement]:
    """Return the statements for the preferences' bucket and log group, and those of every role."""
    bucket = f"arn:{partition}:s3:::session-logs"
    return [
        CHANNELS,
        FIND_LOG_GROUPS,
        write_groups(f"arn:{partition}:logs:{region}:123456789012:log-group:/ssm/sessions:*"),
        put(f"{bucket}/web/*"),
        allow(["s3:GetEncryptionConfiguration"], bucket),
    ]


class Planned(NamedTuple):
    """What a preview shows of a policy."""

    op: str
    role: str
    document: str


def planned(stack: auto.Stack) -> dict[str, Planned]:
    """Return what a preview shows of each component's policy."""
    found = [step for step in steps(stack.preview) if step.type == ROLE_POLICY]
    return {
        step.name.removesuffix("-session-manager"): Planned(step.op, step.inputs["role"], step.inputs["policy"])
        for step in found
    }


def test_a_key_ends_as_its_arn_however_it_is_given(box: Sandbox) -> None:
    """An id, an alias, the alias's ARN and the key's own are the key's ARN in IAM; no more is asked than it takes."""
    key = make_key(box)
    given = [key.rpartition("/")[2], "alias/sessions", "arn:aws:kms:eu-west-1:123456789012:alias/sessions", key]
    roles = {f"web-{number}": preferences(**LOGGING, kmsKeyId=reference) for number, reference in enumerate(given)}
    for role in roles:
        box.create_role(role)

    def program() -> None:
        for role, content in roles.items():
            SessionManagerPermissions(role, {"role": role, "session_preferences": content})

    box.stack(program).up()
    asked = [(call.action, call.target) for call in box.calls if call.service != "iam"]

    assert [inline_documents(box, role) for role in roles] == [[policy(*statements(), decrypt(key))]] * 4
    assert sorted(asked) == [
        *sorted(("DescribeKey", reference) for reference in given[:3]),
        ("GetCallerIdentity", ""),
    ]


def test_names_become_arns_where_the_provider_is(box: Sandbox) -> None:
    """A preview shows bucket, log group and key in the partition, Region and account of the component's provider."""
    regions = {"eu-west-1": "aws", "us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}
    keys = {region: make_key(box, region=region) for region in regions}
    content = preferences(**LOGGING, kmsKeyId="alias/sessions")

    def program() -> None:
        for region in regions:
            opts = pulumi.ResourceOptions(provider=aws.Provider(region, **box.provider_args(region)))
            SessionManagerPermissions(region, {"role": "web", "session_preferences": content}, opts)

    assert planned(box.stack(program)) == {
        region: Planned("create", "web", compact(*statements(partition, region), decrypt(keys[region])))
        for region, partition in regions.items()
    }


def test_an_alias_is_followed_in_place(box: Sandbox) -> None:
    """An alias that comes to stand for another key is one write in the next `up`."""
    make_key(box)
    new = make_key(box, "alias/new")
    box.create_role("web")
    stack = box.stack(permissions(session_preferences=preferences(kmsKeyId="alias/sessions")))
    stack.up()
    box.client("kms").update_alias(AliasName="alias/sessions", TargetKeyId=new)
    first = len(box.writes)
    stack.up()

    assert writes(box)[first:] == [("PutRolePolicy", "web")]
    assert inline_documents(box) == [policy(CHANNELS, decrypt(new))]


def made_in_the_same_run(key_name: str) -> Program:
    """Return a program that makes a key, its alias and the Session document, and grants what the document names."""

    def program() -> None:
        key = aws.kms.Key(key_name)
        alias = aws.kms.Alias("sessions", name="alias/sessions", target_key_id=key.key_id)
        document = aws.ssm.Document(
            "preferences",
            name="SSM-SessionManagerRunShell",
            document_type="Session",
            content=alias.name.apply(lambda found: preferences(kmsKeyId=found)),
        )
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
    unchanged = steps(stack.up)
    new = box.stack(made_in_the_same_run("new")).up().outputs["key"].value

    assert previewed == {"web": Planned("create", "web", UNKNOWN)}
    assert unchanged == []
    assert granted == [policy(CHANNELS, decrypt(old))]
    assert inline_documents(box) == [policy(CHANNELS, decrypt(new))]
    assert [call for call in writes(box) if call[1] == "web"] == [("PutRolePolicy", "web")] * 2


def test_a_region_of_the_same_run(box: Sandbox) -> None:
    """A provider whose Region is not known yet cannot be asked in preview, whatever is named; `up` asks it."""
    key = make_key(box)
    named = {
        "bucket": preferences(s3BucketName="logs"),
        "group": preferences(cloudWatchLogGroupName="/logs"),
        "key": preferences(kmsKeyId="alias/sessions"),
    }

    def program() -> None:
        region = aws.kms.Key("key").arn.apply(lambda arn: str(arn).split(":")[3])
        later = pulumi.ResourceOptions(provider=aws.Provider("later", **{**box.provider_args(), "region": region}))
        for role, content in named.items():
            SessionManagerPermissions(role, {"role": role, "session_preferences": content}, later)

    for role in named:
        box.create_role(role)
    stack = box.stack(program)
    previewed = planned(stack)
    stack.up()
    logs = "arn:aws:s3:::logs"

    assert previewed == {role: Planned("create", role, UNKNOWN) for role in named}
    assert {role: inline_documents(box, role) for role in named} == {
        "bucket": [policy(CHANNELS, put(f"{logs}/*"), allow(["s3:GetEncryptionConfiguration"], logs))],
        "group": [
            policy(CHANNELS, FIND_LOG_GROUPS, write_groups("arn:aws:logs:eu-west-1:123456789012:log-group:/logs:*"))
        ],
        "key": [policy(CHANNELS, decrypt(key))],
    }


MISSING: Final = preferences(kmsKeyId="alias/missing")
NOT_THERE: Final = (
    f"{WEB}: session_preferences.inputs.kmsKeyId 'alias/missing': AWS KMS has no such key or alias in the account and "
    "Region of the provider; correct it in the Session document, or give the component the provider of the document's "
    "Region"
)


def test_a_plain_alias_that_is_not_there_is_an_error_in_preview(box: Sandbox) -> None:
    """Nothing that is written down in the program can still be made."""
    assert errors(box.stack(permissions(session_preferences=MISSING)).preview) == [NOT_THERE]


def test_an_alias_that_never_comes_is_an_error_in_up(box: Sandbox) -> None:
    """An Output's alias may still be made, says preview; `up` says that it was not."""
    box.create_role("web")
    stack = box.stack(permissions(session_preferences=lambda: pulumi.Output.from_input(MISSING)))

    assert planned(stack) == {"web": Planned("create", "web", UNKNOWN)}
    assert errors(stack.up) == [NOT_THERE]
    assert box.writes == []


def test_a_key_that_may_not_be_described(box: Sandbox) -> None:
    """Where KMS refuses to answer, AWS's message and the missing permission are told, and the next `up` converges."""
    key = make_key(box)
    given = key.rpartition("/")[2]
    box.create_role("web")
    stack = box.stack(permissions(session_preferences=preferences(kmsKeyId=given)))
    box.fail("DescribeKey", Fault.denied(), times=1)
    [found] = errors(stack.up)
    written = writes(box)
    stack.up()

    assert found == (
        f"{WEB}: session_preferences.inputs.kmsKeyId {given!r}: AWS KMS did not return the key's ARN "
        "(AccessDeniedException: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: "
        f"kms:DescribeKey on resource: {given} because no identity-based policy allows the kms:DescribeKey action); "
        "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
    )
    assert written == []
    assert inline_documents(box) == [policy(CHANNELS, decrypt(key))]
