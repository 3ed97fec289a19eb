"""Session preferences: from a Session document's JSON text to what it names. Nothing here asks AWS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from . import _aws, _validators
from ._errors import InvalidValue
from ._validators import TEMPLATE_RULE, has_template

_REMEDY: Final = "pass the JSON of a Session document, such as aws.ssm.getDocument(…).content (get_document in Python)"
_INPUTS_REMEDY: Final = "correct the Session document"
_TEMPLATE_REMEDY: Final = (
    "write the value itself in the Session document, or set the other inputs instead of «session_preferences»"
)


@dataclass(frozen=True)
class Preferences:
    """What a Session document names; `None` and an empty prefix mean not set."""

    bucket: str | None = None
    key_prefix: str = ""
    log_group: str | None = None
    key: str | None = None


def parse(value: object) -> Preferences:
    """Return what the JSON text of a Session document names.

    Enforced encryption changes nothing here: the agent asks for the encryption of a bucket in the preferences in any
    case, and asks for none without a bucket.
    """
    inputs = _inputs_of(_session_document(_validators.text(value, _REMEDY, attribute="document.content")))
    prefix = _text(inputs, "s3KeyPrefix")
    try:
        # With a prefix such as `/`, the agent writes to the root of the bucket.
        key_prefix = _validators.key_prefix(prefix) if _validators.cleaned_prefix(prefix) else ""
    except InvalidValue as invalid:
        raise _wrong("s3KeyPrefix", prefix, invalid.rule) from None
    return Preferences(
        bucket=_matching(inputs, "s3BucketName", _aws.BUCKET_NAME, "it is not the name of a bucket"),
        key_prefix=key_prefix,
        log_group=_matching(inputs, "cloudWatchLogGroupName", _aws.LOG_GROUP_NAME, "it is not the name of a log group"),
        key=_matching(inputs, "kmsKeyId", _aws.KMS_KEY_REFERENCE, "it is not a key id, an alias or an ARN of AWS KMS"),
    )


def _session_document(text: str) -> Mapping[str, Any]:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise InvalidValue("it contains half of a surrogate pair, which is not a character", _REMEDY) from None
    if size > _aws.SESSION_DOCUMENT_BYTES:
        raise InvalidValue(f"a Session document has at most {_aws.SESSION_DOCUMENT_BYTES:,} bytes", _REMEDY)
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidValue("it is not JSON", _REMEDY) from None
    if not isinstance(document, dict):
        raise InvalidValue("it is JSON, but not an object", _REMEDY)
    session = cast("Mapping[str, Any]", document)
    _check_kind(session)
    return session


def _check_kind(document: Mapping[str, Any]) -> None:
    version, session_type = document.get("schemaVersion"), document.get("sessionType")
    if "sessionType" not in document:
        raise InvalidValue("it has no sessionType, so it is not a Session document", _REMEDY)
    if session_type not in _aws.SESSION_TYPES:
        rule = f"it is not one of {', '.join(_aws.SESSION_TYPES)}"
        raise InvalidValue(rule, _REMEDY, path=".sessionType", part=session_type)
    if version != _aws.SESSION_SCHEMA_VERSION:
        raise InvalidValue(f'it must be "{_aws.SESSION_SCHEMA_VERSION}"', _REMEDY, path=".schemaVersion", part=version)


def _inputs_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs: object = document.get("inputs", {})
    if not isinstance(inputs, dict):
        raise InvalidValue("it is not an object", _INPUTS_REMEDY, path=".inputs", part=inputs)
    return cast("Mapping[str, Any]", inputs)


def _wrong(name: str, value: object, rule: str) -> InvalidValue:
    return InvalidValue(rule, _INPUTS_REMEDY, path=f".inputs.{name}", part=value)


def _text(inputs: Mapping[str, Any], name: str) -> str:
    value = inputs.get(name, "")
    if not isinstance(value, str):
        raise _wrong(name, value, "it is not a string")
    if has_template(value):
        raise InvalidValue(TEMPLATE_RULE, _TEMPLATE_REMEDY, path=f".inputs.{name}", part=value)
    return value


def _matching(inputs: Mapping[str, Any], name: str, pattern: re.Pattern[str], rule: str) -> str | None:
    value = _text(inputs, name)
    if value and not pattern.fullmatch(value):
        raise _wrong(name, value, rule)
    return value or None
