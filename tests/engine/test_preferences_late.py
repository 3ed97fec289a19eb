"""Session preferences whose key is made in the same run, is not there, or may not be asked for."""

import json
from collections.abc import Callable
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import SessionManagerPermissions
from sandbox import Fault, Sandbox
from tests.documents import BUCKET, BUCKET_KEY, CHANNELS, FIND_LOG_GROUPS, decrypt, policy, write_groups
from tests.on_engine import UNKNOWN, Program, documents, errors, permissions, steps, writes

WEB: Final = "SessionManagerPermissions 'web'"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
DOCUMENT: Final = {"schemaVersion": "1.0", "sessionType": "Standard_Stream"}
MISSING: Final = json.dumps({**DOCUMENT, "inputs": {"kmsKeyId": "alias/missing"}})
NOT_THERE: Final = (
    "AWS KMS has no such key or alias in the account and Region of the provider; correct it in the Session document, "
    "or give the component the provider of the document's Region"
)
NOT_ALLOWED: Final = (
    "let the deploying identity call kms:DescribeKey on it, or write the key's ARN in the Session document"
)
PUT: Final = ("PutRolePolicy", "web")
SESSION_WAY_OUT: Final = "pass the content of a Session document, such as aws.ssm.get_document(…).content"


def made_in_the_same_run(key_name: str = "session-data") -> Program:
    """Return a program that makes a key, its alias and the Session document, and grants what the document names."""

    def program() -> None:
        key = aws.kms.Key(key_name)
        alias = aws.kms.Alias("sessions", name="alias/sessions", target_key_id=key.key_id)
        document = aws.ssm.Document(
            "preferences",
            name="SSM-SessionManagerRunShell",
            document_type="Session",
            content=pulumi.Output.json_dumps({**DOCUMENT, "inputs": {"kmsKeyId": alias.name}}),
        )
        SessionManagerPermissions("web", {"role": "web", "session_preferences": document.content})
        pulumi.export("key", key.arn)

    return program


def test_a_key_of_the_same_run_is_unknown_in_preview(box: Sandbox) -> None:
    """A preview knows the alias's name and finds no such alias: that is no error, the policy is not known yet."""
    [step] = [step for step in steps(box.stack(made_in_the_same_run()).preview) if step.type == ROLE_POLICY]

    assert (step.op, step.inputs["role"], step.inputs["policy"]) == ("create", "web", UNKNOWN)


def test_a_key_of_the_same_run_is_granted_in_up(box: Sandbox) -> None:
    """Key, alias, document and policy are right after one `up`, and a second one has nothing to do."""
    box.create_role("web")
    stack = box.stack(made_in_the_same_run())
    key = stack.up().outputs["key"].value
    box.forget()
    stack.up()

    assert documents(box) == [policy(CHANNELS, decrypt(key))]
    assert box.writes == []


def test_another_key_of_the_same_run_is_granted_in_the_same_run(box: Sandbox) -> None:
    """Where the program gives its alias another key, the policy follows in the same `up`, in place."""
    box.create_role("web")
    box.stack(made_in_the_same_run()).up()
    key = box.stack(made_in_the_same_run("new-session-data")).up().outputs["key"].value

    assert documents(box) == [policy(CHANNELS, decrypt(key))]
    assert [call for call in writes(box) if call[1] == "web"] == [PUT, PUT]


def with_a_provider_of_the_same_run(box: Sandbox, content: str) -> Program:
    """Return a program whose provider has the Region of a key that the same program makes."""

    def program() -> None:
        region = aws.kms.Key("key").arn.apply(lambda arn: str(arn).split(":")[3])
        later = aws.Provider("later", **{**box.provider_args(), "region": region})
        SessionManagerPermissions(
            "web", {"role": "web", "session_preferences": content}, pulumi.ResourceOptions(provider=later)
        )

    return program


