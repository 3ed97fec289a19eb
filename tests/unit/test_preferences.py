"""Session preferences: what is read from a Session document, and which documents are refused."""

import json
from typing import Any

import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerPermissions
from pulumi_ssm_perms._preferences import Preferences, parse
from tests.documents import BUCKET, KEY, LOG_GROUP

WEB = "SessionManagerPermissions 'web'"
PASS_A_DOCUMENT = "pass the content of a Session document, such as aws.ssm.get_document(…).content"
CORRECT_IT = "correct the Session document"
REPLACED = (
    "the agent replaces {{ … }} with the value of a parameter, so that a policy for this text never matches; write the "
    "value itself in the Session document, or give the other inputs instead of session_preferences"
)
# What is read for the policy, each of which the agent may take from a parameter.
READ = (
    "s3BucketName",
    "s3KeyPrefix",
    "s3EncryptionEnabled",
    "cloudWatchLogGroupName",
    "cloudWatchEncryptionEnabled",
    "kmsKeyId",
)

# Every field that the console writes, with what it writes where nothing was set.
CONSOLE = {
    "s3BucketName": "",
    "s3KeyPrefix": "",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "",
    "cloudWatchEncryptionEnabled": True,
    "cloudWatchStreamingEnabled": False,
    "kmsKeyId": "",
    "runAsEnabled": False,
    "runAsDefaultUser": "",
    "idleSessionTimeout": "20",
    "maxSessionDuration": "",
    "shellProfile": {"windows": "", "linux": ""},
}


def session(inputs: Any = None, **document: Any) -> str:
    """Return the JSON text of a Session document."""
    whole = {"schemaVersion": "1.0", "description": "", "sessionType": "Standard_Stream", **document}
    return json.dumps(whole if inputs is None else {**whole, "inputs": inputs})


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (None, Preferences()),
        ({}, Preferences()),
        (CONSOLE, Preferences()),
        (
            {
                **CONSOLE,
                "s3BucketName": "session-logs",
                "s3KeyPrefix": "/team//web/",
                "cloudWatchLogGroupName": "/ssm/sessions",
                "kmsKeyId": "alias/sessions",
            },
            Preferences(bucket="session-logs", key_prefix="team/web", log_group="/ssm/sessions", key="alias/sessions"),
        ),
        ({"s3BucketName": "session-logs", "s3EncryptionEnabled": "true"}, Preferences(bucket="session-logs")),
        ({"s3BucketName": "session-logs", "s3EncryptionEnabled": "False"}, Preferences(bucket="session-logs")),
        ({"s3BucketName": "session-logs", "s3EncryptionEnabled": ""}, Preferences(bucket="session-logs")),
        ({"s3BucketName": "session-logs", "s3EncryptionEnabled": False}, Preferences(bucket="session-logs")),
        ({"s3EncryptionEnabled": True}, Preferences()),
        ({"cloudWatchEncryptionEnabled": "true", "cloudWatchLogGroupName": "a.b#c"}, Preferences(log_group="a.b#c")),
        ({"kmsKeyId": KEY}, Preferences(key=KEY)),
        ({"kmsKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}, Preferences(key="1234abcd-12ab-34cd-56ef-1234567890ab")),
        ({"kmsKeyId": "mrk-1234abcd"}, Preferences(key="mrk-1234abcd")),
        (
            {"kmsKeyId": "arn:aws-cn:kms:cn-north-1:123456789012:alias/team/x_1"},
            Preferences(key="arn:aws-cn:kms:cn-north-1:123456789012:alias/team/x_1"),
        ),
        ({"s3BucketName": "Old_Bucket.Name", "s3KeyPrefix": "."}, Preferences(bucket="Old_Bucket.Name")),
        ({"aFieldOfTomorrow": {"any": ["thing"]}}, Preferences()),
        ({"runAsDefaultUser": "{{ssm:/team/user}}", "shellProfile": {"linux": "echo {{ x }}"}}, Preferences()),
    ],
    ids=lambda value: str(value)[:60],
)
def test_reads_what_the_document_names(inputs: Any, expected: Preferences) -> None:
    """Bucket, prefix, log group and key are read; empty texts are unset, and other fields are none of its business."""
    preferences = parse(session(inputs))

    assert preferences == expected


@pytest.mark.parametrize("kind", ["Standard_Stream", "InteractiveCommands", "NonInteractiveCommands", "Port"])
def test_reads_every_type_of_session(kind: str) -> None:
    """A document of any session type that AWS has is read the same."""
    preferences = parse(session({"kmsKeyId": KEY}, sessionType=kind, parameters={}, properties={}))

    assert preferences == Preferences(key=KEY)


def test_a_document_of_the_largest_size_is_read() -> None:
    """A document as long as Systems Manager takes is read."""
    content = session({}).ljust(65_536)

    assert parse(content) == Preferences()


