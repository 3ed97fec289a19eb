"""Every kind of wrong session preferences, with what is said of them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.answers import session
from tests.bad_inputs import NEEDS_BUCKET, TEMPLATE, Bad, parts, table
from tests.bad_roles import NO_STRING, Table
from tests.documents import BUCKET, KEY, LOG_GROUP

_PASS: Final = "pass the content of a Session document, such as aws.ssm.get_document(…).content"
_CORRECT: Final = "correct the Session document"

_DOCUMENTS: Final[Table] = {
    f"it is not JSON; {_PASS}": [
        *("", "SSM-SessionManagerRunShell", "schemaVersion: '1.0'", '{"a": 1', "[" * 60_000),
    ],
    f"it is JSON, but not an object; {_PASS}": ["[]", "null", '"1.0"'],
    f"it has no sessionType, so that it is not a Session document; {_PASS}": ["{}", '{"schemaVersion": "2.2"}'],
    f"it contains half of a surrogate pair, which is not a character; {_PASS}": ["\ud800", session({}) + "\udfff"],
    f"a Session document has at most 65,536 bytes; {_PASS}": [session({}).ljust(65_537)],
    f"{NO_STRING}; {_PASS}": [{"schemaVersion": "1.0"}, 7, True],
}
_TYPES: Final[Table] = {
    f"it is not one of Standard_Stream, InteractiveCommands, NonInteractiveCommands, Port; {_PASS}": [
        *("Standard", None, ["Port"]),
    ],
}
_VERSIONS: Final[Table] = {f'it has to be "1.0"; {_PASS}': ["2.2", 1.0, None]}
_INPUTS: Final[Table] = {f"it is not an object; {_CORRECT}": [None, [], "x"]}

_REPLACED: Final[Table] = {
    f"{TEMPLATE}; write the value itself in the Session document, or give the other inputs instead of "
    "session_preferences": ["{{ssm:/team/value}}", "a-{{ value }}/b", "{{\tvalue}}"],
}
_NO_STRING: Final[Table] = {f"{NO_STRING}; {_CORRECT}": [7, True, ["team"]]}
_BOOLEANS: Final[Table] = {f"it is not a boolean; {_CORRECT}": ["yes", 1, {}], **_REPLACED}
# What is read of the document, each of which the agent may take from a parameter.
_FIELDS: Final[Mapping[str, Table]] = {
    "s3BucketName": {
        f"it is not the name of a bucket; {_CORRECT}": [BUCKET, "logs/*", "logs\n"],
        **_NO_STRING,
        **_REPLACED,
    },
    "s3KeyPrefix": {
        f"*, ? and ${{ would be a wildcard or a variable in the policy; {_CORRECT}": ["team/*"],
        f"IAM's policies take printable characters up to U+00FF only; {_CORRECT}": ["\ud800", "世界"],
        **_NO_STRING,
        **_REPLACED,
    },
    "s3EncryptionEnabled": _BOOLEANS,
    "cloudWatchLogGroupName": {
        f"it is not the name of a log group; {_CORRECT}": [LOG_GROUP, "*"],
        **_NO_STRING,
        **_REPLACED,
    },
    "cloudWatchEncryptionEnabled": _BOOLEANS,
    "kmsKeyId": {
        f"it is not a key id, an alias or an ARN of AWS KMS; {_CORRECT}": [
            *("*", "arn:aws:kms:eu-west-1:123456789012:key/*", BUCKET),
        ],
        **_NO_STRING,
        **_REPLACED,
    },
}
_TWICE: Final = "it is read from session_preferences, which is given as well; give one of the two"


def _with(field: str) -> Callable[[Any], str]:
    return lambda wrong: session({field: wrong})


def _all() -> Iterator[Bad]:
    name = "session_preferences"
    yield from table(name, _DOCUMENTS)
    yield from parts(name, ".sessionType", _TYPES, lambda wrong: session({}, sessionType=wrong))
    yield from parts(name, ".schemaVersion", _VERSIONS, lambda wrong: session({}, schemaVersion=wrong))
    yield from parts(name, ".inputs", _INPUTS, session)
    for field, said in _FIELDS.items():
        yield from parts(name, f".inputs.{field}", said, _with(field))
    for content in (session({}), session({"s3BucketName": "", "s3EncryptionEnabled": True, "kmsKeyId": KEY})):
        company = {name: content}
        yield from table("s3_log_bucket_arn", {_TWICE: [BUCKET]}, company)
        yield from table("s3_log_key_prefix", {_TWICE: ["team"]}, company)
        yield from table("cloudwatch_log_group_arns", {_TWICE: [[LOG_GROUP]]}, company)
        yield from table("s3_log_cross_account", {NEEDS_BUCKET: [True]}, company)
        yield from table("s3_log_kms_key_arn", {NEEDS_BUCKET: [KEY]}, company)


BAD_PREFERENCES: Final = tuple(_all())
"""The input `session_preferences`, and inputs that it excludes or leaves without a bucket."""
