"""Requests to the sandbox's policy simulator: what they list, the pages of the answer, and what is refused."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.tests.policies import ALLOW_ALL, HEARTBEAT, KEY, allow, policy, simulate


def test_a_star_alone_may_be_listed(box: Sandbox) -> None:
    """`*` among the resources is as good as none at all."""
    role = box.create_role("web", policies={"own": ALLOW_ALL})

    assert simulate(box, role, [HEARTBEAT], ResourceArns=["*"]) == simulate(box, role, [HEARTBEAT])


@pytest.mark.parametrize(("size", "pages"), [(None, [100, 100, 1]), (1000, [201]), (67, [67, 67, 67])])
def test_results_come_in_pages(box: Sandbox, size: int | None, pages: Sequence[int]) -> None:
    """A page has a hundred results, or as many as the caller wants; a marker leads on until there are no more."""
    role = box.create_role("web", policies={"own": ALLOW_ALL})
    actions = [f"ssm:Action{number}" for number in range(201)]
    got, following = [], {"MaxItems": size} if size else {}
    while True:
        answer = box.client("iam").simulate_principal_policy(PolicySourceArn=role, ActionNames=actions, **following)
        got.append([found["EvalActionName"] for found in answer["EvaluationResults"]])
        if not answer["IsTruncated"]:
            break
        following["Marker"] = answer["Marker"]

    assert [len(page) for page in got] == pages
    assert [action for page in got for action in page] == actions


def role(account: str = "123456789012", kind: str = "role") -> dict[str, str]:
    """Ask about a role that is not there, or about another principal."""
    return {"PolicySourceArn": f"arn:aws:iam::{account}:{kind}/web"}


DENIED = "is not authorized to perform: iam:SimulatePrincipalPolicy on resource:"
REFUSED: Mapping[str, tuple[Mapping[str, Any], str, str]] = {
    "no such role": (role(), "NoSuchEntity", "The role with name web cannot be found."),
    "no role's ARN": (
        role(kind="user"),
        "InvalidInput",
        "Invalid Entity Arn: arn:aws:iam::123456789012:user/web does not clearly define entity type and name.",
    ),
    "another account's role": (
        role("210987654321"),
        "AccessDenied",
        f"User: arn:aws:iam::123456789012:user/sandbox {DENIED} arn:aws:iam::210987654321:role/web",
    ),
    "no ARN": ({"ResourceArns": ["a-bucket"]}, "InvalidInput", "Invalid Input Resource: a-bucket"),
    "a star and an ARN": (
        {"ResourceArns": [KEY, "*"]},
        "InvalidInput",
        "Invalid Input Resource: * and ARNs cannot be in one request.",
    ),
    "two boundaries": (
        {"PermissionsBoundaryPolicyInputList": [json.dumps(ALLOW_ALL)] * 2},
        "InvalidInput",
        "Only one permissions boundary can be simulated.",
    ),
    "no marker": ({"Marker": "next"}, "InvalidInput", "Invalid Marker: next"),
    "too many items": ({"MaxItems": 1001}, "ValidationError", "MaxItems is 1001, and must be from 1 to 1000"),
    "no JSON": (
        {"PolicyInputList": ["{"]},
        "InvalidInput",
        "The policy is not valid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
    ),
    "a condition": (
        {"PolicyInputList": [json.dumps(policy(allow(["*"], Condition={})))]},
        "NotImplemented",
        "moto's evaluator does not know Condition; Sandbox.script_simulation can answer.",
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
