"""The sandbox's policy simulator: its answers have AWS's shape, and come of the policies that a role really has."""

import json
from collections.abc import Mapping
from typing import Any, Final

import botocore.session
import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.tests.policies import (
    ALLOW_ALL,
    HEARTBEAT,
    IN_EUROPE,
    KEY,
    OTHER_ACCOUNT,
    allow,
    deny,
    managed,
    policy,
    simulate,
)

BUCKET: Final = "arn:aws:s3:::logs"
A_KEY: Final = "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"


def result(action: str, decision: str, template: str = "*", **more: Any) -> dict[str, Any]:
    """Return an action's result."""
    return {"EvalActionName": action, "EvalResourceName": template, "EvalDecision": decision, **more}


def by(*policies: str) -> dict[str, Any]:
    """Return what a result has of the policies whose statements decide."""
    return {"MatchedStatements": [{"SourcePolicyId": each, "SourcePolicyType": "IAM Policy"} for each in policies]}


# The SDK's model of the IAM API. Of missing context values it also says, since 2026, that the action's result has them.
SAID: Final = {
    ("EvaluationResult", "EvalResourceName"): (
        "The ARN template for the simulated resource type",
        "This is not a specific customer-provided resource ARN.",
    ),
    ("EvaluationResult", "MatchedStatements"): (
        "In the top-level result, this field contains the union of matched statements across all requested resources.",
        "Only statements that contributed to the reported decision are included.",
        "This field doesn't include statements from service control policies (SCPs).",
    ),
    ("EvaluationResult", "MissingContextValues"): (
        "any missing context values are instead included under the <code>ResourceSpecificResults</code> section.",
        "This field doesn't include context keys referenced by service control policies (SCPs).",
    ),
    ("ResourceSpecificResult", "MatchedStatements"): ("the deny statement is the only entry included in the result",),
    ("SimulatePrincipalPolicyRequest", "ResourceArns"): ("the value defaults to <code>*</code> (all resources)",),
}


@pytest.mark.parametrize("member", SAID, ids=".".join)
def test_the_sdk_still_says_what_the_simulator_follows(member: tuple[str, str]) -> None:
    """The sentences that the answers are made after are in the SDK's text; another text is a reason to look again."""
    shape, name = member
    model: Any = botocore.session.Session().get_service_model("iam")
    text = model.shape_for(shape).members[name].documentation

    assert [each for each in SAID[member] if each not in text] == []


@pytest.mark.parametrize(
    ("action", "template"),
    [
        ("kms:Decrypt", A_KEY),
        ("logs:PutLogEvents", "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}"),
        ("s3:PutObject", "arn:${Partition}:s3:::${BucketName}/${KeyName}"),
        ("s3:GetEncryptionConfiguration", "arn:${Partition}:s3:::${BucketName}"),
        ("ssmmessages:OpenDataChannel", "*"),
    ],
)
def test_a_results_name_is_never_a_resource(box: Sandbox, action: str, template: str) -> None:
    """It is the template of the action's resources, or `*` for an action without any, with and without a resource."""
    role = box.create_role("web", policies={"own": ALLOW_ALL})
    allowed = result(action, "allowed", template, **by("role_web_own"))

    assert simulate(box, role, [action], ResourceArns=["*"]) == [allowed]
    assert simulate(box, role, [action], ResourceArns=[BUCKET]) == [allowed]


def test_all_policies_of_the_role_count(box: Sandbox) -> None:
    """Inline, attached and additional policies allow together, each by name. If one denies, only it is named."""
    own = policy(allow(["ssm:One", "ssm:Two", "ssm:Six"]), deny(["ssm:Six"]))
    role = box.create_role("web", path="/team/", policies={"own": own})
    managed(box, "attached", policy(allow(["ssm:One", "ssm:Three"]), deny(["ssm:Two", "ssm:Six"])), roles=["web"])
    more = [json.dumps(policy(allow(["ssm:One", "ssm:Four", "ssm:Six"]))), json.dumps(policy(deny(["ssm:Six"])))]
    actions = ["ssm:One", "ssm:Two", "ssm:Three", "ssm:Four", "ssm:Five", "ssm:Six"]

    assert simulate(box, role, actions, PolicyInputList=more) == [
        result("ssm:One", "allowed", **by("role_web_own", "attached", "PolicyInputList.1")),
        result("ssm:Two", "explicitDeny", **by("attached")),
        result("ssm:Three", "allowed", **by("attached")),
        result("ssm:Four", "allowed", **by("PolicyInputList.1")),
        result("ssm:Five", "implicitDeny"),
        result("ssm:Six", "explicitDeny", **by("role_web_own", "attached", "PolicyInputList.2")),
    ]


def test_a_boundary_takes_away(box: Sandbox) -> None:
    """It grants nothing, and is named if it denies. One in the question is used instead."""
    limits = [{"SourcePolicyId": "limits", "SourcePolicyType": "Permissions Boundary Policy"}]
    boundary = managed(box, "limits", policy(allow(["ssm:One", "ssm:Four"]), deny(["ssm:Two"])))
    actions = ["ssm:One", "ssm:Two", "ssm:Three", "ssm:Four"]
    role = box.create_role("web", policies={"own": policy(allow(actions[:3]))}, boundary=boundary)

    assert simulate(box, role, actions) == [
        result("ssm:One", "allowed", **by("role_web_own")),
        result("ssm:Two", "explicitDeny", MatchedStatements=limits),
        result("ssm:Three", "implicitDeny"),
        result("ssm:Four", "implicitDeny"),
    ]
    assert simulate(box, role, ["ssm:Two"], PermissionsBoundaryPolicyInputList=[json.dumps(ALLOW_ALL)]) == [
        result("ssm:Two", "allowed", **by("role_web_own"))
    ]