BAD_DOCUMENTS = {
    "": f" '': it is not JSON; {PASS_A_DOCUMENT}",
    "SSM-SessionManagerRunShell": f" 'SSM-SessionManagerRunShell': it is not JSON; {PASS_A_DOCUMENT}",
    "schemaVersion: '1.0'": f""" "schemaVersion: '1.0'": it is not JSON; {PASS_A_DOCUMENT}""",
    '{"a": 1': f""" '{{"a": 1': it is not JSON; {PASS_A_DOCUMENT}""",
    "[" * 60_000: f" '{'[' * 120}'… (60000 characters): it is not JSON; {PASS_A_DOCUMENT}",
    "[]": f" '[]': it is JSON, but not an object; {PASS_A_DOCUMENT}",
    "null": f" 'null': it is JSON, but not an object; {PASS_A_DOCUMENT}",
    '"1.0"': f""" '"1.0"': it is JSON, but not an object; {PASS_A_DOCUMENT}""",
    "{}": f" '{{}}': it has no sessionType, so that it is not a Session document; {PASS_A_DOCUMENT}",
    '{"schemaVersion": "2.2"}': (
        f""" '{{"schemaVersion": "2.2"}}': it has no sessionType, so that it is not a Session document; """
        f"{PASS_A_DOCUMENT}"
    ),
    session(sessionType="Standard"): (
        ".sessionType 'Standard': it is not one of Standard_Stream, InteractiveCommands, NonInteractiveCommands, Port; "
        f"{PASS_A_DOCUMENT}"
    ),
    session(sessionType=None): (
        ".sessionType None: it is not one of Standard_Stream, InteractiveCommands, NonInteractiveCommands, Port; "
        f"{PASS_A_DOCUMENT}"
    ),
    session(sessionType=["Port"]): (
        ".sessionType (list): it is not one of Standard_Stream, InteractiveCommands, NonInteractiveCommands, Port; "
        f"{PASS_A_DOCUMENT}"
    ),
    session(schemaVersion="2.2"): f""".schemaVersion '2.2': it has to be "1.0"; {PASS_A_DOCUMENT}""",
    session(schemaVersion=1.0): f""".schemaVersion 1.0: it has to be "1.0"; {PASS_A_DOCUMENT}""",
    '{"sessionType": "Port"}': f""".schemaVersion None: it has to be "1.0"; {PASS_A_DOCUMENT}""",
    session(inputs=None).replace("}", ', "inputs": null}'): f".inputs None: it is not an object; {CORRECT_IT}",
    session([]): f".inputs (list): it is not an object; {CORRECT_IT}",
    session("x"): f".inputs 'x': it is not an object; {CORRECT_IT}",
    session(inputs={"s3BucketName": 7}): f".inputs.s3BucketName 7: it is not a string; {CORRECT_IT}",
    session({"s3BucketName": BUCKET}): (
        f".inputs.s3BucketName '{BUCKET}': it is not the name of a bucket; {CORRECT_IT}"
    ),
    session({"s3BucketName": "logs/*"}): f".inputs.s3BucketName 'logs/*': it is not the name of a bucket; {CORRECT_IT}",
    session({"s3BucketName": "logs\n"}): (
        f".inputs.s3BucketName 'logs\\n': it is not the name of a bucket; {CORRECT_IT}"
    ),
    session({"s3KeyPrefix": ["team"]}): f".inputs.s3KeyPrefix (list): it is not a string; {CORRECT_IT}",
    session({"s3KeyPrefix": "team/*"}): (
        f".inputs.s3KeyPrefix 'team/*': *, ? and ${{ would be a wildcard or a variable in the policy; {CORRECT_IT}"
    ),
    session({"s3KeyPrefix": "\ud800"}): (
        f".inputs.s3KeyPrefix '\\ud800': IAM's policies take printable characters up to U+00FF only; {CORRECT_IT}"
    ),
    session({"s3KeyPrefix": "世界"}): (
        f".inputs.s3KeyPrefix '世界': IAM's policies take printable characters up to U+00FF only; {CORRECT_IT}"
    ),
    session({"s3EncryptionEnabled": "yes"}): f".inputs.s3EncryptionEnabled 'yes': it is not a boolean; {CORRECT_IT}",
    session({"s3EncryptionEnabled": 1}): f".inputs.s3EncryptionEnabled 1: it is not a boolean; {CORRECT_IT}",
    session({"cloudWatchEncryptionEnabled": {}}): (
        f".inputs.cloudWatchEncryptionEnabled (dict): it is not a boolean; {CORRECT_IT}"
    ),
    session({"cloudWatchLogGroupName": LOG_GROUP}): (
        f".inputs.cloudWatchLogGroupName '{LOG_GROUP}': it is not the name of a log group; {CORRECT_IT}"
    ),
    session({"cloudWatchLogGroupName": "*"}): (
        f".inputs.cloudWatchLogGroupName '*': it is not the name of a log group; {CORRECT_IT}"
    ),
    session({"kmsKeyId": True}): f".inputs.kmsKeyId True: it is not a string; {CORRECT_IT}",
    session({"kmsKeyId": "*"}): (
        f".inputs.kmsKeyId '*': it is not a key id, an alias or an ARN of AWS KMS; {CORRECT_IT}"
    ),
    session({"kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/*"}): (
        ".inputs.kmsKeyId 'arn:aws:kms:eu-west-1:123456789012:key/*': it is not a key id, an alias or an ARN of AWS "
        f"KMS; {CORRECT_IT}"
    ),
    session({"kmsKeyId": BUCKET}): (
        f".inputs.kmsKeyId '{BUCKET}': it is not a key id, an alias or an ARN of AWS KMS; {CORRECT_IT}"
    ),
}


