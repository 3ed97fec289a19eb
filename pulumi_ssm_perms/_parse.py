"""What each kind of value must be: `parse_*` returns it as the package uses it, or rejects it."""

import posixpath
import re
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any, Final, NamedTuple, TypeVar, cast

import pulumi

from ._errors import STRINGIFIED_OUTPUT, Problem, Rejected
from ._pending import is_pending

T = TypeVar("T")

BOOLEAN_REMEDY: Final = "write true or false (True or False in Python), without quotes"
TEMPLATE_RULE: Final = (
    "the agent replaces {{ … }} with the value of a parameter, so a policy for this text never matches"
)
_NO_VALUE_RULE: Final = (
    "it has no value: a variable is not set, a StackReference lacks this output, or mocks return no name or arn"
)

_PARTITION: Final = r"aws(?:-[a-z0-9]+)*"
_ACCOUNT: Final = r"[0-9]{12}"
_REGION: Final = r"[a-z0-9-]+"
# "IAM identifiers" (IAM User Guide).
ROLE_ARN: Final = re.compile(
    rf"arn:{_PARTITION}:iam::(?P<account>{_ACCOUNT}):role/(?P<path>(?:[!-.0-~]+/)*)(?P<name>[^/]*(?<!\s))"
)
# "Grammar of the IAM JSON policy language" (IAM User Guide).
_POLICY_CHARACTERS: Final = re.compile("[\u0020-\u007e\u00a0-\u00ff]*")
# "Key ARN" (AWS KMS Developer Guide). The ids in AWS's own examples are not all UUIDs.
KMS_KEY_ARN_PATTERN: Final = rf"arn:{_PARTITION}:kms:{_REGION}:{_ACCOUNT}:key/[A-Za-z0-9-]+"
# "Bucket naming rules" (Amazon S3 User Guide). Old buckets can have names that new buckets cannot have.
BUCKET_NAME_PATTERN: Final = r"[A-Za-z0-9._-]{3,255}"
_BUCKET_ARN: Final = rf"arn:{_PARTITION}:s3:::{BUCKET_NAME_PATTERN}"
# "CreateLogGroup" (Amazon CloudWatch Logs API Reference).
LOG_GROUP_NAME_PATTERN: Final = r"[A-Za-z0-9_/.#-]{1,512}"


def parse_string(value: object, remedy: str, *, attribute: str = "") -> str:
    """Return a string.

    `attribute` is what to pass instead of a resource, such as `role.name`.
    """
    if isinstance(value, str):
        if STRINGIFIED_OUTPUT.search(value):
            rule = "an Output was put into a string, which does not have its value"
            build = "build the string with pulumi.Output.format (interpolate in TypeScript)"
            raise Rejected.because(value, rule, f"pass {attribute or 'the Output'} itself, or {build}")
        return value
    if value is None:
        raise Rejected.because(value, _NO_VALUE_RULE, f"give it a value: {remedy}")
    if isinstance(value, pulumi.Resource):
        raise Rejected.because(value, "it is a resource, not a string", f"pass {attribute}" if attribute else remedy)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise Rejected.because(value, "it is a number, not a string", f"put it in quotes; {remedy}")
    # The name of an enumeration's member or of a path is another text than its value.
    is_named = isinstance(value, (Enum, PurePath))
    if attribute and not is_named and hasattr(value, field := attribute.rpartition(".")[2]):
        raise Rejected.because(value, "it is an object, not a string", f"pass its .{field}")
    raise Rejected.because(value, "it is not a string", remedy)


def pass_on(value: Any) -> Any:
    """Return the value as it is, because the AWS provider judges it, or reject a text that the provider would take."""
    parts: list[object] = [value]
    if isinstance(value, Mapping):
        tags = cast("Mapping[object, object]", value)
        parts += [*tags.keys(), *tags.values()]
    for part in parts:
        if isinstance(part, str):
            parse_string(part, "")
    return cast("Any", value)


def parse_boolean(value: object) -> bool:
    """Return a boolean. Python would take a string such as "false" for true."""
    if isinstance(value, bool):
        return value
    or_read = ", or read it from the configuration with get_bool" if isinstance(value, str) else ""
    raise Rejected.because(value, "it is not a boolean", f"{BOOLEAN_REMEDY}{or_read}")