@pytest.mark.parametrize(
    "inputs",
    [{"s3BucketName": "logs"}, {"cloudWatchLogGroupName": "/logs"}, {"kmsKeyId": "alias/sessions"}],
    ids=["bucket", "log group", "key"],
)
def test_a_region_of_the_same_run_is_unknown_in_preview(box: Sandbox, inputs: dict[str, str]) -> None:
    """A provider whose Region is not known yet cannot be asked in preview: the policy is not known yet, either."""
    content = json.dumps({**DOCUMENT, "inputs": inputs})
    stack = box.stack(with_a_provider_of_the_same_run(box, content))
    [step] = [step for step in steps(stack.preview) if step.type == ROLE_POLICY]

    assert (step.op, step.inputs["role"], step.inputs["policy"]) == ("create", "web", UNKNOWN)


def test_a_region_of_the_same_run_is_asked_in_up(box: Sandbox) -> None:
    """In `up` the Region is known, and what the preferences name is granted there."""
    box.create_role("web")
    content = json.dumps({**DOCUMENT, "inputs": {"cloudWatchLogGroupName": "/logs"}})
    box.stack(with_a_provider_of_the_same_run(box, content)).up()

    assert documents(box) == [
        policy(CHANNELS, FIND_LOG_GROUPS, write_groups("arn:aws:logs:eu-west-1:123456789012:log-group:/logs:*"))
    ]


@pytest.mark.parametrize("operation", ["preview", "up"])
def test_a_plain_alias_that_is_not_there_is_an_error(box: Sandbox, operation: str) -> None:
    """Nothing that is written down in the program can still be made: preview says so, in the same line as `up`."""
    box.create_role("web")
    stack = box.stack(permissions(session_preferences=MISSING))

    assert errors(getattr(stack, operation)) == [
        f"{WEB}: session_preferences.inputs.kmsKeyId 'alias/missing': {NOT_THERE}"
    ]
    assert box.writes == []


def test_an_alias_that_never_comes_is_an_error_in_up(box: Sandbox) -> None:
    """An Output's alias may still be made, says preview; `up` says that it was not."""
    box.create_role("web")
    stack = box.stack(permissions(session_preferences=lambda: pulumi.Output.from_input(MISSING)))
    [step] = steps(stack.preview)
    found = errors(stack.up)

    assert step.inputs["policy"] == UNKNOWN
    assert found == [f"{WEB}: session_preferences.inputs.kmsKeyId 'alias/missing': {NOT_THERE}"]
    assert box.writes == []


def test_a_key_that_may_not_be_described(box: Sandbox) -> None:
    """Where KMS refuses to answer, AWS's message and the missing permission are told, and the next `up` converges."""
    key = box.client("kms").create_key()["KeyMetadata"]
    box.create_role("web")
    content = json.dumps({**DOCUMENT, "inputs": {"kmsKeyId": key["KeyId"]}})
    stack = box.stack(permissions(session_preferences=content))
    box.forget()
    box.fail("DescribeKey", Fault.denied(), times=1)
    [found] = errors(stack.up)
    written = writes(box)
    stack.up()

    assert found == (
        f"{WEB}: session_preferences.inputs.kmsKeyId '{key['KeyId']}': AWS KMS could not be asked for its ARN "
        "(invoke of aws:kms/getKey:getKey failed: invocation of aws:kms/getKey:getKey returned an error: invoking "
        f"aws:kms/getKey:getKey: 1 error occurred: * reading KMS Key ({key['KeyId']}): operation error KMS: "
        "DescribeKey, https response error StatusCode: 403, RequestID: , api error AccessDeniedException: User: "
        "arn:aws:iam::123456789012:user/sandbox is not authorized to perform: kms:DescribeKey on resource: "
        f"{key['KeyId']} because no identity-based policy allows the kms:DescribeKey action); {NOT_ALLOWED}"
    )
    assert (written, documents(box)) == ([], [policy(CHANNELS, decrypt(key["Arn"]))])


def test_kms_that_throttles_is_asked_again(box: Sandbox) -> None:
    """Throttling that passes is not noticed."""
    key = box.client("kms").create_key()["KeyMetadata"]
    box.create_role("web")
    content = json.dumps({**DOCUMENT, "inputs": {"kmsKeyId": key["KeyId"]}})
    box.fail("DescribeKey", Fault.throttling(), times=1)
    box.stack(permissions(session_preferences=content)).up()

    assert (box.faults_left, documents(box)) == (0, [policy(CHANNELS, decrypt(key["Arn"]))])