@pytest.mark.parametrize(("content", "line"), BAD_DOCUMENTS.items(), ids=[line[:60] for line in BAD_DOCUMENTS.values()])
def test_refuses(content: str, line: str) -> None:
    """A document that cannot be read is refused in one line that names the field, its value and the rule."""
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions("web", {"role": "web", "session_preferences": content})

    assert str(caught.value) == f"{WEB}: session_preferences{line}"


@pytest.mark.parametrize(
    ("content", "shown"), [({"schemaVersion": "1.0"}, "(dict)"), (7, "7"), (True, "True")], ids=["dict", "int", "bool"]
)
def test_refuses_what_is_no_text(content: Any, shown: str) -> None:
    """A parsed document is refused: the input is the text that AWS has."""
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions("web", {"role": "web", "session_preferences": content})

    assert str(caught.value) == f"{WEB}: session_preferences {shown}: it is not a string; {PASS_A_DOCUMENT}"


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("template", ["{{ssm:/team/value}}", "a-{{ value }}/b", "{{\tvalue}}"])
def test_refuses_what_the_agent_replaces(name: str, template: str) -> None:
    """A template in what the policy is made of is refused: the agent uses the value of a parameter in its place."""
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions("web", {"role": "web", "session_preferences": session({name: template})})

    assert str(caught.value) == f"{WEB}: session_preferences.inputs.{name} {template!r}: {REPLACED}"


@pytest.mark.parametrize("content", ["\ud800", session({"s3KeyPrefix": ""}) + "\udfff"], ids=["alone", "at the end"])
def test_refuses_half_of_a_surrogate_pair(content: str) -> None:
    """Text that cannot be written down is refused in one line, before it is read."""
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions("web", {"role": "web", "session_preferences": content})

    assert str(caught.value) == (
        f"{WEB}: session_preferences {content!r}: it contains half of a surrogate pair, which is not a character; "
        f"{PASS_A_DOCUMENT}"
    )


def test_refuses_a_document_that_is_too_long() -> None:
    """A document longer than Systems Manager takes is no Session document, and only its beginning is shown."""
    content = session({}).ljust(65_537)
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions("web", {"role": "web", "session_preferences": content})

    assert str(caught.value) == (
        f"{WEB}: session_preferences {content[:120]!r}… (65537 characters): a Session document has at most 65,536 "
        f"bytes; {PASS_A_DOCUMENT}"
    )


@pytest.mark.parametrize(("name", "value"), [("s3_log_cross_account", True), ("s3_log_kms_key_arn", KEY)])
def test_what_is_for_a_bucket_needs_one_in_the_document(name: str, value: Any) -> None:
    """Where the document names no bucket, what is for one is refused as it is without a document."""
    inputs: Any = {"role": "web", "session_preferences": session(CONSOLE), name: value}
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions("web", inputs)

    assert str(caught.value) == (
        f"{WEB}: {name} {value!r}: it means nothing without a log bucket; give s3_log_bucket_arn as well, or leave it "
        "out"
    )


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("s3_log_bucket_arn", BUCKET, repr(BUCKET)),
        ("s3_log_key_prefix", "team", "'team'"),
        ("cloudwatch_log_group_arns", [LOG_GROUP], "(list)"),
    ],
)
@pytest.mark.parametrize("content", [session({}), session(CONSOLE)], ids=["empty", "console"])
def test_what_it_reads_cannot_be_given_as_well(content: str, name: str, value: Any, shown: str) -> None:
    """Bucket, prefix and log groups come from one place, whatever the document holds; the error names both."""
    inputs: Any = {"role": "web", "session_preferences": content, name: value}
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions("web", inputs)

    assert str(caught.value) == (
        f"{WEB}: {name} {shown}: it is read from session_preferences, which is given as well; give one of the two"
    )
