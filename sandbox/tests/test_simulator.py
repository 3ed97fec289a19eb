"""The sandbox's policy simulator: its answers have AWS's shape, and come of the policies that a role really has."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import botocore.session
import pulumi_aws as aws
import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.tests.policies import ALLOW_ALL, HEARTBEAT, KEY, OTHER_KEY, allow, managed, policy, simulate

BUCKET: Final = "arn:aws:s3:::logs"
A_KEY: Final = "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"


def deny(actions: Sequence[str], resource: str = "*") -> Mapping[str, Any]:
    """Return a statement that denies."""
    return {**allow(actions, resource), "Effect": "Deny"}


def result(action: str, decision: str, template: str = "*", **more: Any) -> dict[str, Any]:
    """Return an action's result."""
    return {"EvalActionName": action, "EvalResourceName": template, "EvalDecision": decision, **more}


def by(*policies: str) -> dict[str, Any]:
    """Return what a result has of the policies whose statements decide."""
    return {"MatchedStatements": [{"SourcePolicyId": each, "SourcePolicyType": "IAM Policy"} for each in policies]}


# "EvaluationResult" and "ResourceSpecificResult" (the SDK's model of the IAM API).
SAID: Final = {
    ("EvaluationResult", "EvalResourceName"): "The ARN template for the simulated resource type",
    ("EvaluationResult", "MatchedStatements"): (
        "In the top-level result, this field contains the union of matched statements across all requested resources. "
        "Only statements that contributed to the reported decision are included."
    ),
    ("ResourceSpecificResult", "MatchedStatements"): "the deny statement is the only entry included in the result",
    ("EvaluationResult", "MissingContextValues"): (
        "In the top-level result, this field contains the deduplicated set of missing context values across all "
        "requested resources."
    ),
    ("SimulatePrincipalPolicyRequest", "ResourceArns"): "the value defaults to <code>*</code> (all resources)",
}


@pytest.mark.parametrize("member", SAID, ids=".".join)
def test_the_sdk_still_says_what_the_simulator_follows(member: tuple[str, str]) -> None:
    """The sentences that the answers are made after are in the SDK's text; another text is a reason to look again."""
    shape, name = member
    model: Any = botocore.session.Session().get_service_model("iam")

    assert SAID[member] in model.shape_for(shape).members[name].documentation


def test_an_actions_result_is_the_most_restrictive(box: Sandbox) -> None:
    """There is one result per action, about all resources, with the statements of those that decide."""
    statements = [allow(["kms:Decrypt", "kms:Encrypt"], KEY), allow(["kms:Encrypt"], OTHER_KEY)]
    role = box.create_role("web", policies={"own": policy(*statements, deny(["kms:Sign"], KEY))})
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:Sign"]

    assert simulate(box, role, actions, ResourceArns=[KEY, OTHER_KEY]) == [
        result("kms:Encrypt", "allowed", A_KEY, **by("role_web_own")),
        result("kms:Decrypt", "implicitDeny", A_KEY),
        result("kms:Sign", "explicitDeny", A_KEY, **by("role_web_own")),
    ]


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
    """What the boundary does not allow is denied implicitly, what it denies explicitly; it grants nothing.

    Where the boundary decides, no statement of the role's policies does; if it denies, it is named.
    """
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


def test_another_boundary_takes_the_place_of_the_roles(box: Sandbox) -> None:
    """A boundary in the request is used instead of the attached one."""
    role = box.create_role("web", policies={"own": ALLOW_ALL}, boundary=managed(box, "limit", policy(allow(["s3:*"]))))

    assert simulate(box, role, [HEARTBEAT], PermissionsBoundaryPolicyInputList=[json.dumps(ALLOW_ALL)]) == [
        result(HEARTBEAT, "allowed", **by("role_web_own"))
    ]


def test_a_boundary_that_allows_a_part_allows_not_all(box: Sandbox) -> None:
    """An action's result says what holds for all its resources."""
    boundary = managed(box, "limits", policy(allow(["kms:Decrypt"], KEY)))
    role = box.create_role("web", policies={"own": ALLOW_ALL}, boundary=boundary)

    assert simulate(box, role, ["kms:Decrypt"], ResourceArns=[KEY, OTHER_KEY]) == [
        result("kms:Decrypt", "implicitDeny", A_KEY)
    ]


MISSING: Final = ["aws:SourceVpc", "aws:SourceIp"]


def test_missing_context_keys_can_be_scripted(box: Sandbox) -> None:
    """They are in an action's result, whatever a scripted decision says."""
    role = box.create_role("web", policies={"own": ALLOW_ALL})
    box.script_simulation(HEARTBEAT, decision="explicitDeny", missing=MISSING)
    denied = result(HEARTBEAT, "explicitDeny", MissingContextValues=MISSING)

    assert simulate(box, role, [HEARTBEAT]) == [denied]
    assert simulate(box, role, [HEARTBEAT], ResourceArns=[KEY, BUCKET]) == [denied]


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
    "a condition": (
        {"PolicyInputList": [json.dumps(policy(allow(["*"], Condition={"NumericEquals": {"a:b": "1"}})))]},
        "NotImplemented",
        "The sandbox can't say what the condition operator NumericEquals means.",
    ),
}


@pytest.mark.parametrize(("asked", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_answer_it_refuses(box: Sandbox, asked: Mapping[str, Any], code: str, message: str) -> None:
    """Errors are AWS's; where moto's evaluator would be wrong, the sandbox says so instead of guessing."""
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


def test_the_data_source_names_who_allows_and_who_denies(box: Sandbox) -> None:
    """The provider passes on the policies of each matched statement, of an allow as of a deny, each once."""
    own = policy(allow([HEARTBEAT]), allow(["ssm:*"]), deny(["ssm:Two"]))
    role = box.create_role("web", policies={"own": own})
    managed(box, "attached", ALLOW_ALL, roles=["web"])
    seen: dict[str, list[tuple[str, str]]] = {}

    def program() -> None:
        answer = aws.iam.get_principal_policy_simulation(policy_source_arn=role, action_names=[HEARTBEAT, "ssm:Two"])
        for found in answer.results:
            named = [(each.source_policy_id, each.source_policy_type) for each in found.matched_statements]
            seen[found.action_name] = sorted(named)

    box.stack(program).preview()

    assert seen == {
        HEARTBEAT: [("attached", "IAM Policy"), ("role_web_own", "IAM Policy")],
        "ssm:Two": [("role_web_own", "IAM Policy")],
    }
