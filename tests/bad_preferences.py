"""Every kind of wrong session preferences; `messages.txt` has what their user is told."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.answers import session
from tests.bad_inputs import NEEDS_BUCKET, Bad, parts, table
from tests.bad_roles import Table
from tests.documents import BUCKET, KEY, LOG_GROUP

_NAME: Final = "session_preferences"

_DOCUMENTS: Final[Table] = {
    "not JSON": ["", "SSM-SessionManagerRunShell", "schemaVersion: '1.0'", '{"a": 1', "[" * 60_000],
    "not an object": ["[]", "null", '"1.0"'],
    "another document": ["{}", '{"schemaVersion": "2.2"}'],
    "half a character": ["\ud800", session({}) + "\udfff"],
    "too long": [session({}).ljust(65_537)],
    "not a string": [{"schemaVersion": "1.0"}, 7, True],
}
_TYPES: Final[Table] = {"another type": ["Standard", None, ["Port"]]}
_VERSIONS: Final[Table] = {"another version": ["2.2", 1.0, None]}
_INPUTS: Final[Table] = {"not an object": [None, [], "x"]}

_REPLACED: Final[Table] = {"a template": ["{{ssm:/team/value}}", "a-{{ value }}/b", "{{\tvalue}}"]}
_NO_STRING: Final[Table] = {"not a string": [7, True, ["team"]]}
_BOOLEANS: Final[Table] = {"not a boolean": ["yes", 1, {}], **_REPLACED}
# What is read of the document, each of which the agent may take from a parameter.
_FIELDS: Final[Mapping[str, Table]] = {
    "s3BucketName": {"not a name": [BUCKET, "logs/*", "logs\n"], **_NO_STRING, **_REPLACED},
    "s3KeyPrefix": {"a wildcard": ["team/*"], "other characters": ["\ud800", "世界"], **_NO_STRING, **_REPLACED},
    "s3EncryptionEnabled": _BOOLEANS,
    "cloudWatchLogGroupName": {"not a name": [LOG_GROUP, "*"], **_NO_STRING, **_REPLACED},
    "cloudWatchEncryptionEnabled": _BOOLEANS,
    "kmsKeyId": {"not a key": ["*", "arn:aws:kms:eu-west-1:123456789012:key/*", BUCKET], **_NO_STRING, **_REPLACED},
}


def _with(field: str) -> Callable[[Any], str]:
    return lambda wrong: session({field: wrong})


def _all() -> Iterator[Bad]:
    yield from table(_NAME, _DOCUMENTS)
    yield from parts(_NAME, _TYPES, lambda wrong: session({}, sessionType=wrong))
    yield from parts(_NAME, _VERSIONS, lambda wrong: session({}, schemaVersion=wrong))
    yield from parts(_NAME, _INPUTS, session, ".inputs: ")
    for field, wrong in _FIELDS.items():
        yield from parts(_NAME, wrong, _with(field), f".inputs.{field}: ")
    for content in (session({}), session({"s3BucketName": "", "s3EncryptionEnabled": True, "kmsKeyId": KEY})):
        company = {_NAME: content}
        twice = {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "team", "cloudwatch_log_group_arns": [LOG_GROUP]}
        yield from (Bad(name, value, "given twice", company) for name, value in twice.items())
        without_bucket = {"s3_log_cross_account": True, "s3_log_kms_key_arn": KEY}
        yield from (Bad(name, value, NEEDS_BUCKET, company) for name, value in without_bucket.items())


BAD_PREFERENCES: Final = tuple(_all())
"""The input `session_preferences`, and inputs that it excludes or leaves without a bucket."""
