"""How the sandbox decides on a request: statements, conditions, boundaries, SCPs, and the keys that it was not told."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from sandbox.evaluation import BOUNDARY, NotEvaluatedError, Policy, Simulated, decide, evaluate, of_request, of_role
from sandbox.tests.policies import ALLOW_ALL, HEARTBEAT, KEY, OTHER_KEY, allow, deny, policy

ACCOUNT: Final = "123456789012"
REGION: Final = {"aws:RequestedRegion": ["eu-west-1"]}
ABROAD: Final = KEY.replace(ACCOUNT, "210987654321")


def role(*documents: Mapping[str, Any], **limits: Any) -> Simulated:
    """Return a role with inline policies `1`, `2` …, and what limits it."""
    inline = {str(number): document for number, document in enumerate(documents, 1)}
    return Simulated(ACCOUNT, of_role("web", inline, {}), **limits)


def limit(*statements: Mapping[str, Any]) -> list[Policy]:
    """Return a boundary."""
    return [Policy("limit", policy(*statements), BOUNDARY)]


def scp(*statements: Mapping[str, Any]) -> list[Policy]:
    """Return SCPs: the one that allows everything, and another."""
    return [Policy("full", ALLOW_ALL), Policy("scp", policy(*statements))]


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


@pytest.mark.parametrize(("statement", "decision"), STATEMENTS.values(), ids=STATEMENTS)
def test_a_statement(statement: Mapping[str, Any], decision: str) -> None:
    """It applies if action, resource and all conditions match; a single one may stand for a list."""
    document = {"Version": "2012-10-17", "Statement": statement}

    assert decide(role(document), HEARTBEAT, "*", REGION).decision == decision


LIMITS: Final[Mapping[str, tuple[Simulated, str, str, list[str]]]] = {
    "allowed twice": (role(ALLOW_ALL, ALLOW_ALL), "*", "allowed", ["role_web_1", "role_web_2"]),
    "denied once": (role(ALLOW_ALL, policy(deny())), "*", "explicitDeny", ["role_web_2"]),
    "a boundary without it": (role(ALLOW_ALL, boundary=limit(allow(["s3:*"]))), "*", "implicitDeny", []),
    "a boundary that denies": (
        role(policy(deny()), boundary=limit(allow(["*"]), deny(["ssm:*"]))),
        "*",
        "explicitDeny",
        ["role_web_1", "limit"],
    ),
    "a boundary grants nothing": (role(boundary=limit(allow(["*"]))), "*", "implicitDeny", []),
    "an SCP without it": (role(ALLOW_ALL, scps=[Policy("scp", policy())]), "*", "implicitDeny", []),
    "an SCP that denies": (role(ALLOW_ALL, scps=scp(deny())), "*", "implicitDeny", []),
    "an SCP that denies what the role denies": (
        role(policy(deny()), scps=scp(deny())),
        "*",
        "explicitDeny",
        ["role_web_1"],
    ),
    "another account's key": (role(ALLOW_ALL), ABROAD, "implicitDeny", []),
    "a bucket of nobody": (role(ALLOW_ALL), "arn:aws:s3:::logs", "allowed", ["role_web_1"]),
}


@pytest.mark.parametrize(("who", "resource", "decision", "by"), LIMITS.values(), ids=LIMITS)
def test_what_limits_a_role(who: Simulated, resource: str, decision: str, by: list[str]) -> None:
    """Who denies explicitly is named, and else who allows; an SCP never is, and its denial is implicit."""
    found = decide(who, HEARTBEAT, resource, REGION)

    assert (found.decision, [each.id for each in found.by]) == (decision, by)


def perimeter(**conditions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a role's policy that allows everything, and denies under these conditions."""
    return policy(allow(["*"]), deny(Condition=conditions))


EXCEPT: Final = {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}
INSTANCE: Final = {"ec2:SourceInstanceARN": ["arn:aws:ec2:eu-west-1:123456789012:instance/i-1"]}
# The operators and keys of the sample policies for data perimeters that AWS publishes, and what is known of a request.
PERIMETERS: Final[Mapping[str, tuple[Mapping[str, Any], Mapping[str, Sequence[str]], str]]] = {
    "networks, of which nothing is known": (
        perimeter(
            NotIpAddressIfExists={"aws:SourceIp": ["192.0.2.0/24"]},
            StringNotEqualsIfExists={"aws:SourceVpc": ["vpc-1"], "aws:PrincipalTag/dp:exclude:network": "true"},
            BoolIfExists=EXCEPT,
            ArnNotLikeIfExists={"aws:PrincipalArn": ["arn:aws:iam::*:role/aws:ec2-infrastructure"]},
        ),
        {},
        "explicitDeny",
    ),
    "a network that is expected": (
        perimeter(NotIpAddressIfExists={"aws:SourceIp": ["192.0.2.0/24"]}, BoolIfExists=EXCEPT),
        {"aws:SourceIp": ["192.0.2.7"]},
        "allowed",
    ),
    "instances alone, of which nothing is known": (perimeter(Null={"ec2:SourceInstanceARN": "false"}), {}, "allowed"),
    "instances alone": (
        perimeter(Null={"ec2:SourceInstanceARN": "false"}, BoolIfExists=EXCEPT),
        INSTANCE,
        "explicitDeny",
    ),
    "tagged roles alone": (perimeter(StringEquals={"aws:PrincipalTag/dp:include:network": "true"}), {}, "allowed"),
    "resources of the organization": (
        perimeter(StringNotEqualsIfExists={"aws:ResourceOrgID": "o-1", "aws:PrincipalTag/dp:exclude:resource": "true"}),
        {"aws:ResourceOrgID": ["o-1"]},
        "allowed",
    ),
    "Regions": (perimeter(StringNotEqualsIfExists={"aws:RequestedRegion": ["us-east-1"]}), REGION, "explicitDeny"),
    "calls by other services": (
        perimeter(**{"ForAllValues:StringNotEquals": {"aws:CalledVia": ["athena.amazonaws.com"]}}),
        {"aws:CalledVia": ["athena.amazonaws.com", "glue.amazonaws.com"]},
        "allowed",
    ),
    "tags of the perimeter": (
        perimeter(**{"ForAnyValue:StringLike": {"aws:TagKeys": ["dp:*"]}}),
        {"aws:TagKeys": ["dp:exclude"]},
        "explicitDeny",
    ),
    "sharing with others": (perimeter(Bool={"ram:RequestedAllowsExternalPrincipals": "true"}), {}, "allowed"),
    "recipients": (perimeter(**{"ForAnyValue:StringNotLike": {"ses:Recipients": ["*@example.com"]}}), {}, "allowed"),
    "endpoints": (perimeter(StringNotLike={"states:HTTPEndpoint": "https://*.example.com/*"}), {}, "explicitDeny"),
}