def list_of(parse: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """Return a parser of lists whose elements `parse` takes; it leaves pending elements out."""

    def parse_list(value: object) -> list[T]:
        if not isinstance(value, list):
            raise Rejected.because(value, "it is not a list", "write a list, even for a single value: [ … ]")
        parsed: list[T] = []
        problems: list[Problem] = []
        for position, element in enumerate(cast("list[object]", value)):
            try:
                if not is_pending(element):
                    parsed.append(parse(element))
            except Rejected as rejected:
                problems += rejected.problems_at(f"[{position}]")
        if problems:
            raise Rejected(*problems)
        return parsed

    return parse_list


class ArnKind(NamedTuple):
    """A kind of ARN: its pattern, what to pass or write instead, and the rule that a lookalike breaks, by its pattern.

    The first lookalike that matches is told.
    """

    pattern: str
    attribute: str
    remedy: str
    lookalikes: Mapping[str, str]

    def parse(self, value: object) -> str:
        """Return an ARN of this kind, without the `:*` that can end the ARN of a log group."""
        arn = parse_string(value, self.remedy, attribute=self.attribute)
        if re.fullmatch(self.pattern, arn):
            return arn.removesuffix(":*")
        remedy = f"pass {self.attribute}, or {self.remedy}"
        if arn != arn.strip():
            raise Rejected.because(arn, "it begins or ends with white space", remedy)
        if has_template(arn):
            raise Rejected.because(arn, TEMPLATE_RULE, remedy)
        for pattern, rule in self.lookalikes.items():
            if re.fullmatch(pattern, arn, re.DOTALL):
                raise Rejected.because(arn, rule, remedy)
        raise Rejected.because(arn, "it is not an ARN", remedy)


KMS_KEY: Final = ArnKind(
    KMS_KEY_ARN_PATTERN,
    "key.arn",
    "write the key's own ARN, arn:PARTITION:kms:REGION:ACCOUNT:key/ID; aws.kms.getKey finds it (get_key in Python), "
    "and `aws kms describe-key --key-id … --query KeyMetadata.Arn --output text` prints it",
    {
        r"(?:key/)?[A-Za-z0-9-]+": "it is a bare key id, which IAM does not take as a resource",
        r"(?:.*:)?alias/.*": "it is an alias: IAM stores it but never matches it, so the role cannot use the key",
        r".*[*?].*": "a wildcard would let the role decrypt with other keys (Security Hub KMS.1 and KMS.2)",
        r"arn:.*": "it is not the ARN of a KMS key",
    },
)
BUCKET: Final = ArnKind(
    _BUCKET_ARN,
    "bucket.arn",
    "write the bucket's ARN, arn:PARTITION:s3:::BUCKET",
    {
        BUCKET_NAME_PATTERN: "it is a name, not an ARN",
        rf"{_BUCKET_ARN}/.*": "it names objects, not the bucket: their prefix is an input of its own",
        r".*[*?].*": "a wildcard would grant other buckets",
        r"arn:.*": "it is not the ARN of an S3 bucket, whose name has 3 to 255 letters, digits and ._-",
    },
)
LOG_GROUP: Final = ArnKind(
    rf"arn:{_PARTITION}:logs:{_REGION}:{_ACCOUNT}:log-group:{LOG_GROUP_NAME_PATTERN}(?::\*)?",
    "log_group.arn",
    "write the log group's ARN, arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME",
    {
        LOG_GROUP_NAME_PATTERN: "it is a name, not an ARN",
        r".*:log-stream:.*": "it is the ARN of a log stream, and the agent creates log streams itself",
        r".*[*?].*": "a wildcard would grant other log groups",
        r"arn:.*": "it is not the ARN of a CloudWatch log group",
    },
)


def has_template(text: str) -> bool:
    """Return whether the agent would replace a part of the text: {{ssm:NAME}} or {{ PARAMETER }}."""
    start = text.find("{{")
    return start >= 0 and text.find("}}", start + 2) >= 0


def parse_key_prefix(value: object) -> str:
    """Return an S3 key prefix as the agent writes it."""
    remedy = "write the S3 key prefix of the preferences, such as team/sessions"
    if value is None:
        rule = "it has no value, which would grant the whole bucket"
        raise Rejected.because(value, rule, f"{remedy}, or leave it out for the whole bucket")
    prefix = parse_string(value, remedy)
    if has_template(prefix):
        raise Rejected.because(value, TEMPLATE_RULE, "write the prefix itself, such as team/sessions")
    if any(wildcard in prefix for wildcard in ("*", "?", "${")):
        raise Rejected.because(
            value, "*, ? and ${ are wildcards or variables in a policy", "write a prefix without them"
        )
    if not _POLICY_CHARACTERS.fullmatch(prefix):
        rule = "IAM's policies take printable characters up to U+00FF only"
        raise Rejected.because(value, rule, "write a prefix of those characters")
    cleaned = clean_prefix(prefix)
    if not cleaned:
        rule = "it cleans to an empty prefix, with which the agent writes to the root of the bucket"
        raise Rejected.because(
            value, rule, "leave it out for the whole bucket, or write a prefix such as team/sessions"
        )
    return cleaned


def clean_prefix(prefix: str) -> str:
    """Return the prefix of the objects that the agent writes: without empty and `.` parts, with `..` resolved.

    The agent joins prefix and file name with Go's `path.Join`. Then the AWS SDK cleans the URL's path as an absolute
    path, so `..` never leaves the bucket's root.
    """
    return posixpath.normpath("/" + prefix.lstrip("/")).removeprefix("/")
