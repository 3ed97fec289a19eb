"""Every kind of wrong input, with the whole line that it is refused with: for plain values and for Outputs alike."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tests.bad_roles import BAD_ROLES, NAME_RULE, NO_STRING, Table
from tests.documents import BUCKET, KEY, LOG_GROUP


class Bad(NamedTuple):
    """A wrong input, in the company that it needs to be wrong alone, and what is said of it after the owner's name.

    It is wrong at a `place` within it, or at a `key` of its own, which is as secret as the value.
    """

    name: str
    value: Any
    shown: str
    why: str
    place: str = ""
    key: str = ""
    company: Mapping[str, Any] = {}

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs of a component, of which just one is wrong."""
        return {**self.company, self.name: self.value}

    @property
    def line(self) -> str:
        """What is said of it."""
        return f"{self.name}{self.place}{self.key} {self.shown}: {self.why}"

    @property
    def secret_line(self) -> str:
        """What is said of it where it is a secret."""
        return f"{self.name}{self.place} [secret]: {self.why}"


_IAM: Final = "arn:aws:iam::123456789012"
_KMS: Final = "arn:aws:kms:eu-west-1:123456789012"
_LOGS: Final = "arn:aws:logs:eu-west-1:123456789012"
_WITH_BUCKET: Final = {"s3_log_bucket_arn": BUCKET}

POLICY_NAME: Final = (
    f"a policy's name has 1 to 128 characters: {NAME_RULE}; choose such a name, or leave it out to get one"
)
_KEY: Final = (
    "write the key's own ARN, arn:PARTITION:kms:REGION:ACCOUNT:key/ID, which aws.kms.getKey finds (get_key in Python), "
    "and `aws kms describe-key --key-id … --query KeyMetadata.Arn --output text` prints"
)
_BUCKET: Final = "write the bucket's ARN, arn:PARTITION:s3:::BUCKET"
_GROUP: Final = "write the log group's ARN, arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME"
TEMPLATE: Final = (
    "the agent replaces {{ … }} with the value of a parameter, so that a policy for this text never matches"
)
NO_LIST: Final = "it is not a list; write a list, even for a single value: [ … ]"
NO_BOOLEAN: Final = "it is not a boolean; write true or false, without quotes"
NO_VALUE: Final = (
    "it has no value; give it a value; in a unit test, let the mocks return it (role.name and key.arn resolve to None "
    "with mocks that return just the inputs)"
)
NEEDS_BUCKET: Final = (
    "it means nothing without a log bucket; name a bucket in s3_log_bucket_arn or in session_preferences, or leave it "
    "out"
)

_POLICY_NAMES: Final[Table] = {
    POLICY_NAME: ["", "a b", "a/b", "a*", "é", "name\n", "a" * 129],
    "it looks like a name that a component generated: Pulumi would delete the policy as the generated one; choose "
    "another name, or leave it out to keep the generated one": ["web-session-manager-0123abc"],
    f"{NO_STRING}; write a name, or leave it out to get one": [7, False],
}