def told(key: str, *values: str, type_: str = "string") -> dict[str, Any]:
    """Return a context entry of a question."""
    return {"ContextKeyName": key, "ContextKeyType": type_, "ContextKeyValues": values}


def test_the_context_is_what_a_question_tells(box: Sandbox) -> None:
    """The Region of the call is not; what is not told is named, beneath the action where resources are listed."""
    role = box.create_role("web", policies={"own": policy(allow(["*"], Condition=IN_EUROPE))})
    region, address = told("aws:RequestedRegion", "eu-west-1"), told("AWS:SourceIp", "192.0.2.7", type_="ip")
    denied = result(HEARTBEAT, "implicitDeny")

    assert simulate(box, role, [HEARTBEAT]) == [
        {**denied, "MissingContextValues": ["aws:RequestedRegion", "aws:SourceIp"]}
    ]
    assert simulate(box, role, [HEARTBEAT], ContextEntries=[region], ResourceArns=[KEY]) == [denied]
    assert simulate(box, role, [HEARTBEAT], ContextEntries=[region, address]) == [
        result(HEARTBEAT, "allowed", **by("role_web_own"))
    ]


def test_an_accounts_scps_deny_implicitly(box: Sandbox) -> None:
    """Nothing of them is named; other accounts have others, and `reset` takes them away."""
    box.limit_account(ALLOW_ALL, policy(deny(["ssm:*"])))
    roles = {account: box.create_role("web", policies={"own": ALLOW_ALL}, account=account) for account in ACCOUNTS}
    asked = {
        account: box.client("iam", account=account).simulate_principal_policy(
            PolicySourceArn=role, ActionNames=[HEARTBEAT]
        )["EvaluationResults"][0]["EvalDecision"]
        for account, role in roles.items()
    }
    box.reset()
    role = box.create_role("web", policies={"own": ALLOW_ALL})

    assert list(asked.values()) == ["implicitDeny", "allowed"]
    assert simulate(box, role, [HEARTBEAT]) == [result(HEARTBEAT, "allowed", **by("role_web_own"))]


ACCOUNTS: Final = ("123456789012", OTHER_ACCOUNT)


def test_a_policy_can_be_shown_late(box: Sandbox) -> None:
    """As long as it is not, its role has the others alone."""
    role = box.create_role("web", policies={"own": ALLOW_ALL, "new": ALLOW_ALL})
    box.show_late("role_web_new", 2)
    seen = [simulate(box, role, [HEARTBEAT, "ssm:Two"])[0] for _ in range(3)]

    old, new = (result(HEARTBEAT, "allowed", **by("role_web_own", *more)) for more in ((), ("role_web_new",)))
    assert seen == [old, old, new]


def test_a_decision_can_be_scripted(box: Sandbox) -> None:
    """It is the action's, whatever the policies say."""
    role = box.create_role("web", policies={"own": ALLOW_ALL})
    box.script_simulation(HEARTBEAT, "explicitDeny")

    assert simulate(box, role, [HEARTBEAT], ResourceArns=[KEY]) == [result(HEARTBEAT, "explicitDeny")]


DENIED: Final = "is not authorized to perform: iam:SimulatePrincipalPolicy on resource:"
REFUSED: Final[Mapping[str, tuple[Mapping[str, Any], str, str]]] = {
    "no such role": (
        {"PolicySourceArn": "arn:aws:iam::123456789012:role/web"},
        "NoSuchEntity",
        "The role with name web cannot be found.",
    ),
    "no role's ARN": (
        {"PolicySourceArn": "arn:aws:iam::123456789012:user/web"},
        "InvalidInput",
        "Invalid Entity Arn: arn:aws:iam::123456789012:user/web does not clearly define entity type and name.",
    ),
    "another account's role": (
        {"PolicySourceArn": "arn:aws:iam::210987654321:role/web"},
        "AccessDenied",
        f"User: arn:aws:iam::123456789012:user/sandbox {DENIED} arn:aws:iam::210987654321:role/web",
    ),
    "no ARN": ({"ResourceArns": ["a-bucket"]}, "InvalidInput", "Invalid Input Resource: a-bucket"),
    "a star and an ARN": (
        {"ResourceArns": [KEY, "*"]},
        "InvalidInput",
        "Invalid Input Resource: * and ARNs cannot be in one request.",
    ),
    "no type of context": (
        {"ContextEntries": [told("aws:SourceIp", "192.0.2.7", type_="address")]},
        "ValidationError",
        "Invalid ContextKeyType of aws:SourceIp: address",
    ),
    "a condition": (
        {"PolicyInputList": [json.dumps(policy(allow(["*"], Condition={"StringIs": {"a:b": "1"}})))]},
        "NotImplemented",
        "The sandbox can't say what the condition operator StringIs means.",
    ),
}


@pytest.mark.parametrize(("asked", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_answer_it_refuses(box: Sandbox, asked: Mapping[str, Any], code: str, message: str) -> None:
    """Errors are AWS's; what the sandbox does not know, it says instead of guessing."""
    there = {"PolicySourceArn": box.create_role("team", path="/team/"), "ActionNames": [HEARTBEAT]}

    with pytest.raises(ClientError) as caught:
        box.client("iam").simulate_principal_policy(**{**there, **asked})
    assert caught.value.response["Error"] == {"Type": "Sender", "Code": code, "Message": message}


def test_a_boundary_that_is_gone_is_an_error(box: Sandbox) -> None:
    """Any ARN will do as a boundary for moto, which says nothing about what it allows."""
    gone = "arn:aws:iam::123456789012:policy/gone"
    role = box.create_role("web", boundary=gone)

    with pytest.raises(ClientError, match=f"Policy {gone} does not exist or is not attachable"):
        simulate(box, role, [HEARTBEAT])
