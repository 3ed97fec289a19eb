"""Every kind of wrong input, for plain values, Outputs and secrets alike; `messages.txt` has what its user is told."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tests.bad_roles import BAD_ROLES, Table
from tests.documents import BUCKET, KEY, LOG_GROUP


class Bad(NamedTuple):
    """A wrong input, in the company that it needs to be wrong alone; `mistake` is what is wrong with it."""

    name: str
    value: Any
    mistake: str
    company: Mapping[str, Any] = {}

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of a component, of which just one is wrong."""
        return {**self.company, self.name: self.value}


NEEDS_BUCKET: Final = "without a bucket"

_IAM: Final = "arn:aws:iam::123456789012"
_KMS: Final = "arn:aws:kms:eu-west-1:123456789012"
_LOGS: Final = "arn:aws:logs:eu-west-1:123456789012"
_WITH_BUCKET: Final = {"s3_log_bucket_arn": BUCKET}

POLICY_NAMES: Final[Table] = {"not a name": ["", "a b", "a/b", "a*", "é", "name\n", "a" * 129]}

_POLICY_NAMES: Final[Table] = {
    **POLICY_NAMES,
    "a generated name": ["web-session-manager-0123abc"],
    "not a string": [7, False],
}

_KEYS: Final[Table] = {
    "an alias": ["alias/sessions", f"{_KMS}:alias/sessions"],
    "a bare id": [
        *("1234abcd-12ab-34cd-56ef-1234567890ab", "1234ABCD-12AB-34CD-56EF-1234567890AB"),
        *("mrk-1234abcd12ab34cd56ef1234567890ab", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ],
    "a wildcard": [
        *("*", f"{_KMS}:key/*", f"{_KMS}:*", f"{_KMS}:key/1234abcd-????", "arn:aws:kms:eu-west-1:*:key/1234abcd"),
        *("arn:*:kms:eu-west-1:123456789012:key/1234abcd", "arn:aws:kms:*:123456789012:key/1234abcd"),
    ],
    "a template": ["{{ssm:/team/key}}", "alias/{{ key }}"],
    "another ARN": [
        *("", f"{_KMS}:key/", f"{_KMS}:key/${{aws:username}}", f"{_KMS}:key/1234abcd/more", f"{KEY}\n", f" {KEY}"),
        *("arn:aws:kms::123456789012:key/1234abcd", "arn:aws:kms:eu-west-1::key/1234abcd", BUCKET, f"{_IAM}:role/web"),
    ],
    "not a string": [7, True],
}

_BUCKETS: Final[Table] = {
    "not an ARN": ["", "s3://session-logs"],
    "a name": ["session-logs", "old_Bucket.logs"],
    "objects": [f"{BUCKET}/", f"{BUCKET}/team/web", f"{BUCKET}/team/*"],
    "a wildcard": [
        *("*", "arn:aws:s3:::*", "arn:aws:s3:::session-*", "arn:aws:s3:::session-log?", "arn:aws:s3:::*/team"),
    ],
    "a template": ["arn:aws:s3:::{{ssm:/team/bucket}}"],
    "another ARN": [
        *("arn:aws:s3:::", "arn:aws:s3:::lo", "arn:aws:s3:::session logs", "arn:aws:s3:::${aws:username}"),
        *("arn:aws:s3:eu-west-1:123456789012:accesspoint/logs", KEY, f"{BUCKET}\n"),
    ],
    "not a string": [7],
}

_PREFIXES: Final[Table] = {
    "a template": ["{{ssm:/team/prefix}}", "team/{{ prefix }}/*"],
    "a wildcard": ["team/*", "te?m", "users/${aws:username}"],
    "other characters": ["team\n", "team/\t", "世界"],
    "not a string": [7],
}

_GROUPS: Final[Table] = {
    "not an ARN": ["", "the sessions"],
    "a name": ["/ssm/sessions", "sessions#2"],
    "a wildcard": [
        *("*", f"{_LOGS}:log-group:*", f"{_LOGS}:log-group:/ssm/*", f"{LOG_GROUP}:*:*"),
        *(f"{_LOGS}:log-group:/ssm/session?", "arn:aws:logs:*:123456789012:log-group:sessions"),
    ],
    "a log stream": [f"{LOG_GROUP}:log-stream:web"],
    "a template": [f"{_LOGS}:log-group:{{{{ssm:/team/group}}}}"],
    "another ARN": [
        *(f"{_LOGS}:log-group:", f"{_LOGS}:log-group:a b", f"{_LOGS}:log-group:{'a' * 513}", f"{LOG_GROUP}\n", KEY),
        f"{_LOGS}:destination:sessions",
    ],
    "not a string": [7],
}

_BOOLEANS: Final[Table] = {"not a boolean": ["true", "false", "", 0, 1, 1.0, []]}


def table(name: str, wrong: Table, company: Mapping[str, Any] | None = None) -> Iterator[Bad]:
    """Yield an input's wrong values."""
    for mistake, values in wrong.items():
        yield from (Bad(name, value, mistake, company or {}) for value in values)


def parts(name: str, wrong: Table, within: Callable[[Any], Any], place: str = "") -> Iterator[Bad]:
    """Yield an input's values that are wrong at one place: what `within` makes of a wrong part."""
    for mistake, values in wrong.items():
        yield from (Bad(name, within(part), f"{place}{mistake}") for part in values)


def _elements(name: str, wrong: Table, good: str) -> Iterator[Bad]:
    yield from parts(name, wrong, lambda part: [good, part])
    yield from table(name, {"no value": [[None]], "not a list": [good, 7, {"arn": good}]})


def _all() -> Iterator[Bad]:
    yield from table("role", BAD_ROLES)
    yield from table("policy_name", _POLICY_NAMES)
    yield from _elements("kms_key_arns", _KEYS, KEY)
    yield from table("s3_log_kms_key_arn", _KEYS, _WITH_BUCKET)
    yield from _elements("cloudwatch_log_group_arns", _GROUPS, LOG_GROUP)
    yield from table("s3_log_bucket_arn", _BUCKETS)
    yield from table("s3_log_key_prefix", _PREFIXES, _WITH_BUCKET)
    for name in ("s3_log_encryption_enforced", "allow_update_instance_information", "s3_log_cross_account"):
        yield from table(name, _BOOLEANS, _WITH_BUCKET)
    for name, value in (("s3_log_key_prefix", "team"), ("s3_log_cross_account", True), ("s3_log_kms_key_arn", KEY)):
        yield Bad(name, value, NEEDS_BUCKET)


BAD_INPUTS: Final = tuple(_all())
"""The inputs of `SessionManagerPermissions` but for `session_preferences`, which are in `bad_preferences`."""

BAD_GRANTS: Final = tuple(bad for bad in BAD_INPUTS if bad.name not in {"role", "policy_name"})
"""Those of them that `policy_document` and every component have."""
