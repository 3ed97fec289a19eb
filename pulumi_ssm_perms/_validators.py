"""What one input may hold: a value in, the valid value out, or `InvalidValue` with the rule and the remedy.

Rules and remedies never repeat the value: it may be secret, and only the caller knows that. `VALUE` stands for it.
"""

import posixpath
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeVar, cast

import pulumi

from . import _aws
from ._errors import VALUE, InvalidElements, InvalidValue, Problem, has_output_text, merge_problems
from ._outputs import is_output

T = TypeVar("T")
Validate = Callable[[Any], T]
"""The rule of an input: takes what the user wrote, and returns the valid value or raises `InvalidValue`."""
EnforcementLevel = Literal["advisory", "mandatory", "disabled"]

NAME_RULE: Final = "letters A-Z and a-z, digits and _+=,.@- only"
_KEY_REMEDY: Final = (
    "write the key's own ARN, arn:PARTITION:kms:REGION:ACCOUNT:key/ID; aws.kms.getKey finds it (get_key in Python), "
    "and `aws kms describe-key --key-id … --query KeyMetadata.Arn --output text` prints it"
)
_BUCKET_REMEDY: Final = "write the bucket's ARN, arn:PARTITION:s3:::BUCKET"
_NO_BUCKET: Final = "it is not the ARN of an S3 bucket, whose name has 3 to 255 letters, digits and ._-"
_LOG_GROUP_REMEDY: Final = "write the log group's ARN, arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME"
_NO_ARN: Final = "it is a name or an id, not an ARN"
_PATH_REMEDY: Final = "write a path such as /session-manager/"
_TAGS_REMEDY: Final = 'write tags such as {"team": "platform"}'
_EMPTY: Final = (
    "give it a value; if it is an Output, a StackReference may lack it, or a unit test's mocks may not return it (such "
    "as role.name and key.arn)"
)
WHITE_SPACE: Final = "it begins or ends with white space"
TEMPLATE_RULE: Final = (
    "the agent replaces {{ … }} with the value of a parameter, so a policy for this text never matches"
)
_LEVELS: Final[tuple[EnforcementLevel, ...]] = ("advisory", "mandatory", "disabled")
LEVEL_REMEDY: Final = 'write "advisory" to be warned, "mandatory" to end the run, or "disabled" to ask nothing'
AGENT_NAMES_THE_GROUP: Final = (
    "the agent sends only the group's name, so its logs go to the group of that name in the role's own account"
)


def text(value: object, remedy: str, *, attribute: str | None = None, noun: str = "the value", **where: Any) -> str:
    """Return the value if it is a string.

    `attribute` is what to pass instead of a resource, such as `role.name`; without one, `noun` says what the string is.
    """
    if isinstance(value, str) and not has_output_text(value):
        return value
    raise InvalidValue(*_no_text(value, remedy, attribute, noun), **where)


def _no_text(value: object, remedy: str, attribute: str | None, noun: str) -> tuple[str, str]:
    if isinstance(value, str):
        itself = f"pass {attribute or 'the Output'} itself"
        remedy = f"{itself}, or build the string with pulumi.Output.format (interpolate in TypeScript)"
        return "an Output was put into a string, which does not have its value", remedy
    if isinstance(value, pulumi.Resource):
        return "it is a resource, not a string", f"pass {attribute or f'{noun} as a string'}"
    if value is None:
        return "it has no value", _EMPTY
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "it is a number, not a string", f"put it in quotes; {remedy}"
    if attribute and hasattr(value, field := attribute.rpartition(".")[2]):
        return "it is the result of a function, not a string", f"pass its .{field}"
    return "it is not a string", remedy


def boolean(value: object) -> bool:
    """Return the value if it is a boolean: a string such as "false" would count as true."""
    if isinstance(value, bool):
        return value
    raise InvalidValue("it is not a boolean", "write true or false (True or False in Python), without quotes")


def enforcement_level(value: object) -> EnforcementLevel:
    """Return the value if it is one of Pulumi's enforcement levels; without one, it is disabled."""
    if value is None:
        return "disabled"
    for level in _LEVELS:
        if value == level:
            return level
    raise InvalidValue("it is not an enforcement level", LEVEL_REMEDY)


def optional(validate: Validate[T]) -> Validate[T | None]:
    """Return the rule of an input that may be missing: it is `None` then."""
    return lambda value: None if value is None else validate(value)


