"""Conditions, wildcards and variables of IAM's policies, against what is known of a request.

After "IAM JSON policy elements: Condition operators", "Single-valued vs. multivalued context keys" and "IAM policy
elements: Variables and tags" (IAM User Guide). Nothing is guessed: what is not known here is a `NotEvaluatedError`.
"""

import functools
import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

Context = Mapping[str, Sequence[str]]
"""What is known of a request: values by context key."""

_VARIABLE: Final = re.compile(r"\$\{(?P<key>[^},]+)(?:,\s*'(?P<default>[^']*)')?\}")
_CHARACTERS: Final = ("*", "?", "$")
# In a pattern, the characters of a variable's value stand for themselves.
_LITERAL: Final = str.maketrans("*?", "\ue000\ue001")
_PLAIN: Final = str.maketrans("\ue000\ue001", "*?")
_WILD: Final = {"*": ".*", "?": ".", "\ue000": r"\*", "\ue001": r"\?"}


class NotEvaluatedError(Exception):
    """What a policy says is not known here."""


def met(name: str, wanted: Sequence[str], values: Sequence[str] | None, variables: Context | None) -> bool:
    """Return whether the values of a context key, `None` if it is absent, meet a condition.

    Args:
        name: The operator, such as `ForAnyValue:StringLikeIfExists`.
        wanted: The condition's values.
        values: The request's values.
        variables: What variables are replaced with, by keys in lower case; `None`: they are text.

    Raises:
        NotEvaluatedError: It is not known what the operator or a value means.
    """
    if name == "Null":
        return str(values is None).lower() in [each.lower() for each in wanted]
    of_set, _, single = name.rpartition(":")
    plain = single.removesuffix("IfExists")
    positive = _NEGATED.get(plain, plain)
    negated, test = positive != plain, _TESTS.get(positive)
    if test is None or of_set not in ("", "ForAllValues", "ForAnyValue"):
        raise NotEvaluatedError(f"The sandbox can't say what the condition operator {name} means.")
    if values is None and of_set == "ForAnyValue" and plain != single:  # AWS's two texts contradict each other
        raise NotEvaluatedError(f"The sandbox can't say what {name} makes of an absent key.")
    if values is None:
        return of_set == "ForAllValues" or plain != single or (negated and not of_set)
    if len(values) != 1 and not of_set:
        raise NotEvaluatedError(f"The sandbox can't say what {name} makes of several values.")
    patterns = filled(wanted, variables, negated=negated) if positive.startswith(("String", "Arn")) else wanted
    try:
        each_value = [any(test(pattern, value) for pattern in patterns) != negated for value in values]
    except ValueError as error:
        raise NotEvaluatedError(f"The sandbox can't compare with {name}: {error}.") from error
    return any(each_value) if of_set == "ForAnyValue" else all(each_value)


def keys(text: str) -> Iterator[str]:
    """Yield the context keys of a text's variables."""
    return (found["key"] for found in _VARIABLE.finditer(text) if found["key"] not in _CHARACTERS)


def filled(patterns: Sequence[str], variables: Context | None, *, negated: bool) -> Sequence[str]:
    """Return the patterns with their variables replaced, without those that have a variable without a value.

    Raises:
        NotEvaluatedError: There is one, and what does not match it is asked for.
    """

    def value(found: re.Match[str]) -> str:
        if found["key"] in _CHARACTERS:
            return found["key"].translate(_LITERAL)
        default = [] if found["default"] is None else [found["default"]]
        [told] = (variables or {}).get(found["key"].lower(), default)
        return told.translate(_LITERAL)

    if variables is None:
        return patterns
    result = list[str]()
    for pattern in patterns:
        try:
            result.append(_VARIABLE.sub(value, pattern))
        except ValueError as error:  # not one value
            if negated:
                raise NotEvaluatedError(f"The sandbox can't say what does not match {pattern}.") from error
    return result


def like(pattern: str, value: str) -> bool:
    """Return whether a text matches a pattern with wildcards."""
    return re.fullmatch("".join(_WILD.get(each) or re.escape(each) for each in pattern), value, re.DOTALL) is not None


def _arn_like(pattern: str, value: str) -> bool:
    parts, values = pattern.split(":", 5), value.split(":", 5)
    return len(parts) == len(values) and all(map(like, parts, values))


def _same(wanted: str, value: str) -> bool:
    return wanted.translate(_PLAIN) == value


def _same_in_any_case(wanted: str, value: str) -> bool:
    return _same(wanted.lower(), value.lower())


def _in_network(wanted: str, value: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


def _date(text: str) -> datetime:
    if text.isdecimal():
        return datetime.fromtimestamp(int(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _compared(read: Callable[[str], Any], compare: Callable[[Any, Any], bool], wanted: str, value: str) -> bool:
    return compare(read(value), read(wanted))


_ORDER: Final = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_in_any_case,
    "StringLike": like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "BinaryEquals": operator.eq,
    "Bool": _same_in_any_case,
    "IpAddress": _in_network,
    **{f"Numeric{name}": functools.partial(_compared, float, compare) for name, compare in _ORDER.items()},
    **{f"Date{name}": functools.partial(_compared, _date, compare) for name, compare in _ORDER.items()},
}
_NEGATED: Final = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
