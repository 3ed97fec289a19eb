"""Judges inputs: each by its spec, then whether they exclude each other or make a document that is too large."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ._document import Document, build_document
from ._errors import Problem, display_name, format_value
from ._grants import GRANT_SPECS
from ._inputs import Spec, judge_each
from ._pending import UNDECIDED

_OTHER_ACCOUNT_RULE: Final = (
    "it is in another account than the role: the agent sends only the group's name, so its logs go to the group of "
    "that name in the role's own account"
)


class SizeLimit(NamedTuple):
    """How many characters IAM takes, white space not counted, and for what."""

    characters: int
    applies_to: str


# "IAM and AWS STS quotas" (IAM User Guide).
INLINE_POLICIES_LIMIT: Final = SizeLimit(10_240, "all inline policies of a role")
MANAGED_POLICY_LIMIT: Final = SizeLimit(6_144, "a managed policy")


def judge(
    given: Mapping[str, Any], specs: Mapping[str, Spec], limit: SizeLimit
) -> tuple[dict[str, Any], list[Problem]]:
    """Return each input's parsed value or `UNDECIDED`, and every problem: with one input, and between the grants.

    Whether the document is too large is told if all that decides it is there.
    """
    values, problems = judge_each(given, specs)
    if not GRANT_SPECS.keys() <= values.keys():
        return values, problems
    roles = values.get("role") or values.get("roles")
    problems += [*_conflicts(values), *_foreign_log_groups(values["cloudwatch_log_group_arns"], roles)]
    grants = {name: values[name] for name in GRANT_SPECS}
    if UNDECIDED not in grants.values() and values.get("session_preferences") is None:
        problems += size_problems(build_document(**grants), limit)
    return values, problems


def _conflicts(values: Mapping[str, Any]) -> list[Problem]:
    """Return the problems with inputs that need a bucket, or that are read from the session preferences."""
    preferences = values.get("session_preferences")
    # Preferences that are not known yet may name a bucket or be `None`: no conflict yet.
    known_preferences = None if preferences is UNDECIDED else preferences
    has_bucket = values["s3_log_bucket_arn"] is not None or (
        known_preferences.bucket if known_preferences else preferences is UNDECIDED
    )
    problems: list[Problem] = []
    for name, spec in GRANT_SPECS.items():
        value = values[name]
        if not value or value is UNDECIDED:
            continue
        if known_preferences and spec.excluded_by_preferences:
            rule = f"it is read from {display_name('session_preferences')}, which is set as well"
            problems.append(Problem(name, format_value(value), rule, "set only one of the two"))
        elif spec.needs_bucket and not has_bucket:
            inputs = [display_name(name) for name in ("s3_log_bucket_arn", "session_preferences") if name in values]
            remedy = f"name a bucket in {'the Session document' if known_preferences else ' or in '.join(inputs)}"
            rule = "it needs a log bucket"
            problems.append(Problem(name, format_value(value), rule, f"{remedy}, or leave this input out"))
    return problems


def _foreign_log_groups(arns: Any, roles: Any) -> list[Problem]:
    """Return the log groups that are in another account than the role, which only a role's ARN tells."""
    if UNDECIDED in (arns, roles) or not (arns and roles):
        return []
    accounts = {role.account for role in roles if role.account}
    if len(accounts) != 1:
        return []
    remedy = "write the ARN of a log group of that account"
    return [
        Problem(f"cloudwatch_log_group_arns[{position}]", format_value(arn), _OTHER_ACCOUNT_RULE, remedy)
        for position, arn in enumerate(arns)
        if arn.split(":")[4] not in accounts
    ]


def size_problems(document: Document, limit: SizeLimit) -> list[Problem]:
    """Return the problem with a document that is too large: IAM counts all characters but white space.

    A character beyond ASCII is assumed to count as one: AWS documents nothing about it.
    """
    characters = len(json.dumps(document, separators=(",", ":"), ensure_ascii=False).replace(" ", ""))
    if characters <= limit.characters:
        return []
    counted = f"{characters:,} characters without white space"
    rule = f"it has {counted}, and IAM takes {limit.characters:,} for {limit.applies_to}"
    remedy = "use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
    return [Problem("the policy document", "", rule, remedy)]
