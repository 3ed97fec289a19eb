"""Wrong values, each with the rule that it breaks: plain values, which may be Outputs or secrets as well."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tests import messages
from tests.components import PERMISSIONS, Kind, plain
from tests.documents import ALL_GRANTS, BUCKET, BUCKET_KEY, KEY, LOG_GROUP, wanted


class Bad(NamedTuple):
    """A wrong input of a component. Its message has `path` and `part`; `beside` makes it wrong by itself."""

    kind: Kind
    # The title of a group in `messages.txt`, and the name in it.
    rule: tuple[str, str]
    path: str
    value: Any
    part: Any
    beside: Mapping[str, Any] = {}

    @property
    def name(self) -> str:
        """The input."""
        return self.path.partition("[")[0].partition(".")[0]

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of a component, of which just one is wrong."""
        return {**self.beside, self.name: self.value}

    def __str__(self) -> str:
        """Return what it is called in the name of a test."""
        return f"{self.kind} {self.path}: {self.rule[1]}"

    def line(self, *, hidden: bool = False) -> str:
        """Return the line about it, as `messages.txt` has it; of a secret neither value nor keys are shown."""
        path, value = (self.path.partition("['")[0], "[secret]") if hidden else (self.path, shown(self.part))
        # The sentence about a bucket's name has an ARN with that of the first case.
        sentence = messages.sentence(*self.rule).replace(":::session-logs", f":::{value.replace(QUOTE, '')}")
        return f"{self.kind.owner}: {path} {value}: {sentence}"


def shown(value: Any) -> str:
    """Return what a line must show of a value: a string's first 120 characters, a number, else the type."""
    if isinstance(value, str) and OUTPUT_TEXT not in value:
        return repr(value) if len(value) <= 120 else f"{value[:120]!r}… ({len(value)} characters)"
    if isinstance(value, str | bytes | list | dict | set) or value in HUGE:
        return f"({type(value).__name__})"
    # The other languages send each number as a float.
    return repr(value).removesuffix(".0")


Table = Mapping[str, Sequence[Any]]
"""Wrong values, by the rule that they break."""

# What an Output becomes in an f-string.
OUTPUT_TEXT: Final = (
    "Calling __str__ on an Output[T] is not supported.\n\nTo get the value of an Output[T] as an Output"
)

HUGE: Final = (10**120, -(10**120), 10**5000)
QUOTE: Final = "'"
NEEDS_BUCKET: Final = "without a bucket"

_KMS: Final = "arn:aws:kms:eu-west-1:123456789012"
_LOGS: Final = "arn:aws:logs:eu-west-1:123456789012"

_NO_STRINGS: Final[Table] = {"a number": [7], "not a string": [True], "an Output in a string": [OUTPUT_TEXT]}

POLICY_NAMES: Final[Table] = {"not a name": ["", "a b", "a/b", "a*", "é", "name\n", "a" * 129], **_NO_STRINGS}


_KEYS: Final[Table] = {
    "an alias": ["alias/sessions", f"{_KMS}:alias/sessions"],
    "a bare id": ["1234abcd-12ab-34cd-56ef-1234567890ab", "MRK-1234abcd", "key/1234abcd-12ab"],
    "a wildcard": [
        *("*", f"{_KMS}:key/*", f"{_KMS}:*", f"{_KMS}:key/1234abcd-????", "arn:aws:kms:eu-west-1:*:key/1234abcd"),
        *("arn:*:kms:eu-west-1:123456789012:key/1234abcd", "arn:aws:kms:*:123456789012:key/1234abcd"),
    ],
    "a template": ["{{ssm:/team/key}}", "alias/{{ key }}"],
    "white space": [f" {KEY}", f"{KEY}\n"],
    "not an ARN": [""],
    "another ARN": [
        *(f"{_KMS}:key/", f"{_KMS}:key/${{aws:username}}", f"{_KMS}:key/1234abcd/more", BUCKET),
        *("arn:aws:kms::123456789012:key/1234abcd", "arn:aws:kms:eu-west-1::key/1234abcd"),
    ],
    **_NO_STRINGS,
}