@pytest.mark.parametrize("fault", [None, Fault.denied()], ids=["not there", "denied"])
def test_a_secret_key_is_never_shown(box: Sandbox, fault: Fault | None) -> None:
    """What secret preferences name stays out of the error, and AWS's message, which repeats it, as well."""
    box.create_role("web")
    if fault:
        box.fail("DescribeKey", fault)
    stack = box.stack(permissions(session_preferences=lambda: pulumi.Output.secret(MISSING)))
    why = f"AWS KMS could not be asked for its ARN; {NOT_ALLOWED}" if fault else NOT_THERE

    assert errors(stack.up) == [f"{WEB}: session_preferences.inputs.kmsKeyId [secret]: {why}"]


BAD: Final = {
    "no JSON": ("bucket: logs", f"session_preferences 'bucket: logs': it is not JSON; {SESSION_WAY_OUT}"),
    "another document": (
        '{"schemaVersion":"2.2"}',
        'session_preferences \'{"schemaVersion":"2.2"}\': it has no sessionType, so that it is not a Session document; '
        + SESSION_WAY_OUT,
    ),
    "a wrong type inside": (
        json.dumps({**DOCUMENT, "inputs": {"s3BucketName": 7}}),
        "session_preferences.inputs.s3BucketName 7: it is not a string; correct the Session document",
    ),
    "a template": (
        json.dumps({**DOCUMENT, "inputs": {"s3BucketName": "logs", "s3KeyPrefix": "{{ssm:/team/prefix}}"}}),
        (
            "session_preferences.inputs.s3KeyPrefix '{{ssm:/team/prefix}}': the agent replaces {{ … }} with the value "
            "of a parameter, so that a policy for this text never matches; write the value itself in the Session "
            "document, or give the other inputs instead of session_preferences"
        ),
    ),
    "half of a surrogate pair": (
        "\ud800",
        "session_preferences '\\ud800': it contains half of a surrogate pair, which is not a character; "
        + SESSION_WAY_OUT,
    ),
}


@pytest.mark.parametrize(
    "late", [lambda text: text, lambda text: lambda: pulumi.Output.from_input(text)], ids=["plain", "Output"]
)
@pytest.mark.parametrize(("text", "line"), BAD.values(), ids=BAD)
def test_what_is_no_session_document(box: Sandbox, text: str, line: str, late: Callable[[str], Any]) -> None:
    """What cannot be the preferences is refused in one line, plain or as an Output, and AWS is not asked."""
    stack = box.stack(permissions(session_preferences=late(text)))

    assert errors(stack.up) == [f"{WEB}: {line}"]
    assert box.calls == []


def test_a_bucket_cannot_be_given_as_well(box: Sandbox) -> None:
    """Two sources for one bucket are an error that names both, whatever the document holds."""
    stack = box.stack(permissions(session_preferences=json.dumps(DOCUMENT), s3_log_bucket_arn=BUCKET))

    assert errors(stack.up) == [
        (
            f"{WEB}: s3_log_bucket_arn '{BUCKET}': it is read from session_preferences, which is given as well; "
            "give one of the two"
        )
    ]


@pytest.mark.parametrize(
    "late", [lambda text: text, lambda text: lambda: pulumi.Output.from_input(text)], ids=["plain", "Output"]
)
def test_a_buckets_key_needs_a_bucket_in_the_preferences(box: Sandbox, late: Callable[[str], Any]) -> None:
    """Preferences without a bucket leave nothing to encrypt: its key is refused instead of granting nothing."""
    stack = box.stack(permissions(session_preferences=late(json.dumps(DOCUMENT)), s3_log_kms_key_arn=BUCKET_KEY))

    assert errors(stack.up) == [
        (
            f"{WEB}: s3_log_kms_key_arn '{BUCKET_KEY}': it means nothing without a log bucket; give s3_log_bucket_arn "
            "as well, or leave it out"
        )
    ]
    assert box.writes == []
