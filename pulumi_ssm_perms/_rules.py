"""Rules between the inputs, and between them and the size of the document that they make."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ._aws import INLINE_POLICIES_LIMIT
from ._document import document, size, to_json
from ._errors import Problem, show
from ._grants import GRANTS
from ._inputs import INVALID, Values, is_deferred
from ._preferences import Preferences
from ._roles import GivenRole

_ONLY_WITH_BUCKET: Final = ("s3_log_key_prefix", "s3_log_cross_account", "s3_log_kms_key_arn")
_BUCKET_IS_NAMED_IN: Final = ("s3_log_bucket_arn", "session_preferences")
_READ_FROM_PREFERENCES: Final = ("s3_log_bucket_arn", "s3_log_key_prefix", "cloudwatch_log_group_arns")


def grant_problems(values: Values, limit: int, *, secret: bool = False) -> Iterator[Problem]:
    """Yield what is wrong between the grants; what is deferred is not judged yet.

    `limit` is the size that IAM allows for the document.
    """
    preferences = values.get("session_preferences")
    if _has_no_bucket(values):
        place = " or in ".join(name for name in _BUCKET_IS_NAMED_IN if name in values)
        remedy = f"name a bucket in {place}, or leave it out"
        read = _READ_FROM_PREFERENCES if preferences is not None else ()
        names = [name for name in _ONLY_WITH_BUCKET if name not in read]
        yield from _each(values, names, "it means nothing without a log bucket", remedy, secret=secret)
    if preferences is not None and not is_deferred(preferences):
        rule = "it is read from session_preferences, which is given as well"
        yield from _each(values, _READ_FROM_PREFERENCES, rule, "give one of the two", secret=secret)
    if preferences is None and all(_is_known(values[name]) for name in GRANTS):
        yield from size_problems(to_json(document(values)), limit)


def size_problems(policy_json: str, limit: int) -> Iterator[Problem]:
    """Yield that IAM would refuse the document for its size, if it would."""
    found = size(policy_json)
    if found > limit:
        whom = "all inline policies of a role" if limit == INLINE_POLICIES_LIMIT else "a managed policy"
        rule = f"it has {found:,} characters without white space, and IAM takes {limit:,} for {whom}"
        remedy = "use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
        yield Problem("the policy document", "", rule, remedy)


def role_problems(roles: Sequence[GivenRole]) -> Iterator[Problem]:
    """Yield roles of another account than the first, and repeated ones: IAM ignores the case of a role's name."""
    account = next(filter(None, (role.account for role in roles)), None)
    first: dict[str, int] = {}
    for position, role in enumerate(roles):
        earlier = first.setdefault(role.name.lower(), position)
        if role.account not in (None, account):
            rule = f"it belongs to another account than {account}, and a policy can be attached only in its own account"
            remedy = "declare one component for each account, with a provider of that account"
            yield Problem(f"roles[{position}]", show(role.given), rule, remedy)
        elif earlier != position:
            rule = f"it is the same role as roles[{earlier}]: a name, its ARN and another case of it are one role"
            yield Problem(f"roles[{position}]", show(role.given), rule, "name each role once")


def _is_known(value: object) -> bool:
    return value is not INVALID and not is_deferred(value)


def _has_no_bucket(values: Values) -> bool:
    """Return whether it is known that neither the inputs nor the preferences name a log bucket."""
    preferences = values.get("session_preferences")
    named = preferences.bucket if isinstance(preferences, Preferences) else preferences
    return named is None and values["s3_log_bucket_arn"] is None


def _each(
    values: Mapping[str, Any], names: Sequence[str], rule: str, remedy: str, *, secret: bool
) -> Iterator[Problem]:
    """Yield the problem for each of these inputs that has a value."""
    for name in names:
        value = values[name]
        if value and _is_known(value):
            yield Problem(name, show(value, secret=secret), rule, remedy)