@pytest.mark.parametrize(("document", "context", "decision"), PERIMETERS.values(), ids=PERIMETERS)
def test_a_data_perimeter(document: Mapping[str, Any], context: Mapping[str, Sequence[str]], decision: str) -> None:
    """A denial with keys that are not known depends on the operator."""
    assert decide(role(document), HEARTBEAT, "*", context).decision == decision


def test_missing_keys_are_those_of_all_policies() -> None:
    """Of the role, the request and the boundary; also about other actions, and of variables; each once, in any case."""
    files = allow(["efs:*"], Condition={"StringEquals": {"aws:SourceVpc": "x", "aws:RequestedRegion": "y"}})
    home = allow(["s3:*"], "arn:aws:s3:::home/${aws:username}/${*}")
    again = deny(["s3:*"], Condition={"StringLike": {"AWS:sourcevpc": "${aws:userid}"}})
    old = {**policy(allow(["*"], "${aws:SourceIp}")), "Version": "2008-10-17"}
    who = role(
        ALLOW_ALL, policy(files, home), old, boundary=limit(allow(["*"]), again), scps=scp(deny(Condition=NEVER))
    )

    assert evaluate(who, HEARTBEAT, ["*"], REGION) == {
        "EvalActionName": HEARTBEAT,
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [{"SourcePolicyId": "role_web_1", "SourcePolicyType": "IAM Policy"}],
        "MissingContextValues": ["aws:SourceVpc", "aws:username", "aws:userid"],
        "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": True},
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
    }


NEVER: Final = {"StringEquals": {"aws:SourceAccount": "1"}}


def test_each_resource_has_a_result_beneath_the_strictest() -> None:
    """There the missing keys are. The action's result names who led to its decision, and no resource."""
    who = role(policy(allow(["kms:*"], KEY), deny(["kms:*"], OTHER_KEY, Condition={"Null": {"aws:SourceVpc": True}})))
    by = {"MatchedStatements": [{"SourcePolicyId": "role_web_1", "SourcePolicyType": "IAM Policy"}]}
    more = {**by, "MissingContextValues": ["aws:SourceVpc"]}

    assert evaluate(who, "kms:Decrypt", [KEY, OTHER_KEY, ABROAD], {}) == {
        "EvalActionName": "kms:Decrypt",
        "EvalResourceName": "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}",
        "EvalDecision": "explicitDeny",
        **by,
        "MissingContextValues": [],
        "ResourceSpecificResults": [
            {"EvalResourceName": KEY, "EvalResourceDecision": "allowed", **more},
            {"EvalResourceName": OTHER_KEY, "EvalResourceDecision": "explicitDeny", **more},
            {"EvalResourceName": ABROAD, "EvalResourceDecision": "implicitDeny", **more, "MatchedStatements": []},
        ],
    }


def test_the_ids_of_what_a_request_adds() -> None:
    """They are those of the parameters of the question."""
    added = [*of_request([ALLOW_ALL, ALLOW_ALL]), *of_request([ALLOW_ALL], boundary=True)]

    assert [(each.id, each.type) for each in added] == [
        ("PolicyInputList.1", "IAM Policy"),
        ("PolicyInputList.2", "IAM Policy"),
        ("PermissionsBoundaryPolicyInputList.1", "Permissions Boundary Policy"),
    ]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ({**allow(["*"]), "Principal": "*"}, "can't say what a Principal allows, and role_web_1 has one"),
        ({"Effect": "Allow", "Action": "*"}, "role_web_1 has a statement without one Resource or NotResource"),
        ({**allow(["*"]), "NotAction": "*"}, "role_web_1 has a statement without one Action or NotAction"),
    ],
)
def test_what_is_not_known_is_an_error(statement: Mapping[str, Any], why: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(NotEvaluatedError, match=why):
        decide(role(policy(statement)), HEARTBEAT, "*", {})
