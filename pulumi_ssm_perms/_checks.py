"""What one input may hold: a value in, the checked value out, or `Refused` with the rule and the way out.

No rule and no way out repeats the value: it may be a secret, and only the caller knows.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, cast

import pulumi

from ._agent import TEMPLATE_RULE, has_template, written_prefix
from ._errors import Refused

# "IAM and AWS STS quotas" and "IAM identifiers" (IAM User Guide).
_NAME_CHARACTERS: Final = r"[A-Za-z0-9_+=,.@-]"
_ROLE_NAME: Final = re.compile(rf"{_NAME_CHARACTERS}{{1,64}}")
_POLICY_NAME: Final = re.compile(rf"{_NAME_CHARACTERS}{{1,128}}")
# What the AWS provider makes of a component's name where policy_name is left out.
_GENERATED_NAME: Final = re.compile(r".*-session-manager-[0-9a-f]{7}")
_PARTITION: Final = r"aws(?:-[a-z0-9]+)*"
_ACCOUNT: Final = r"[0-9]{12}"
_REGION: Final = r"[a-z0-9-]+"
_ROLE_ARN: Final = re.compile(rf"arn:{_PARTITION}:iam::{_ACCOUNT}:role/(?P<path>(?:[!-.0-~]+/)*)(?P<name>[^/]*)")

# "Key ARN" (AWS KMS Developer Guide); AWS's own examples are not UUIDs, so the id is not held to be one.
KMS_KEY_ARN: Final = re.compile(rf"arn:{_PARTITION}:kms:{_REGION}:{_ACCOUNT}:key/[A-Za-z0-9-]+")
# Old buckets have names that a new one may not have: "Bucket naming rules" (Amazon S3 User Guide).
_BUCKET_ARN: Final = re.compile(rf"arn:{_PARTITION}:s3:::[A-Za-z0-9._-]{{3,255}}")
# "CreateLogGroup" (Amazon CloudWatch Logs API Reference).
_LOG_GROUP_ARN: Final = re.compile(
    rf"(?P<arn>arn:{_PARTITION}:logs:{_REGION}:{_ACCOUNT}:log-group:[A-Za-z0-9_/.#-]{{1,512}})(?::\*)?"
)
# "Grammar of the IAM JSON policy language" (IAM User Guide) takes no others.
_POLICY_CHARACTERS: Final = re.compile("[\u0020-\u007e\u00a0-\u00ff]*")

# "CreatePolicy", "CreateRole" and "Tag" (IAM API Reference).
DESCRIPTION_LIMIT: Final = 1000
PATH_LIMIT: Final = 512
TAGS_LIMIT: Final = 50
TAG_KEY_LIMIT: Final = 128
TAG_VALUE_LIMIT: Final = 256
_DESCRIPTION: Final = re.compile("[\t\n\r\u0020-\u007e\u00a1-\u00ff]*")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9.,+@=_-]+)*/")

_NAME_RULE: Final = "letters A-Z and a-z, digits and _+=,.@- only"
ROLE_WAY_OUT: Final = "write the name or the ARN of an existing role"
_KEY_WAY_OUT: Final = (
    "write the key's own ARN, arn:PARTITION:kms:REGION:ACCOUNT:key/ID, which aws.kms.getKey finds (get_key in Python), "
    "and `aws kms describe-key --key-id … --query KeyMetadata.Arn --output text` prints"
)
_BUCKET_WAY_OUT: Final = "write the bucket's ARN, arn:PARTITION:s3:::BUCKET"
_LOG_GROUP_WAY_OUT: Final = "write the log group's ARN, arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME"
_PATH_WAY_OUT: Final = "write a path such as /session-manager/"
_TAGS_WAY_OUT: Final = 'write tags such as {"team": "platform"}'
_MOCKS: Final = (
    "give it a value; in a unit test, let the mocks return it (role.name and key.arn resolve to None with mocks that "
    "return just the inputs)"
)


def text(value: object, attribute: str, way_out: str) -> str:
    """Return the value if it is text; `attribute` is what to pass where it is a resource."""
    if isinstance(value, str):
        return value
    if isinstance(value, pulumi.Resource):
        raise Refused("it is a resource, not a text", f"pass {attribute}")
    if value is None:
        raise Refused("it has no value", _MOCKS)
    raise Refused("it is not a text", way_out)


def boolean(value: object) -> bool:
    """Return the value if it is a boolean: a text such as "false" would count as true."""
    if isinstance(value, bool):
        return value
    raise Refused("it is not a boolean", "write true or false, without quotes")


def sequence(value: object) -> Sequence[object]:
    """Return the value if it is a list (or another ordered sequence, but not a text)."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return cast("Sequence[object]", value)
    raise Refused("it is not a list", "write a list, also for a single one: [ … ]")