_KEYS: Final[Table] = {
    f"it is an alias, which IAM stores and never matches, so that sessions fail to retrieve their data key; {_KEY}": [
        "alias/sessions",
        f"{_KMS}:alias/sessions",
    ],
    f"it is a bare key id, which IAM does not take as a resource; pass key.arn, or {_KEY}": [
        *("1234abcd-12ab-34cd-56ef-1234567890ab", "1234ABCD-12AB-34CD-56EF-1234567890AB"),
        *("mrk-1234abcd12ab34cd56ef1234567890ab", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ],
    f"a wildcard would let the role decrypt with other keys, too (Security Hub KMS.1 and KMS.2); {_KEY}": [
        *("*", f"{_KMS}:key/*", f"{_KMS}:*", f"{_KMS}:key/1234abcd-????", "arn:aws:kms:eu-west-1:*:key/1234abcd"),
        *("arn:*:kms:eu-west-1:123456789012:key/1234abcd", "arn:aws:kms:*:123456789012:key/1234abcd"),
    ],
    f"{TEMPLATE}; {_KEY}": ["{{ssm:/team/key}}", "alias/{{ key }}"],
    f"it is not the ARN of a KMS key; {_KEY}": [
        *("", f"{_KMS}:key/", f"{_KMS}:key/${{aws:username}}", f"{_KMS}:key/1234abcd/more", f"{KEY}\n", f" {KEY}"),
        *("arn:aws:kms::123456789012:key/1234abcd", "arn:aws:kms:eu-west-1::key/1234abcd", BUCKET, f"{_IAM}:role/web"),
    ],
    f"{NO_STRING}; {_KEY}": [7, True],
}

_BUCKETS: Final[Table] = {
    f"it is not an ARN; {_BUCKET}": ["", "s3://session-logs"],
    f"it is a name or an id, not an ARN; pass bucket.arn, or {_BUCKET}": ["session-logs", "old_Bucket.logs"],
    f"it names objects, not the bucket (their prefix goes to s3_log_key_prefix); {_BUCKET}": [
        *(f"{BUCKET}/", f"{BUCKET}/team/web", f"{BUCKET}/team/*"),
    ],
    f"a wildcard would grant other buckets, too; {_BUCKET}": [
        *("*", "arn:aws:s3:::*", "arn:aws:s3:::session-*", "arn:aws:s3:::session-log?", "arn:aws:s3:::*/team"),
    ],
    f"{TEMPLATE}; {_BUCKET}": ["arn:aws:s3:::{{ssm:/team/bucket}}"],
    f"it is not the ARN of an S3 bucket; {_BUCKET}": [
        *("arn:aws:s3:::", "arn:aws:s3:::lo", "arn:aws:s3:::session logs", "arn:aws:s3:::${aws:username}"),
        *("arn:aws:s3:eu-west-1:123456789012:accesspoint/logs", KEY, f"{BUCKET}\n"),
    ],
    f"{NO_STRING}; {_BUCKET}": [7],
}

_PREFIXES: Final[Table] = {
    f"{TEMPLATE}; write the prefix that results, such as team/sessions": [
        *("{{ssm:/team/prefix}}", "team/{{ prefix }}/*"),
    ],
    "*, ? and ${ would be a wildcard or a variable in the policy; write the prefix itself": [
        *("team/*", "te?m", "users/${aws:username}"),
    ],
    "IAM's policies take printable characters up to U+00FF only; write a prefix of those characters": [
        *("team\n", "team/\t", "世界"),
    ],
    f"{NO_STRING}; write the prefix of the preferences' S3 logs, such as team/sessions": [7],
}

_GROUPS: Final[Table] = {
    f"it is not an ARN; {_GROUP}": ["", "the sessions"],
    f"it is a name or an id, not an ARN; pass log_group.arn, or {_GROUP}": ["/ssm/sessions", "sessions#2"],
    f"a wildcard would grant other log groups, too; {_GROUP}": [
        *("*", f"{_LOGS}:log-group:*", f"{_LOGS}:log-group:/ssm/*", f"{LOG_GROUP}:*:*"),
        *(f"{_LOGS}:log-group:/ssm/session?", "arn:aws:logs:*:123456789012:log-group:sessions"),
    ],
    f"it is the ARN of a log stream, and the agent creates log streams itself; {_GROUP}": [
        f"{LOG_GROUP}:log-stream:web"
    ],
    f"{TEMPLATE}; {_GROUP}": [f"{_LOGS}:log-group:{{{{ssm:/team/group}}}}"],
    f"it is not the ARN of a CloudWatch log group; {_GROUP}": [
        *(f"{_LOGS}:log-group:", f"{_LOGS}:log-group:a b", f"{_LOGS}:log-group:{'a' * 513}", f"{LOG_GROUP}\n", KEY),
        f"{_LOGS}:destination:sessions",
    ],
    f"{NO_STRING}; {_GROUP}": [7],
}

_BOOLEANS: Final[Table] = {NO_BOOLEAN: ["true", "false", "", 0, 1, 1.0, []]}


def shown(value: object) -> str:
    """Return a value as an error shows it."""
    if isinstance(value, str) and len(value) > 120:
        return f"{value[:120]!r}… ({len(value)} characters)"
    return repr(value) if value is None or isinstance(value, (str, int, float)) else f"({type(value).__name__})"


def table(name: str, said: Table, company: Mapping[str, Any] | None = None) -> Iterator[Bad]:
    """Yield an input's wrong values."""
    for why, values in said.items():
        yield from (Bad(name, value, shown(value), why, company=company or {}) for value in values)


def parts(name: str, place: str, said: Table, within: Callable[[Any], Any], key: str = "") -> Iterator[Bad]:
    """Yield an input's values that are wrong at one place: what `within` makes of a wrong part."""
    for why, values in said.items():
        yield from (Bad(name, within(part), shown(part), why, place, key) for part in values)


def _elements(name: str, said: Table, good: str) -> Iterator[Bad]:
    yield from parts(name, "[1]", said, lambda wrong: [good, wrong])
    yield from parts(name, "[0]", {NO_VALUE: [None]}, lambda wrong: [wrong])
    yield from table(name, {NO_LIST: [good, 7, {"arn": good}]})


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
        yield from table(name, {NEEDS_BUCKET: [value]})


BAD_INPUTS: Final = tuple(_all())
"""The inputs of `SessionManagerPermissions` but for `session_preferences`, which are in `bad_preferences`."""

BAD_GRANTS: Final = tuple(bad for bad in BAD_INPUTS if bad.name not in {"role", "policy_name"})
"""Those of them that `policy_document` and every component have."""
