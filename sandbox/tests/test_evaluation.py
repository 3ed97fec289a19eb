"""How the sandbox decides on a request: conditions, variables, boundaries, SCPs, and the keys that it was not told."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from sandbox.evaluation import BOUNDARY, NotEvaluatedError, Policy, Simulated, evaluate
from sandbox.tests.policies import ALLOW_ALL, KEY, allow, policy

REGION: Final = {"aws:requestedregion": ["eu-west-1"]}
ACCOUNT: Final = "123456789012"
HERE, NOT_TOLD, MET, UNMET = "eu-west-1", "aws:SourceVpc", True, False


def decide(document: Mapping[str, Any], *, resource: str = "*", **limits: Any) -> dict[str, Any]:
    """Return the result about `ssm:One` of a role with one policy."""
    who = Simulated(ACCOUNT, [Policy("role_web_own", document)], **limits)
    return evaluate(who, "ssm:One", [resource], REGION)


# Each operator with a key that is told, one that is not, and what that makes of it.
CONDITIONS: Final[list[tuple[str, str, Any, bool]]] = [
    ("StringEquals", "aws:RequestedRegion", HERE, MET),
    ("StringEquals", "AWS:requestedregion", ["us-east-1", HERE], MET),
    ("StringEquals", "aws:RequestedRegion", "us-east-1", UNMET),
    ("StringEquals", NOT_TOLD, "vpc-1", UNMET),
    ("StringEqualsIfExists", NOT_TOLD, "vpc-1", MET),
    ("StringEqualsIgnoreCase", "aws:RequestedRegion", "EU-WEST-1", MET),
    ("StringNotEquals", "aws:RequestedRegion", HERE, UNMET),
    ("StringNotEquals", "aws:RequestedRegion", ["us-east-1", HERE], UNMET),
    ("StringNotEquals", NOT_TOLD, "vpc-1", MET),
    ("StringLike", "aws:RequestedRegion", "eu-*", MET),
    ("StringNotLike", "aws:RequestedRegion", "eu-*", UNMET),
    ("ArnLike", NOT_TOLD, "arn:aws:iam::*:role/x", UNMET),
    ("ArnNotLike", NOT_TOLD, "arn:aws:iam::*:role/x", MET),
    ("ArnNotLikeIfExists", NOT_TOLD, "arn:aws:iam::*:role/x", MET),
    ("Bool", NOT_TOLD, "false", UNMET),
    ("BoolIfExists", NOT_TOLD, False, MET),
    ("Null", NOT_TOLD, "true", MET),
    ("Null", NOT_TOLD, False, UNMET),
    ("Null", "aws:RequestedRegion", "false", MET),
    ("ForAllValues:StringEquals", NOT_TOLD, "x", MET),
    ("ForAnyValue:StringEquals", NOT_TOLD, "x", UNMET),
    ("StringEquals", "aws:RequestedRegion", "${aws:RequestedRegion}", MET),
    ("StringEquals", "aws:RequestedRegion", "${aws:username}", UNMET),
]


@pytest.mark.parametrize(("operator", "key", "value", "met"), CONDITIONS)
def test_a_condition(operator: str, key: str, value: Any, *, met: bool) -> None:
    """An allow and a deny with it count if it is met."""
    statement = allow(["*"], Condition={operator: {key: value}})
    allowed = decide(policy(statement))
    denied = decide(policy(allow(["*"]), {**statement, "Effect": "Deny"}))

    assert allowed["EvalDecision"] == ("allowed" if met else "implicitDeny")
    assert denied["EvalDecision"] == ("explicitDeny" if met else "allowed")


def test_missing_keys_are_those_of_all_policies() -> None:
    """Also of statements about other actions, and of variables; not what the request tells."""
    files = allow(["efs:*"], Condition={"StringEquals": {NOT_TOLD: "x", "aws:RequestedRegion": "y"}})
    home = allow(["s3:*"], "arn:aws:s3:::home/${aws:username}/${*}")

    assert decide(policy(allow(["ssm:*"]), files, home)) == {
        "EvalActionName": "ssm:One",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [{"SourcePolicyId": "role_web_own", "SourcePolicyType": "IAM Policy"}],
        "MissingContextValues": [NOT_TOLD, "aws:username"],
    }


DENY: Final = policy({**allow(["ssm:One"]), "Effect": "Deny"}, allow(["*"]))


@pytest.mark.parametrize(
    ("limits", "decision", "matched"),
    [
        ({"boundary": [Policy("limit", policy(allow(["s3:*"])), BOUNDARY)]}, "implicitDeny", []),
        ({"boundary": [Policy("limit", DENY, BOUNDARY)]}, "explicitDeny", [("limit", BOUNDARY)]),
        ({"scps": [Policy("scp", policy(allow(["s3:*"])))]}, "implicitDeny", []),
        ({"scps": [Policy("scp", DENY)]}, "implicitDeny", []),
        ({"resource": KEY.replace(ACCOUNT, "210987654321")}, "implicitDeny", []),
        ({"resource": "arn:aws:s3:::logs"}, "allowed", [("role_web_own", "IAM Policy")]),
    ],
)
def test_what_limits_a_role(limits: Any, decision: str, matched: Any) -> None:
    """A boundary that denies is named; an SCP is not, and denies implicitly; another account is out of reach."""
    result = decide(ALLOW_ALL, **limits)
    named = [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]]

    assert (result["EvalDecision"], named) == (decision, matched)


@pytest.mark.parametrize(
    "statement",
    [
        allow(["*"], Condition={"NumericEquals": {"a:b": "1"}}),
        allow(["*"], Condition={"BoolNot": {"a:b": "1"}}),
        {**allow(["*"]), "Principal": "*"},
        {"Effect": "Allow", "Action": "*"},
    ],
)
def test_what_is_not_known_is_an_error(statement: Mapping[str, Any]) -> None:
    """Nothing is guessed."""
    with pytest.raises(NotEvaluatedError, match="The sandbox can't say"):
        decide(policy(statement))