def role_name(value: object) -> str:
    """Return the name of the role that a name or an ARN stands for."""
    given = text(value, "role.name", ROLE_WAY_OUT)
    folder, name = _split_role_arn(given) if given.startswith("arn:") else ("", given)
    if not name:
        raise Refused("it names no role", ROLE_WAY_OUT)
    if not _ROLE_NAME.fullmatch(name):
        raise Refused(f"a role's name has 1 to 64 characters: {_NAME_RULE}", ROLE_WAY_OUT)
    if folder.startswith("aws-service-role/") or name.lower().startswith("awsservicerolefor"):
        raise Refused("it is a service-linked role, which only its AWS service can change", ROLE_WAY_OUT)
    if folder.startswith("aws-reserved/") or name.lower().startswith("awsreservedsso_"):
        raise Refused("it is a role of IAM Identity Center, which nobody else can change", ROLE_WAY_OUT)
    return name


def role_account(value: str) -> str | None:
    """Return the account in a role's ARN; a name has none."""
    return value.split(":")[4] if value.startswith("arn:") else None


def _split_role_arn(arn: str) -> tuple[str, str]:
    if match := _ROLE_ARN.fullmatch(arn):
        return match["path"], match["name"]
    _, _, service, *_, resource = arn.split(":", 5) if arn.count(":") >= 5 else ("", "", "", "")  # noqa: PLR2004
    if service == "sts" and resource.startswith("assumed-role/"):
        raise Refused(
            "it is the ARN of a session that assumed the role, not of the role",
            "write the role's name: the part between assumed-role/ and the next /",
        )
    if service == "iam" and resource.startswith("instance-profile/"):
        raise Refused(
            "it is the ARN of an instance profile, which holds a role and is not one",
            "write the name of its role, which `aws iam get-instance-profile` prints",
        )
    if service == "iam" and resource.startswith("user/"):
        raise Refused("it is the ARN of a user, not of a role", ROLE_WAY_OUT)
    raise Refused("it is not the ARN of a role, arn:PARTITION:iam::ACCOUNT:role/NAME", ROLE_WAY_OUT)


def policy_name(value: object) -> str:
    """Return the value if IAM takes it as the name of a policy."""
    name = text(value, "policy.name", "write a name, or leave it out to get one")
    if not _POLICY_NAME.fullmatch(name):
        raise Refused(
            f"a policy's name has 1 to 128 characters: {_NAME_RULE}", "choose such a name, or leave it out to get one"
        )
    return name


def inline_policy_name(value: object) -> str:
    """Return the value if IAM takes it as the name of a policy, and no component here generates it."""
    name = policy_name(value)
    if _GENERATED_NAME.fullmatch(name):
        raise Refused(
            "it looks like a name that a component generated: Pulumi would delete the policy as the generated one",
            "choose another name, or leave it out to keep the generated one",
        )
    return name


def description(value: object) -> str:
    """Return the value if IAM takes it as the description of a policy."""
    given = text(value, "the description as text", "write a text of at most 1,000 characters")
    if len(given) > DESCRIPTION_LIMIT:
        raise Refused(f"it has {len(given):,} characters, and IAM takes 1,000", "shorten it")
    if not _DESCRIPTION.fullmatch(given):
        raise Refused("IAM takes printable characters up to U+00FF, tabs and line breaks only", "leave the others out")
    return given


def path(value: object) -> str:
    """Return the value if IAM takes it as the path of a policy."""
    given = text(value, "the path as text", _PATH_WAY_OUT)
    if not _PATH.fullmatch(given) or len(given) > PATH_LIMIT:
        rule = "a path begins and ends with /, with letters A-Z and a-z, digits and _+=,.@- between, 512 in all"
        raise Refused(rule, _PATH_WAY_OUT)
    return given


def tags(value: object) -> Mapping[str, str]:
    """Return the value if IAM takes it as the tags of a policy."""
    if not isinstance(value, Mapping):
        raise Refused("it is not a mapping of keys to values", _TAGS_WAY_OUT)
    given = cast("Mapping[object, object]", value)
    if len(given) > TAGS_LIMIT:
        raise Refused(f"there are {len(given)} tags, and IAM takes {TAGS_LIMIT}", "leave some out")
    for key, element in given.items():
        _check_tag(key, element)
    return cast("Mapping[str, str]", given)


