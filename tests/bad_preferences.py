"""Wrong session preferences, each with the rule that they break."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from tests.answers import session
from tests.bad_inputs import NEEDS_BUCKET, OUTPUT_TEXT, Bad, Table, rows
from tests.documents import BUCKET, KEY, LOG_GROUP

_NAME: Final = "session_preferences"

_DOCUMENTS: Final[Table] = {
    "not JSON": ["", "SSM-SessionManagerRunShell", "schemaVersion: '1.0'", '{"a": 1', "[" * 60_000, "1" * 5000],
    "not an object": ["[]", "null", '"1.0"'],
    "another document": ["{}", '{"schemaVersion": "2.2"}'],
    "half a character": ["\ud800", session({}) + "\udfff"],
    "too long": [session({}).ljust(65_537)],
    "a number": [7],
    "not a string": [{"schemaVersion": "1.0"}, True],
    "an Output in a string": [OUTPUT_TEXT],
}
_TYPES: Final[Table] = {"another type": ["Standard", None, ["Port"]]}
_VERSIONS: Final[Table] = {"another version": ["2.2", 1.0, None]}
_INPUTS: Final[Table] = {"inputs that are no object": [None, [], "x"]}

_REPLACED: Final[Table] = {"a template in it": ["{{ssm:/team/value}}", "a-{{ value }}/b", "{{\tvalue}}"]}
_NO_STRING: Final[Table] = {"no string in it": [7, True, ["team"]]}
# What is read of the document, each of which the agent may take from a parameter.
_FIELDS: Final[Mapping[str, Table]] = {
    "s3BucketName": {"no bucket's name": [BUCKET, "logs/*", "logs\n"], **_NO_STRING, **_REPLACED},
    "s3KeyPrefix": {"a wildcard": ["team/*"], "other characters": ["\ud800", "世界"], **_NO_STRING, **_REPLACED},
    "cloudWatchLogGroupName": {"no log group's name": [LOG_GROUP, "*"], **_NO_STRING, **_REPLACED},
    "kmsKeyId": {"no key": ["*", "arn:aws:kms:eu-west-1:123456789012:key/*", BUCKET], **_NO_STRING, **_REPLACED},
}
_TWICE: Final = {"s3_log_bucket_arn": BUCKET, "s3_log_key_prefix": "team", "cloudwatch_log_group_arns": [LOG_GROUP]}
_BESIDE: Final[Mapping[str, Mapping[str, Any]]] = {
    "read from the preferences": _TWICE,
    NEEDS_BUCKET: {"s3_log_cross_account": True, "s3_log_kms_key_arn": KEY},
}


def _with(field: str, value: Any) -> str:
    return session({field: value})


def _all() -> Iterator[Bad]:
    title = "session preferences"
    yield from rows(title, _NAME, _DOCUMENTS)
    yield from rows(title, f"{_NAME}.sessionType", _TYPES, lambda wrong: session({}, sessionType=wrong))
    yield from rows(title, f"{_NAME}.schemaVersion", _VERSIONS, lambda wrong: session({}, schemaVersion=wrong))
    yield from rows(title, f"{_NAME}.inputs", _INPUTS, session)
    for field, wrong in _FIELDS.items():
        yield from rows(title, f"{_NAME}.inputs.{field}", wrong, partial(_with, field))
    for content in (session({}), session({"s3BucketName": "", "s3EncryptionEnabled": True, "kmsKeyId": KEY})):
        for rule, inputs in _BESIDE.items():
            for name, value in inputs.items():
                yield from rows("another input", name, {rule: [value]}, session_preferences=content)


BAD_PREFERENCES: Final = tuple(_all())
"""The input `session_preferences`, and inputs that it excludes or leaves without a bucket."""
