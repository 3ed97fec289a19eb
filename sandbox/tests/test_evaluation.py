"""How the sandbox decides on a request: statements, conditions, variables. Limits: `test_simulator.py`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from sandbox.evaluation import NotEvaluatedError, Policy, Simulated, decide
from sandbox.tests.policies import HEARTBEAT, KEY, OTHER_ACCOUNT, allow, policy

ACCOUNT: Final = "123456789012"
REGION: Final = {"aws:RequestedRegion": ["eu-west-1"]}
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/team/web"
MET, UNMET = True, False


def decision(statement: Mapping[str, Any], context: Mapping[str, Sequence[str]] = REGION, resource: str = "*") -> str:
    """Return what a role with one statement may do, which is not in a list."""
    document = {"Version": "2012-10-17", "Statement": statement}
    action = HEARTBEAT if resource == "*" else "kms:Decrypt"
    return decide(Simulated(ACCOUNT, [Policy("own", document)]), action, resource, context).decision


STATEMENTS: Final[Mapping[str, tuple[Mapping[str, Any], str]]] = {
    "an action in any case": (allow(["SSM:update*"]), "allowed"),
    "another action": (allow(["ssmmessages:*"]), "implicitDeny"),
    "all actions but others": ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "allowed"),
    "all actions but it": ({"Effect": "Allow", "NotAction": ["ssm:*"], "Resource": "*"}, "implicitDeny"),
    "a resource where everything is asked": (allow(["*"], "arn:aws:ssm:*:*:*"), "implicitDeny"),
    "all resources but one": ({"Effect": "Allow", "Action": "*", "NotResource": KEY}, "allowed"),
    "all resources but all": ({"Effect": "Allow", "Action": "*", "NotResource": ["*"]}, "implicitDeny"),
    "two conditions": (
        allow(["*"], Condition={"StringEquals": {"AWS:requestedregion": "eu-west-1"}, "Null": {"aws:SourceVpc": True}}),
        "allowed",
    ),
    "two conditions, one unmet": (
        allow(["*"], Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1", "aws:SourceVpc": "vpc-1"}}),
        "implicitDeny",
    ),
}


@pytest.mark.parametrize(("statement", "expected"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement(statement: Mapping[str, Any], expected: str) -> None:
    """It applies if action, resource and all conditions match; a single one may stand for a list."""
    assert decision(statement) == expected


# Operator, the condition's values, the request's (`None`: it has no such key), and whether the condition is met.
OPERATORS: Final[Sequence[tuple[str, Sequence[str], str | None, bool]]] = [
    ("StringEquals", ["a", "b"], "b", MET),
    ("StringEquals", ["a"], "A", UNMET),
    ("StringEquals", ["*"], "a", UNMET),
    ("StringEquals", ["a"], None, UNMET),
    ("StringEqualsIfExists", ["a"], None, MET),
    ("StringEqualsIfExists", ["a"], "b", UNMET),
    ("StringNotEquals", ["a", "b"], "b", UNMET),
    ("StringNotEquals", ["a", "b"], "c", MET),
    ("StringNotEquals", ["a"], None, MET),
    ("StringNotEqualsIfExists", ["a"], None, MET),
    ("StringEqualsIgnoreCase", ["a"], "A", MET),
    ("StringNotEqualsIgnoreCase", ["a"], "A", UNMET),
    ("StringLike", ["team-?", "x"], "team-1", MET),
    ("StringLike", ["team-?"], "team-12", UNMET),
    ("StringLike", ["a.c"], "abc", UNMET),
    ("StringNotLike", ["https://*.example.com/*"], "https://a.example.com/b", UNMET),
    ("ArnLike", ["arn:aws:iam::*:role/team/*"], ROLE, MET),
    ("ArnLike", ["arn:aws:iam::*"], ROLE, UNMET),
    ("ArnEquals", [f"arn:aws:iam::{ACCOUNT}:role/*"], ROLE, MET),
    ("ArnNotEquals", [f"arn:aws:iam::{OTHER_ACCOUNT}:role/*"], ROLE, MET),
    ("ArnNotLikeIfExists", [f"arn:aws:iam::{ACCOUNT}:role/*"], ROLE, UNMET),
    ("Bool", ["true"], "TRUE", MET),
    ("Bool", ["false"], None, UNMET),
    ("Null", ["true"], None, MET),
    ("Null", ["False"], "x", MET),
    ("ForAllValues:StringEquals", ["a"], None, MET),
    ("ForAllValues:StringEquals", ["a"], "b", UNMET),
]


@pytest.mark.parametrize(("operator", "wanted", "value", "met"), OPERATORS)
def test_an_operator(operator: str, wanted: Sequence[str], value: str | None, *, met: bool) -> None:
    """Several wanted values are alternatives, and negated ones all have to differ."""
    found = decision(allow(["*"], Condition={operator: {"a:key": wanted}}), {"a:key": [value]} if value else {})

    assert (found == "allowed") == met


# A key's resource in a document of a version, and what is known.
TEAM: Final = KEY.replace("1234abcd", "${aws:PrincipalTag/team}")
VARIABLES: Final[Sequence[tuple[str, dict[str, Any], bool]]] = [
    ("2012-10-17", {"aws:principaltag/TEAM": ["1234abcd"]}, MET),
    ("2012-10-17", {"aws:PrincipalTag/team": ["other"]}, UNMET),
    ("2012-10-17", {}, UNMET),
    ("2008-10-17", {"aws:PrincipalTag/team": ["1234abcd"]}, UNMET),
]


@pytest.mark.parametrize(("version", "context", "met"), VARIABLES)
def test_a_variable(version: str, context: dict[str, Any], *, met: bool) -> None:
    """Without a value nothing matches, and documents of the old version have no variables."""
    document = {**policy(allow(["kms:Decrypt"], TEAM)), "Version": version}
    found = decide(Simulated(ACCOUNT, [Policy("own", document)]), "kms:Decrypt", KEY, context)

    assert (found.decision == "allowed") == met


UNKNOWN: Final[Mapping[str, tuple[Mapping[str, Any], str, str]]] = {
    **{
        f"an operator: {name}": (
            allow(["*"], Condition={name: {"aws:RequestedRegion": "1"}}),
            "*",
            f"what the condition operator {name} means",
        )
        for name in ("IpAddress", "NumericEquals", "DateLessThan", "ForAnyValue:StringLike", "BoolNot")
    },
    "what does not match a variable": (
        allow(["*"], Condition={"StringNotEquals": {"aws:RequestedRegion": "${aws:username}"}}),
        "*",
        r"what does not match \$\{aws:username\}",
    ),
    "a variable with a default": (
        allow(["*"], "${aws:username, 'web'}"),
        "*",
        r"what \$\{aws:username, 'web'\} stands",
    ),
    "a principal": ({**allow(["*"]), "Principal": "*"}, "*", "what a Principal allows, and own has one"),
    "no resource": ({"Effect": "Allow", "Action": "*"}, "*", "own has a statement without one Resource or NotResource"),
    "both actions": ({**allow(["*"]), "NotAction": "*"}, "*", "own has a statement without one Action or NotAction"),
    "another account's key": (
        allow(["*"]),
        KEY.replace(ACCOUNT, OTHER_ACCOUNT),
        f"what a role of account {ACCOUNT} may do to arn:aws:kms:eu-west-1:{OTHER_ACCOUNT}:key",
    ),
    "another service's resource": (allow(["*"]), "arn:aws:s3:::logs", "may do to arn:aws:s3:::logs"),
}


@pytest.mark.parametrize(("statement", "resource", "why"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_an_error(statement: Mapping[str, Any], resource: str, why: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(NotEvaluatedError, match=why):
        decision(statement, resource=resource)
