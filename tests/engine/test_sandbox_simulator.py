"""The sandbox's policy simulator: its answers have AWS's shape, and come of the policies that a role really has."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from tests.policies import KEY, OTHER_KEY, allow, decrypt, policy

HEARTBEAT: Final = "ssm:UpdateInstanceInformation"
ALLOW_ALL: Final = policy(allow(["*"]))


def deny(actions: Sequence[str], resource: str = "*") -> Mapping[str, Any]:
    """Return a statement that denies."""
    return {**allow(actions, resource), "Effect": "Deny"}


def managed(box: Sandbox, name: str, document: Mapping[str, Any]) -> str:
    """Make a managed policy; return its ARN."""
    return str(box.client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"]["Arn"])


def simulate(box: Sandbox, role: str, actions: Sequence[str], **more: Any) -> list[dict[str, Any]]:
    """Ask the simulator, and return its results without what is empty."""
    answer = box.client("iam").simulate_principal_policy(PolicySourceArn=role, ActionNames=actions, **more)
    return [{key: value for key, value in found.items() if value != []} for found in answer["EvaluationResults"]]


def result(action: str, decision: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    """Return one result."""
    return {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision, **more}


def test_each_action_is_tried_on_each_resource(box: Sandbox) -> None:
    """The results are the cross product of actions and resources."""
    role = box.create_role("web", policies={"own": policy(decrypt(KEY))})
    resources = [KEY, OTHER_KEY]

    assert simulate(box, role, ["kms:Decrypt", "kms:Encrypt"], ResourceArns=resources) == [
        result("kms:Decrypt", "allowed", KEY),
        result("kms:Decrypt", "implicitDeny", OTHER_KEY),
        result("kms:Encrypt", "implicitDeny", KEY),
        result("kms:Encrypt", "implicitDeny", OTHER_KEY),
    ]


def test_all_policies_of_the_role_count(box: Sandbox) -> None:
    """Inline, attached and additional policies allow together, and an explicit deny in one wins."""
    role = box.create_role("web", path="/team/", policies={"own": policy(allow(["ssm:One", "ssm:Two"]))})
    attached = managed(box, "attached", policy(allow(["ssm:Three"]), deny(["ssm:Two"])))
    box.client("iam").attach_role_policy(RoleName="web", PolicyArn=attached)
    more = json.dumps(policy(allow(["ssm:Four"])))

    assert simulate(box, role, ["ssm:One", "ssm:Two", "ssm:Three", "ssm:Four", "ssm:Five"], PolicyInputList=[more]) == [
        result("ssm:One", "allowed"),
        result("ssm:Two", "explicitDeny"),
        result("ssm:Three", "allowed"),
        result("ssm:Four", "allowed"),
        result("ssm:Five", "implicitDeny"),
    ]


def test_a_boundary_takes_away(box: Sandbox) -> None:
    """What the boundary does not allow is denied implicitly, what it denies explicitly; it grants nothing."""
    boundary = managed(box, "limit", policy(allow(["ssm:One", "ssm:Four"]), deny(["ssm:Two"])))
    actions = ["ssm:One", "ssm:Two", "ssm:Three", "ssm:Four"]
    role = box.create_role("web", policies={"own": policy(allow(actions[:3]))}, boundary=boundary)
    inside: Any = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": True}}
    outside: Any = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}

    assert simulate(box, role, actions) == [
        result("ssm:One", "allowed", **inside),
        result("ssm:Two", "explicitDeny", **outside),
        result("ssm:Three", "implicitDeny", **outside),
        result("ssm:Four", "implicitDeny", **inside),
    ]


def test_another_boundary_takes_the_place_of_the_roles(box: Sandbox) -> None:
    """A boundary in the request is used instead of the attached one."""
    role = box.create_role("web", policies={"own": ALLOW_ALL}, boundary=managed(box, "limit", policy(allow(["s3:*"]))))

    assert simulate(box, role, [HEARTBEAT], PermissionsBoundaryPolicyInputList=[json.dumps(ALLOW_ALL)]) == [
        result(HEARTBEAT, "allowed", PermissionsBoundaryDecisionDetail={"AllowedByPermissionsBoundary": True})
    ]


def test_an_scp_can_be_scripted(box: Sandbox) -> None:
    """A scripted decision stands whatever the policies and the boundary say, and the organization is named."""
    role = box.create_role("web", policies={"own": ALLOW_ALL})
    box.script_simulation(HEARTBEAT, decision="implicitDeny", scp=True)

    assert simulate(box, role, [HEARTBEAT], PermissionsBoundaryPolicyInputList=[json.dumps(ALLOW_ALL)]) == [
        result(HEARTBEAT, "implicitDeny", OrganizationsDecisionDetail={"AllowedByOrganizations": False})
    ]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, result(HEARTBEAT, "allowed", MissingContextValues=["aws:SourceVpc"])),
        (
            {"ResourceArns": [KEY]},
            result(
                HEARTBEAT,
                "allowed",
                KEY,
                ResourceSpecificResults=[
                    {
                        "EvalResourceName": KEY,
                        "EvalResourceDecision": "allowed",
                        "MissingContextValues": ["aws:SourceVpc"],
                    }
                ],
            ),
        ),
    ],
    ids=["*", "a resource"],
)
def test_missing_context_keys_can_be_scripted(
    box: Sandbox, resources: Mapping[str, Any], expected: Mapping[str, Any]
) -> None:
    """They are where AWS documents them: with listed resources, in the results of each one."""
    role = box.create_role("web", policies={"own": ALLOW_ALL})
    box.script_simulation(HEARTBEAT, missing=["aws:SourceVpc"])

    assert simulate(box, role, [HEARTBEAT], **resources) == [expected]


def test_a_reset_forgets_the_script(box: Sandbox) -> None:
    """What one test scripted does not reach the next."""
    box.script_simulation(HEARTBEAT, decision="explicitDeny")
    box.reset()
    role = box.create_role("web", policies={"own": ALLOW_ALL})

    assert simulate(box, role, [HEARTBEAT]) == [result(HEARTBEAT, "allowed")]


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        (
            {"PolicySourceArn": "arn:aws:iam::123456789012:role/web"},
            "NoSuchEntity",
            "The role with name web cannot be found.",
        ),
        (
            {"PolicySourceArn": "arn:aws:iam::123456789012:user/web"},
            "InvalidInput",
            "Invalid Entity Arn: arn:aws:iam::123456789012:user/web does not clearly define entity type and name.",
        ),
        ({"ResourceArns": ["a-bucket"]}, "InvalidInput", "Invalid Input Resource: a-bucket"),
        (
            {"PolicyInputList": ["{"]},
            "InvalidInput",
            "The policy is not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            {"PolicyInputList": [json.dumps(policy({**allow(["*"]), "Condition": {}}))]},
            "NotImplemented",
            "moto's evaluator does not know Condition; Sandbox.script_simulation can answer.",
        ),
    ],
    ids=["no such role", "no role's ARN", "no ARN", "no JSON", "a condition"],
)
def test_what_it_cannot_answer_it_refuses(box: Sandbox, asked: Mapping[str, Any], code: str, message: str) -> None:
    """Errors are AWS's; where moto's evaluator would be wrong, the sandbox says so instead of guessing."""
    role = box.create_role("team", path="/team/")

    with pytest.raises(ClientError) as caught:
        box.client("iam").simulate_principal_policy(**{"PolicySourceArn": role, "ActionNames": [HEARTBEAT], **asked})
    assert caught.value.response["Error"] == {"Type": "Sender", "Code": code, "Message": message}


def test_a_boundary_that_is_gone_is_an_error(box: Sandbox) -> None:
    """Any ARN will do as a boundary for moto, which says nothing about what it allows."""
    gone = "arn:aws:iam::123456789012:policy/gone"
    role = box.create_role("web", boundary=gone)

    with pytest.raises(ClientError, match=f"Policy {gone} does not exist or is not attachable"):
        simulate(box, role, [HEARTBEAT])