def list_of(validate: Validate[T], *, merge: bool = False) -> Validate[list[T]]:
    """Return the rule of a list whose elements have this rule; elements that resolve later are left out.

    With `merge`, elements that break the same rule are named in one line.
    """

    def validate_list(value: object) -> list[T]:
        if not isinstance(value, list):
            raise InvalidValue("it is not a list", "write a list, even for a single value: [ … ]")
        valid: list[T] = []
        problems: list[Problem] = []
        for position, element in enumerate(cast("list[object]", value)):
            try:
                if not is_output(element):
                    valid.append(validate(element))
            except InvalidValue as invalid:
                problems.extend(invalid.problems(f"[{position}]", element))
        if problems:
            raise InvalidElements(merge_problems("", problems) if merge else problems)
        return valid

    return validate_list


def policy_name(value: object) -> str:
    """Return the value if IAM accepts it as the name of a policy."""
    name = text(value, "write a name, or leave it out to get one", attribute="policy.name")
    if not _aws.POLICY_NAME.fullmatch(name):
        rule = f"a policy's name has 1 to 128 characters: {NAME_RULE}"
        raise InvalidValue(rule, "choose such a name, or leave it out to get one")
    return name


def description(value: object) -> str | None:
    """Return the value if IAM accepts it as the description of a policy; `None` if it is empty."""
    words = text(value, "write a string of at most 1,000 characters", noun="the description")
    if len(words) > _aws.DESCRIPTION_LIMIT:
        raise InvalidValue(f"it has {len(words):,} characters, and IAM takes at most 1,000", "shorten it")
    if not _aws.DESCRIPTION.fullmatch(words):
        rule = "IAM takes printable characters up to U+00FF, tabs and line breaks only"
        raise InvalidValue(rule, "leave the others out")
    return words or None


def policy_path(value: object) -> str | None:
    """Return the value if IAM accepts it as the path of a policy; `None` for `/`, which is the default."""
    iam_path = text(value, _PATH_REMEDY, noun="the path")
    if not _aws.PATH.fullmatch(iam_path) or len(iam_path) > _aws.PATH_LIMIT:
        rule = "a path begins and ends with / and has at most 512 characters: letters A-Z and a-z, digits and _+=,.@-/"
        raise InvalidValue(rule, _PATH_REMEDY)
    return None if iam_path == "/" else iam_path


def tags(value: object) -> Mapping[str, str]:
    """Return the value if IAM accepts it as the tags of a policy; tags that resolve later are left out."""
    if not isinstance(value, dict):
        raise InvalidValue("it is not a mapping of keys to values", _TAGS_REMEDY)
    pairs = cast("dict[object, object]", value)
    if len(pairs) > _aws.TAGS_LIMIT:
        raise InvalidValue(f"there are {len(pairs)} tags, and IAM takes at most {_aws.TAGS_LIMIT}", "leave some out")
    valid: dict[str, str] = {}
    problems: list[Problem] = []
    for key, tag in pairs.items():
        try:
            valid_key = _tag_key(key)
            if not is_output(tag):
                valid[valid_key] = _tag_value(valid_key, tag)
        except InvalidValue as invalid:
            problems.extend(invalid.problems("", pairs))
    if problems:
        raise InvalidElements(problems)
    return valid


def _tag_key(value: object) -> str:
    key = text(value, "choose another key", noun="the key", part=value)
    if not 1 <= len(key) <= _aws.TAG_KEY_LIMIT or not _is_tag_text(key):
        rule = f"a tag's key has 1 to {_aws.TAG_KEY_LIMIT} letters, digits, spaces and _.:/=+-@"
        raise InvalidValue(rule, "choose another key", part=key)
    if key.lower().startswith(_aws.TAG_RESERVED_PREFIX):
        raise InvalidValue("tag keys that begin with aws: are AWS's own", "choose another key", part=key)
    return key


def _tag_value(key: str, value: object) -> str:
    tag = text(value, "choose another value", key=key, part=value)
    if len(tag) > _aws.TAG_VALUE_LIMIT or not _is_tag_text(tag):
        rule = f"a tag's value is a string of at most {_aws.TAG_VALUE_LIMIT} letters, digits, spaces and _.:/=+-@"
        raise InvalidValue(rule, "choose another value", key=key, part=tag)
    return tag


def _is_tag_text(text: str) -> bool:
    return all(
        character in _aws.TAG_PUNCTUATION or unicodedata.category(character)[0] in _aws.TAG_CATEGORIES
        for character in text
    )


