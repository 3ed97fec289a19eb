"""Judges inputs: each by its spec, then what is wrong between them, and the size of the document that they make."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from ._document import Grants, build_document, to_json
from ._errors import Problem, Rejected, display_name, format_value
from ._grants import COMPONENT_GRANT_SPECS, GRANT_SPECS
from ._inputs import Spec, unknown_input_problem
from ._pending import is_pending

# In the other languages, a plain value that is secret arrives as an Output.
_PLAIN_ONLY_RULE: Final = (
    "it can be neither an Output nor a secret, because the program needs its value to declare resources"
)
_NEED_A_BUCKET: Final = ("s3_log_key_prefix", "s3_log_kms_key_arn", "s3_log_cross_account")
_READ_FROM_PREFERENCES: Final = ("s3_log_bucket_arn", "s3_log_key_prefix", "cloudwatch_log_group_arns")


class SizeLimit(NamedTuple):
    """How many characters IAM takes, white space not counted, and for what."""

    characters: int
    applies_to: str


# "IAM and AWS STS quotas" (IAM User Guide).
INLINE_POLICIES_LIMIT: Final = SizeLimit(10_240, "all inline policies of a role")
MANAGED_POLICY_LIMIT: Final = SizeLimit(6_144, "a managed policy")


def judge(
    raw: Mapping[str, Any], specs: Mapping[str, Spec], limit: SizeLimit
) -> tuple[dict[str, Any], Grants | None, dict[str, Any] | None, list[Problem]]:
    """Return the parsed value of each input that is known, what they grant, the policy document, and every problem.

    An input is not known if it is an Output or a list with one, if a preview does not know it, or if it is wrong.
    There are grants if all of their inputs are known, and a document unless session preferences add to the grants.
    """
    parsed: dict[str, Any] = {}
    problems = [unknown_input_problem(name, specs) for name in raw if name not in specs]
    for name, spec in specs.items():
        value: object = raw.get(name)
        if name not in raw or (value is None and not (spec.required or spec.refuses_none)):
            if spec.required:
                problems.append(Problem(name, format_value(None), "it is required", spec.required))
            else:
                parsed[name] = None
            continue
        parts = {name: value}
        if isinstance(value, list):
            parts |= {f"{name}[{position}]": element for position, element in enumerate(cast("list[object]", value))}
        pending = [path for path, part in parts.items() if is_pending(part)]
        if spec.plain_only:
            problems += [Problem(path, "", _PLAIN_ONLY_RULE, spec.plain_only) for path in pending]
        try:
            # The plain elements of a list with Outputs may be wrong, too.
            result = None if name in pending else spec.parse(value)
            if not pending:
                parsed[name] = result
        except Rejected as rejected:
            problems += rejected.problems_at(name)
    problems += _conflict_problems(raw, parsed, specs)
    grants = document = None
    if specs.keys() & COMPONENT_GRANT_SPECS.keys() <= parsed.keys():
        grants = Grants(**{name: parsed[name] for name in GRANT_SPECS if parsed[name] is not None})
        if not parsed.get("session_preferences"):
            document, size_problems = build_within(limit, grants)
            problems += size_problems
    return parsed, grants, document, problems


def _conflict_problems(
    raw: Mapping[str, Any], parsed: Mapping[str, Any], specs: Mapping[str, Spec]
) -> Iterator[Problem]:
    """Yield inputs that are read from the session preferences as well, and those that lack their bucket."""
    preferences = parsed.get("session_preferences")
    # What is not known, because it is pending or wrong, may name the bucket.
    may_have_preferences = "session_preferences" in specs and "session_preferences" not in parsed
    may_have_bucket = may_have_preferences or "s3_log_bucket_arn" not in parsed or parsed["s3_log_bucket_arn"]
    for name in GRANT_SPECS:
        if not parsed.get(name):
            continue
        if preferences and name in _READ_FROM_PREFERENCES:
            rule = f"it is read from {display_name('session_preferences')}, which is set as well"
            yield Problem(name, format_value(raw[name]), rule, "set only one of the two")
        elif name in _NEED_A_BUCKET and not (preferences.bucket if preferences else may_have_bucket):
            names = [display_name(name) for name in ("s3_log_bucket_arn", "session_preferences") if name in specs]
            place = "the Session document" if preferences else " or in ".join(names)
            remedy = f"name a bucket in {place}, or leave this input out"
            yield Problem(name, format_value(raw[name]), "it needs a log bucket", remedy)


def build_within(limit: SizeLimit, grants: Grants) -> tuple[dict[str, Any], list[Problem]]:
    """Return the document, and the problem if it is too large: IAM counts all characters but white space.

    A character beyond ASCII is assumed to count as one, although `to_json` escapes it in six: the AWS provider sends
    the character itself, and AWS documents nothing about it.
    """
    document = build_document(grants)
    characters = len(to_json(document, ensure_ascii=False).replace(" ", ""))
    if characters <= limit.characters:
        return document, []
    counted = f"{characters:,} characters without white space"
    rule = f"it has {counted}, and IAM takes {limit.characters:,} for {limit.applies_to}"
    remedy = "use fewer ARNs or a shorter prefix, or spread them over several SessionManagerManagedPolicy"
    return document, [Problem("the policy document", "", rule, remedy)]