def _check_tag(key: object, value: object) -> None:
    if not isinstance(key, str) or not 1 <= len(key) <= TAG_KEY_LIMIT or not _is_tag_text(key):
        rule = f"a tag's key has 1 to {TAG_KEY_LIMIT} letters, digits, spaces and _.:/=+-@"
        raise Refused(rule, "choose another key", part=key)
    if key.lower().startswith("aws:"):
        raise Refused("tag keys that begin with aws: are AWS's own", "choose another key", part=key)
    if not isinstance(value, str) or len(value) > TAG_VALUE_LIMIT or not _is_tag_text(value):
        rule = f"a tag's value is a text of at most {TAG_VALUE_LIMIT} letters, digits, spaces and _.:/=+-@"
        raise Refused(rule, "choose another value", key=key, part=value)


def _is_tag_text(given: str) -> bool:
    # The classes of IAM's pattern: letters, separators, numbers.
    return all(character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN" for character in given)


def kms_key_arn(value: object) -> str:
    """Return the value if it is a KMS key's own ARN, in any partition."""
    given = text(value, "key.arn", _KEY_WAY_OUT)
    if not KMS_KEY_ARN.fullmatch(given):
        raise Refused(_kms_rule(given), _KEY_WAY_OUT)
    return given


def _kms_rule(given: str) -> str:
    if has_template(given):
        return TEMPLATE_RULE
    if given.startswith("alias/") or ":alias/" in given:
        return "it is an alias, which IAM stores and never matches, so that sessions fail to retrieve their data key"
    if "*" in given or "?" in given:
        return "a wildcard would let the role decrypt with other keys, too (Security Hub KMS.1 and KMS.2)"
    if re.fullmatch(r"[A-Za-z0-9-]+|key/[A-Za-z0-9-]+", given):
        return "it is a bare key id, which IAM does not take as a resource"
    return "it is not the ARN of a KMS key"


def bucket_arn(value: object) -> str:
    """Return the value if it is the ARN of one S3 bucket, in any partition."""
    given = text(value, "bucket.arn", _BUCKET_WAY_OUT)
    if not _BUCKET_ARN.fullmatch(given):
        raise Refused(_bucket_rule(given), _BUCKET_WAY_OUT)
    return given


def _bucket_rule(given: str) -> str:
    if has_template(given):
        return TEMPLATE_RULE
    bucket, *objects = given.split("/", 1)
    if objects and _BUCKET_ARN.fullmatch(bucket):
        return "it names objects, not the bucket (their prefix goes to s3_log_key_prefix)"
    if "*" in given or "?" in given:
        return "a wildcard would grant other buckets, too"
    if not given.startswith("arn:"):
        return "it is not an ARN"
    return "it is not the ARN of an S3 bucket"


def key_prefix(value: object) -> str:
    """Return the prefix as the agent writes it."""
    given = text(value, "the prefix as text", "write the prefix of the preferences' S3 logs, such as team/sessions")
    if has_template(given):
        raise Refused(TEMPLATE_RULE, "write the prefix that results, such as team/sessions")
    if any(wildcard in given for wildcard in ("*", "?", "${")):
        raise Refused(
            "*, ? and ${ would be a wildcard or a variable in the policy", "write one prefix, letter by letter"
        )
    if not _POLICY_CHARACTERS.fullmatch(given):
        raise Refused(
            "IAM's policies take printable characters up to U+00FF only", "write a prefix of those characters"
        )
    return written_prefix(given)


def log_group_arn(value: object) -> str:
    """Return the ARN of one CloudWatch log group, without the `:*` at its end."""
    given = text(value, "log_group.arn", _LOG_GROUP_WAY_OUT)
    if match := _LOG_GROUP_ARN.fullmatch(given):
        return match["arn"]
    raise Refused(_log_group_rule(given), _LOG_GROUP_WAY_OUT)


def _log_group_rule(given: str) -> str:
    if has_template(given):
        return TEMPLATE_RULE
    if ":log-stream:" in given:
        return "it is the ARN of a log stream, and the agent makes its own"
    if "*" in given or "?" in given:
        return "a wildcard would grant other log groups, too"
    if not given.startswith("arn:"):
        return "it is not an ARN"
    return "it is not the ARN of a CloudWatch log group"