def kms_key_arn(value: object) -> str:
    """Return the value if it is a KMS key's own ARN, in any partition."""
    arn = text(value, _KEY_REMEDY, attribute="key.arn")
    if _aws.KMS_KEY_ID.fullmatch(arn):
        rule = "it is a bare key id, which IAM does not take as a resource"
        raise InvalidValue(rule, f"pass key.arn, or {_KEY_REMEDY}")
    if not _aws.KMS_KEY_ARN.fullmatch(arn):
        special = (_aws.KMS_ALIAS, "it is an alias: IAM stores it but never matches it, so the role cannot use the key")
        wildcard = "a wildcard would let the role decrypt with other keys (Security Hub KMS.1 and KMS.2)"
        raise InvalidValue(_arn_rule(arn, special, wildcard, "it is not the ARN of a KMS key"), _KEY_REMEDY)
    return arn


def bucket_arn(value: object) -> str:
    """Return the value if it is the ARN of one S3 bucket, in any partition."""
    arn = text(value, _BUCKET_REMEDY, attribute="bucket.arn")
    if _aws.BUCKET_NAME.fullmatch(arn):
        raise InvalidValue(_NO_ARN, f"pass bucket.arn, or write arn:aws:s3:::{VALUE} (with your partition, if not aws)")
    if not _aws.BUCKET_ARN.fullmatch(arn):
        special = (_aws.S3_OBJECTS, "it names objects, not the bucket (their prefix goes to «s3_log_key_prefix»)")
        rule = _arn_rule(arn, special, "a wildcard would grant other buckets", _NO_BUCKET)
        raise InvalidValue(rule, _BUCKET_REMEDY)
    return arn


def log_group_arn(value: object) -> str:
    """Return the ARN of one CloudWatch log group, without the `:*` at its end."""
    arn = text(value, _LOG_GROUP_REMEDY, attribute="log_group.arn")
    if _aws.LOG_GROUP_NAME.fullmatch(arn):
        raise InvalidValue(_NO_ARN, f"pass log_group.arn, or {_LOG_GROUP_REMEDY}")
    if match := _aws.LOG_GROUP_ARN.fullmatch(arn):
        return match["arn"]
    special = (_aws.LOG_STREAM, "it is the ARN of a log stream, and the agent creates log streams itself")
    otherwise = "it is not the ARN of a CloudWatch log group"
    raise InvalidValue(_arn_rule(arn, special, "a wildcard would grant other log groups", otherwise), _LOG_GROUP_REMEDY)


def _arn_rule(arn: str, special: tuple[re.Pattern[str], str], wildcard: str, otherwise: str) -> str:
    pattern, rule = special
    if arn != arn.strip():
        return WHITE_SPACE
    if has_template(arn):
        return TEMPLATE_RULE
    if pattern.fullmatch(arn):
        return rule
    if "*" in arn or "?" in arn:
        return wildcard
    return otherwise if arn.startswith("arn:") else "it is not an ARN"


def key_prefix(value: object) -> str:
    """Return the prefix as the agent writes it. `None`, to which an Output resolved, is no prefix either."""
    given = "" if value is None else value
    written = text(given, "write the S3 key prefix of the preferences, such as team/sessions", noun="the prefix")
    if has_template(written):
        raise InvalidValue(TEMPLATE_RULE, "write the prefix itself, such as team/sessions")
    if any(wildcard in written for wildcard in ("*", "?", "${")):
        raise InvalidValue("*, ? and ${ are wildcards or variables in a policy", "write a prefix without them")
    if not _aws.POLICY_CHARACTERS.fullmatch(written):
        rule = "IAM's policies take printable characters up to U+00FF only"
        raise InvalidValue(rule, "write a prefix of those characters")
    prefix = cleaned_prefix(written)
    if len(prefix.encode()) > _aws.S3_KEY_BYTES:
        raise InvalidValue(f"an S3 key has at most {_aws.S3_KEY_BYTES:,} bytes", "write a shorter prefix")
    if not prefix:
        rule = "it names no folder: the agent writes to the root of the bucket"
        raise InvalidValue(rule, "leave it out for the whole bucket, or write a prefix such as team/sessions")
    return prefix


def has_template(text: str) -> bool:
    """Return whether the agent would replace a part of the text: {{ssm:NAME}} or {{ PARAMETER }}."""
    start = text.find("{{")
    return start >= 0 and text.find("}}", start + 2) >= 0


def cleaned_prefix(prefix: str) -> str:
    """Return the prefix of the objects that the agent writes: without empty, `.`, `..` and outer `/` parts.

    The agent joins prefix and file name with Go's `path.Join`. Then the AWS SDK cleans the URL's path as an absolute
    path, so `..` never leaves the bucket's root.
    """
    return posixpath.normpath("/" + prefix.lstrip("/")).removeprefix("/")