_BUCKETS: Final[Table] = {
    "white space": [f"{BUCKET}\n"],
    "not an ARN": ["", "s3://session-logs"],
    "a name": ["session-logs", "old_Bucket.logs", "a" * 121],
    "objects": [f"{BUCKET}/", f"{BUCKET}/team/web", f"{BUCKET}/team/*"],
    "a wildcard": ["*", "arn:aws:s3:::*", "arn:aws:s3:::session-log?", "arn:aws:s3:::*/team"],
    "a template": ["arn:aws:s3:::{{ssm:/team/bucket}}"],
    "another ARN": [
        *("arn:aws:s3:::", "arn:aws:s3:::lo", "arn:aws:s3:::a b", "arn:aws:s3:::${a}", KEY),
        "arn:aws:s3:eu-west-1:123456789012:accesspoint/logs",
    ],
    **_NO_STRINGS,
}

_PREFIXES: Final[Table] = {
    "a template": ["{{ssm:/team/prefix}}", "team/{{ prefix }}/*"],
    "a wildcard": ["team/*", "te?m", "users/${aws:username}"],
    "other characters": ["team\n", "team/\t", "世界"],
    "too long": ["é" * 513],
    "nothing that stays": ["", "/", "//", ".", "./", "..", "team/..", "../../team/../.."],
    **_NO_STRINGS,
}

_GROUPS: Final[Table] = {
    "white space": [f"{LOG_GROUP}\n"],
    "not an ARN": ["", "the sessions"],
    "a name": ["/ssm/sessions", "sessions#2"],
    "a wildcard": [
        *("*", f"{_LOGS}:log-group:*", f"{LOG_GROUP}:*:*", f"{_LOGS}:log-group:/ssm/session?"),
        "arn:aws:logs:*:123456789012:log-group:sessions",
    ],
    "a log stream": [f"{LOG_GROUP}:log-stream:web"],
    "a template": [f"{_LOGS}:log-group:{{{{ssm:/team/group}}}}"],
    "another ARN": [*(f"{_LOGS}:log-group:", f"{_LOGS}:log-group:a b", f"{_LOGS}:log-group:{'a' * 513}", KEY)],
    **_NO_STRINGS,
}

_BOOLEANS: Final[Table] = {"not a boolean": ["true", "false", "", 0, 1, 1.0, [], OUTPUT_TEXT]}

# By the value of an input in `ALL_GRANTS`, or of its first element.
_LIKE: Final[Mapping[object, tuple[str, Table]]] = {
    **dict.fromkeys((KEY, BUCKET_KEY), ("a KMS key", _KEYS)),
    LOG_GROUP: ("a log group", _GROUPS),
    BUCKET: ("a bucket", _BUCKETS),
    ALL_GRANTS["s3_log_key_prefix"]: ("a prefix", _PREFIXES),
    True: ("any input", _BOOLEANS),
}


def rows(
    title: str,
    path: str,
    wrong: Table,
    within: Callable[[Any], Any] = plain,
    *,
    kind: Kind = PERMISSIONS,
    **beside: Any,
) -> Iterator[Bad]:
    """Yield an input's values that are wrong at one path: what `within` makes of a wrong part."""
    for rule, parts in wrong.items():
        yield from (Bad(kind, (title, rule), path, within(part), part, beside) for part in parts)


def _elements(title: str, name: str, wrong: Table, good: str) -> Iterator[Bad]:
    yield from rows(title, f"{name}[1]", wrong, lambda part: [good, part])
    yield from rows("any input", f"{name}[0]", {"no value": [None]}, lambda part: [part])
    yield from rows("any input", name, {"not a list": [good, 7, {"arn": good}]})


def _grants() -> Iterator[Bad]:
    for name, value in ALL_GRANTS.items():
        good = value[0] if isinstance(value, list) else value
        if good not in _LIKE:
            continue
        title, wrong = _LIKE[good]
        if isinstance(value, list):
            yield from _elements(title, name, wrong, good)
        else:
            yield from rows(title, name, wrong, s3_log_bucket_arn=BUCKET)
        if wanted({name: value}) == wanted({}):
            yield from rows("another input", name, {NEEDS_BUCKET: [value]})


def _all() -> Iterator[Bad]:
    yield from rows("a policy's name", "policy_name", POLICY_NAMES)
    yield from _grants()


BAD_INPUTS: Final = tuple(_all())
"""The inputs of `SessionManagerPermissions` but for `role` and `session_preferences`, which have files of their own."""
