"""Session preferences: what is read from a Session document, and which documents are refused."""

import json
from typing import Any

import pytest

from pulumi_ssm_perms import InvalidInputError, SessionManagerPermissions
from pulumi_ssm_perms._preferences import Preferences, parse
from tests.bad_inputs import NEEDS_BUCKET
from tests.documents import BUCKET, KEY, LOG_GROUP
from tests.permissions import OWNER

PASS_A_DOCUMENT = "pass the content of a Session document, such as aws.ssm.get_document(…).content"
CORRECT_IT = "correct the Session document"
HALF = "it contains half of a surrogate pair, which is not a character"
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


LONG = session({}).ljust(65_537)


def refusal(content: Any, **inputs: Any) -> str:
    """Return what is said of a component with such a document, without the component's name."""
    given: Any = {"role": "web", "session_preferences": content, **inputs}
    with pytest.raises(InvalidInputError) as caught:
        SessionManagerPermissions("web", given)
    assert str(caught.value).startswith(f"{OWNER}: ")
    return str(caught.value).removeprefix(f"{OWNER}: ")


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


NO_SESSION_TYPE = "it has no sessionType, so that it is not a Session document"
TYPES = "it is not one of Standard_Stream, InteractiveCommands, NonInteractiveCommands, Port"
VERSION = 'it has to be "1.0"'
BAD_DOCUMENTS: list[tuple[Any, str, str]] = [
    ("", " ''", "it is not JSON"),
    ("SSM-SessionManagerRunShell", " 'SSM-SessionManagerRunShell'", "it is not JSON"),
    ("schemaVersion: '1.0'", """ "schemaVersion: '1.0'\"""", "it is not JSON"),
    ('{"a": 1', """ '{"a": 1'""", "it is not JSON"),
    ("[" * 60_000, f" '{'[' * 120}'… (60000 characters)", "it is not JSON"),
    ("[]", " '[]'", "it is JSON, but not an object"),
    ("null", " 'null'", "it is JSON, but not an object"),
    ('"1.0"', """ '"1.0"'""", "it is JSON, but not an object"),
    ("{}", " '{}'", NO_SESSION_TYPE),
    ('{"schemaVersion": "2.2"}', """ '{"schemaVersion": "2.2"}'""", NO_SESSION_TYPE),
    (session(sessionType="Standard"), ".sessionType 'Standard'", TYPES),
    (session(sessionType=None), ".sessionType None", TYPES),
    (session(sessionType=["Port"]), ".sessionType (list)", TYPES),
    (session(schemaVersion="2.2"), ".schemaVersion '2.2'", VERSION),
    (session(schemaVersion=1.0), ".schemaVersion 1.0", VERSION),
    ('{"sessionType": "Port"}', ".schemaVersion None", VERSION),
    ("\ud800", " '\\ud800'", HALF),
    (session() + "\udfff", f" {session() + chr(0xDFFF)!r}", HALF),
    (LONG, f" {LONG[:120]!r}… (65537 characters)", "a Session document has at most 65,536 bytes"),
    ({"schemaVersion": "1.0"}, " (dict)", "it is not a string"),
    (7, " 7", "it is not a string"),
    (True, " True", "it is not a string"),
]


@pytest.mark.parametrize(("content", "shown", "rule"), BAD_DOCUMENTS, ids=[f"{bad[1]}"[:60] for bad in BAD_DOCUMENTS])
def test_refuses_what_is_no_session_document(content: Any, shown: str, rule: str) -> None:
    """What is not the text of a Session document is refused in one line, of which a long text is the beginning."""
    assert refusal(content) == f"session_preferences{shown}: {rule}; {PASS_A_DOCUMENT}"


NO_KEY = "it is not a key id, an alias or an ARN of AWS KMS"
BAD_INPUTS: list[tuple[str, Any, str, str]] = [
    ("s3BucketName", 7, "7", "it is not a string"),
    ("s3BucketName", BUCKET, f"'{BUCKET}'", "it is not the name of a bucket"),
    ("s3BucketName", "logs/*", "'logs/*'", "it is not the name of a bucket"),
    ("s3BucketName", "logs\n", "'logs\\n'", "it is not the name of a bucket"),
    ("s3KeyPrefix", ["team"], "(list)", "it is not a string"),
    ("s3KeyPrefix", "team/*", "'team/*'", "*, ? and ${ would be a wildcard or a variable in the policy"),
    ("s3KeyPrefix", "\ud800", "'\\ud800'", "IAM's policies take printable characters up to U+00FF only"),
    ("s3KeyPrefix", "世界", "'世界'", "IAM's policies take printable characters up to U+00FF only"),
    ("s3EncryptionEnabled", "yes", "'yes'", "it is not a boolean"),
    ("s3EncryptionEnabled", 1, "1", "it is not a boolean"),
    ("cloudWatchEncryptionEnabled", {}, "(dict)", "it is not a boolean"),
    ("cloudWatchLogGroupName", LOG_GROUP, f"'{LOG_GROUP}'", "it is not the name of a log group"),
    ("cloudWatchLogGroupName", "*", "'*'", "it is not the name of a log group"),
    ("kmsKeyId", True, "True", "it is not a string"),
    ("kmsKeyId", "*", "'*'", NO_KEY),
    ("kmsKeyId", "arn:aws:kms:eu-west-1:123456789012:key/*", "'arn:aws:kms:eu-west-1:123456789012:key/*'", NO_KEY),
    ("kmsKeyId", BUCKET, f"'{BUCKET}'", NO_KEY),
]


@pytest.mark.parametrize(
    ("name", "value", "shown", "rule"), BAD_INPUTS, ids=[f"{bad[0]} {bad[2]}" for bad in BAD_INPUTS]
)
def test_refuses_a_wrong_field(name: str, value: Any, shown: str, rule: str) -> None:
    """A field that cannot be read is refused in one line that names it, its value and the rule."""
    assert refusal(session({name: value})) == f"session_preferences.inputs.{name} {shown}: {rule}; {CORRECT_IT}"


@pytest.mark.parametrize(("inputs", "shown"), [("null", "None"), ("[]", "(list)"), ('"x"', "'x'")])
def test_refuses_inputs_that_are_no_object(inputs: str, shown: str) -> None:
    """So are inputs that are something else than an object."""
    content = session().replace("}", f', "inputs": {inputs}}}')

    assert refusal(content) == f"session_preferences.inputs {shown}: it is not an object; {CORRECT_IT}"


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("template", ["{{ssm:/team/value}}", "a-{{ value }}/b", "{{\tvalue}}"])
def test_refuses_what_the_agent_replaces(name: str, template: str) -> None:
    """A template in what the policy is made of is refused: the agent uses the value of a parameter in its place."""
    assert refusal(session({name: template})) == f"session_preferences.inputs.{name} {template!r}: {REPLACED}"


@pytest.mark.parametrize(("name", "value"), [("s3_log_cross_account", True), ("s3_log_kms_key_arn", KEY)])
def test_what_is_for_a_bucket_needs_one_in_the_document(name: str, value: Any) -> None:
    """Where the document names no bucket, what is for one is refused as it is without a document."""
    assert refusal(session(CONSOLE), **{name: value}) == f"{name} {value!r}: {NEEDS_BUCKET}"


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
    rule = "it is read from session_preferences, which is given as well; give one of the two"

    assert refusal(content, **{name: value}) == f"{name} {shown}: {rule}"
