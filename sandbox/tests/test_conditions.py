"""What each condition operator of IAM makes of the values of a context key."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from sandbox.conditions import NotEvaluatedError, met
from sandbox.evaluation import Policy, Simulated, decide
from sandbox.tests.policies import allow, policy

ROLE, OTHER = "arn:aws:iam::123456789012:role/team/web", "arn:aws:iam::210987654321:role/web"
NOON: Final = "2026-01-01T12:00:00Z"
MET, UNMET = True, False

# Operator, the condition's values, the request's (`None`: it has no such key), and whether the condition is met.
CASES: Final[Sequence[tuple[str, Sequence[str], Sequence[str] | None, bool]]] = [
    ("StringEquals", ["a", "b"], ["b"], MET),
    ("StringEquals", ["a"], ["A"], UNMET),
    ("StringEquals", ["*"], ["a"], UNMET),
    ("StringEquals", ["a"], None, UNMET),
    ("StringEqualsIfExists", ["a"], None, MET),
    ("StringEqualsIfExists", ["a"], ["b"], UNMET),
    ("StringNotEquals", ["a", "b"], ["b"], UNMET),
    ("StringNotEquals", ["a", "b"], ["c"], MET),
    ("StringNotEquals", ["a"], None, MET),
    ("StringNotEqualsIfExists", ["a"], None, MET),
    ("StringEqualsIgnoreCase", ["a"], ["A"], MET),
    ("StringNotEqualsIgnoreCase", ["a"], ["A"], UNMET),
    ("StringLike", ["team-?", "x"], ["team-1"], MET),
    ("StringLike", ["team-?"], ["team-12"], UNMET),
    ("StringLike", ["a.c"], ["abc"], UNMET),
    ("StringNotLike", ["https://*.example.com/*"], ["https://a.example.com/b"], UNMET),
    ("StringNotLike", ["a*"], None, MET),
    ("ArnLike", ["arn:aws:iam::*:role/team/*"], [ROLE], MET),
    ("ArnLike", ["arn:aws:iam::*"], [ROLE], UNMET),
    ("ArnEquals", ["arn:aws:iam::123456789012:role/*"], [ROLE], MET),
    ("ArnNotEquals", ["arn:aws:iam::123456789012:role/*"], [OTHER], MET),
    ("ArnNotLikeIfExists", ["arn:aws:iam::123456789012:role/*"], [ROLE], UNMET),
    ("Bool", ["true"], ["TRUE"], MET),
    ("Bool", ["false"], None, UNMET),
    ("BoolIfExists", ["false"], None, MET),
    ("BoolIfExists", ["false"], ["true"], UNMET),
    ("Null", ["true"], None, MET),
    ("Null", ["false"], None, UNMET),
    ("Null", ["False"], ["x"], MET),
    ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], ["10.1.2.3"], MET),
    ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], ["2001:db8::1"], MET),
    ("IpAddress", ["10.1.2.3"], ["10.1.2.4"], UNMET),
    ("NotIpAddress", ["10.0.0.0/8"], ["11.1.2.3"], MET),
    ("NotIpAddressIfExists", ["10.0.0.0/8"], ["10.1.2.3"], UNMET),
    ("NotIpAddressIfExists", ["10.0.0.0/8"], None, MET),
    ("NumericEquals", ["10"], ["10.0"], MET),
    ("NumericNotEquals", ["10"], ["10"], UNMET),
    ("NumericLessThan", ["10"], ["9"], MET),
    ("NumericLessThanEquals", ["10"], ["10"], MET),
    ("NumericGreaterThan", ["10"], ["9"], UNMET),
    ("NumericGreaterThanEqualsIfExists", ["10"], None, MET),
    ("DateLessThan", [NOON], ["2026-01-01T11:59:59+00:00"], MET),
    ("DateGreaterThan", [NOON], ["1767268801"], MET),
    ("DateEquals", [NOON], ["2026-01-01T13:00:00+01:00"], MET),
    ("DateNotEquals", ["2026-01-01"], [NOON], MET),
    ("BinaryEquals", ["QQ=="], ["QQ=="], MET),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], MET),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], UNMET),
    ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], MET),
    ("ForAllValues:StringNotEquals", ["a"], ["a", "c"], UNMET),
    ("ForAllValues:StringEquals", ["a"], None, MET),
    ("ForAnyValue:StringLike", ["dp:*"], ["x", "dp:y"], MET),
    ("ForAnyValue:StringLike", ["dp:*"], None, UNMET),
    ("ForAnyValue:StringNotLike", ["*@example.com"], ["a@example.com", "a@b"], MET),
    ("ForAnyValue:StringNotLike", ["*@example.com"], None, UNMET),
    ("ForAnyValue:StringEqualsIfExists", ["a"], ["b"], UNMET),
    ("ForAnyValue:ArnLike", ["arn:aws:iam::123456789012:role/*"], [OTHER, ROLE], MET),
]


@pytest.mark.parametrize(("operator", "wanted", "values", "expected"), CASES)
def test_an_operator(operator: str, wanted: Sequence[str], values: Sequence[str] | None, *, expected: bool) -> None:
    """Several wanted values are alternatives, and negated ones all have to differ."""
    assert met(operator, wanted, values, {}) == expected


# A resource with variables, what is known, and whether `arn:aws:s3:::logs/web*` matches it.
VARIABLES: Final[Sequence[tuple[str, dict[str, Any], str, bool]]] = [
    ("${aws:PrincipalTag/team}/*", {"aws:principaltag/TEAM": ["logs"]}, "2012-10-17", MET),
    ("${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": ["l*s"]}, "2012-10-17", UNMET),
    ("${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": ["logs", "web"]}, "2012-10-17", UNMET),
    ("${aws:PrincipalTag/team}/*", {}, "2012-10-17", UNMET),
    ("${aws:PrincipalTag/team, 'logs'}/*", {}, "2012-10-17", MET),
    ("${aws:PrincipalTag/team}/*", {"aws:PrincipalTag/team": ["logs"]}, "2008-10-17", UNMET),
    ("logs/web${*}", {}, "2012-10-17", MET),
    ("logs/we${?}*", {}, "2012-10-17", UNMET),
]


@pytest.mark.parametrize(("pattern", "context", "version", "expected"), VARIABLES)
def test_a_variable(pattern: str, context: dict[str, Any], version: str, *, expected: bool) -> None:
    """Its value stands for itself; without one value nothing matches; documents of the old version have none."""
    document = {**policy(allow(["s3:PutObject"], f"arn:aws:s3:::{pattern}")), "Version": version}
    found = decide(Simulated("", [Policy("own", document)]), "s3:PutObject", "arn:aws:s3:::logs/web*", context)

    assert (found.decision == "allowed") == expected


@pytest.mark.parametrize(
    ("operator", "wanted", "values", "why"),
    [
        ("StringIs", ["a"], ["a"], "what the condition operator StringIs means"),
        ("BoolNot", ["a"], None, "what the condition operator BoolNot means"),
        ("NumericNotLessThan", ["1"], ["1"], "what the condition operator NumericNotLessThan means"),
        ("NullIfExists", ["true"], None, "what the condition operator NullIfExists means"),
        ("ForEachValue:StringEquals", ["a"], ["a"], "what the condition operator ForEachValue:StringEquals means"),
        ("StringEquals", ["a"], ["a", "b"], "what StringEquals makes of several values"),
        (
            "ForAnyValue:StringEqualsIfExists",
            ["a"],
            None,
            "what ForAnyValue:StringEqualsIfExists makes of an absent key",
        ),
        ("StringNotEquals", ["${aws:username}"], ["a"], "what does not match"),
        ("NumericEquals", ["a"], ["1"], "compare with NumericEquals"),
        ("IpAddress", ["10.0.0.0/8"], ["vpc-1"], "compare with IpAddress"),
    ],
)
def test_what_is_not_known_is_an_error(
    operator: str, wanted: Sequence[str], values: Sequence[str] | None, why: str
) -> None:
    """Nothing is guessed."""
    with pytest.raises(NotEvaluatedError, match=f"The sandbox can't .*{why}"):
        met(operator, wanted, values, {})
