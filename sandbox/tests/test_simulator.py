"""The sandbox's policy simulator answers as AWS's did, and refuses what no check asks."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.evaluation import BOUNDARY, IDENTITY, Decision, Document
from sandbox.tests.policies import ALLOW_ALL, HEARTBEAT, KEY, OTHER_ACCOUNT, allow, deny, managed, policy

ROLE: Final = "arn:aws:iam::123456789012:role/web"
OWN, ATTACHED, ADDED, LIMIT = "role_web_own", "attached", "PolicyInputList.1", "limit"
REGION: Final = "aws:RequestedRegion"
IN_EUROPE: Final = {"StringEquals": {REGION: "eu-west-1"}}
WHO: Final = {"StringEquals": {"aws:PrincipalArn": ROLE, "aws:PrincipalAccount": "123456789012"}}
UNTOLD: Final = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}


class Recorded(NamedTuple):
    """A question about a role, and AWS's answer about the heartbeat, or about `kms:Decrypt` where a key is asked about.

    `matched` are the ids of the policies, in any order; `limit` and `scps` whether the boundary and the SCPs allow it.
    """

    decision: Decision
    matched: Sequence[str] = ()
    missing: Sequence[str] = ()
    own: Document | None = None
    attached: Document | None = None
    added: Document | None = None
    boundary: Document | None = None
    levels: Sequence[Sequence[Document]] = ()
    limit: bool | None = None
    scps: bool | None = None
    resource: str = "*"
    region: str = ""


# radkawar/stackd, "testdata/aws/iam/simulation.json": recorded in September 2026. By its names of cases, with policies
# of the same meaning; cases about a document alone or about a user are here about a role.
RECORDED: Final[Mapping[str, Recorded]] = {
    "principal_additional_policy, custom_allow_two_statements": Recorded(
        "allowed",
        [OWN, OWN, ATTACHED, ADDED],
        own=policy(allow(["ssm:*"]), allow([HEARTBEAT])),
        attached=ALLOW_ALL,
        added=ALLOW_ALL,
    ),
    "custom_single_resource": Recorded("allowed", [OWN], own=policy(allow(["kms:Decrypt"], KEY)), resource=KEY),
    "principal_current_default_version": Recorded("explicitDeny", [ATTACHED], own=ALLOW_ALL, attached=policy(deny())),
    "missing_relevant": Recorded(
        "implicitDeny", missing=["aws:SourceVpc"], own=policy(allow(["kms:*"], Condition=UNTOLD)), resource=KEY
    ),
    "missing_irrelevant_resource_variable, missing_irrelevant_operator_Null, missing_case_variants": Recorded(
        "implicitDeny",
        missing=["aws:username", "aws:SourceVpc", "AWS:sourcevpc"],
        own=policy(
            allow(["s3:GetObject"], "arn:aws:s3:::home/${aws:username}"),
            allow(["ec2:*"], Condition={"Null": {"aws:SourceVpc": "true", "AWS:sourcevpc": "true"}}),
        ),
    ),
    "missing_with_other_allow_deny": Recorded("allowed", [OWN], own=policy(allow(["*"]), deny(Condition=UNTOLD))),
    "missing_negated_relevant, missing_operator_StringNotEqualsIfExists_yes": Recorded(
        "allowed",
        [OWN, ATTACHED],
        own=policy(allow(["*"], Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})),
        attached=policy(allow(["*"], Condition={"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"}})),
    ),
    "principal_attached_boundary": Recorded("allowed", [OWN], own=ALLOW_ALL, boundary=ALLOW_ALL, limit=True),
    "boundary_implicit": Recorded("implicitDeny", own=ALLOW_ALL, boundary=policy(allow(["s3:*"])), limit=False),
    "boundary_missing_context": Recorded(
        "implicitDeny", missing=[REGION], own=ALLOW_ALL, boundary=policy(allow(["*"], Condition=IN_EUROPE)), limit=False
    ),
    "boundary_deny_over_identity_deny": Recorded(
        "explicitDeny", [LIMIT, OWN], own=policy(deny()), boundary=policy(allow(["*"]), deny()), limit=False
    ),
    "organizations_deny": Recorded(
        "explicitDeny", own=ALLOW_ALL, levels=[[ALLOW_ALL], [ALLOW_ALL, policy(deny())]], scps=False
    ),
    "organizations_implicit": Recorded(
        "implicitDeny", own=ALLOW_ALL, levels=[[ALLOW_ALL], [policy(allow(["s3:*"]))]], scps=False
    ),
    "organizations_allow": Recorded("allowed", [OWN], own=ALLOW_ALL, levels=[[ALLOW_ALL], [ALLOW_ALL]], scps=True),
    "composition_principal_auto_principal_arn, composition_principal_auto_principal_account": Recorded(
        "allowed",
        [OWN],
        own=policy(allow(["*"], Condition=WHO)),
    ),
    # aws-containers/amazon-ecs-exec-checker, issue 44: "Task Role Permissions check fails if policies use
    # aws:RequestedRegion key", with the context entry.
    "a Region that is told": Recorded(
        "allowed",
        [OWN],
        own=ALLOW_ALL,
        boundary=policy(allow(["*"], Condition=IN_EUROPE)),
        limit=True,
        region="eu-west-1",
    ),
}


def expected(row: Recorded) -> dict[str, Any]:
    """Return the whole result, without the order of its statements."""
    action = "kms:Decrypt" if row.resource == KEY else HEARTBEAT
    types = {LIMIT: BOUNDARY}
    said: dict[str, Any] = {
        "MatchedStatements": [
            {"SourcePolicyId": id_, "SourcePolicyType": types.get(id_, IDENTITY)} for id_ in sorted(row.matched)
        ],
        "MissingContextValues": [*row.missing],
    }
    if row.limit is not None:
        said["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": row.limit}
    result = {"EvalActionName": action, "EvalResourceName": row.resource, "EvalDecision": row.decision, **said}
    if row.scps is not None:
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": row.scps}
    if row.resource != "*":
        single = {"EvalResourceName": row.resource, "EvalResourceDecision": row.decision, **said}
        result |= {"EvalDecisionDetails": {}, "ResourceSpecificResults": [single]}
    return result


def ask(box: Sandbox, *actions: str, role: str = ROLE, **more: Any) -> list[dict[str, Any]]:
    """Return the simulator's results, with the statements of each in order."""
    answer = box.client("iam").simulate_principal_policy(PolicySourceArn=role, ActionNames=actions, **more)
    for each in answer["EvaluationResults"]:
        each["MatchedStatements"].sort(key=lambda statement: statement["SourcePolicyId"])
    return list(answer["EvaluationResults"])


@pytest.mark.parametrize("row", RECORDED.values(), ids=RECORDED)
def test_the_simulator_answers_as_awss_did(box: Sandbox, row: Recorded) -> None:
    """Decision, statements, missing keys, and what is said of boundary, SCPs and the resource."""
    boundary = managed(box, LIMIT, row.boundary) if row.boundary else None
    box.create_role("web", policies={"own": row.own} if row.own else {}, boundary=boundary)
    if row.attached:
        managed(box, ATTACHED, row.attached, roles=["web"])
    box.limit_account(*row.levels)
    asked: dict[str, Any] = {
        "PolicyInputList": [json.dumps(row.added)] if row.added else [],
        "ResourceArns": [row.resource] if row.resource != "*" else [],
        "ContextEntries": [told(REGION, row.region)] if row.region else [],
    }
    found = ask(box, expected(row)["EvalActionName"], **{name: each for name, each in asked.items() if each})

    assert found == [expected(row)]


def told(key: str, *values: str, type_: str = "string") -> dict[str, Any]:
    """Return a context entry of a question."""
    return {"ContextKeyName": key, "ContextKeyType": type_, "ContextKeyValues": values}


def test_a_boundary_in_the_question_is_used_instead(box: Sandbox) -> None:
    """Recorded as principal_exclude_boundary_with_override: the attached one says nothing then."""
    box.create_role("web", policies={"own": ALLOW_ALL}, boundary=managed(box, LIMIT, policy(allow(["s3:*"]))))

    found = ask(box, HEARTBEAT, PermissionsBoundaryPolicyInputList=[json.dumps(ALLOW_ALL)])

    assert found == [expected(Recorded("allowed", [OWN], limit=True))]


def test_a_wrong_path_finds_the_role(box: Sandbox) -> None:
    """Recorded as principal_role_wrong_path; each action has its own result, in the order of the question."""
    box.create_role("web", path="/team/", policies={"own": policy(allow([HEARTBEAT]))})

    found = ask(box, "ssm:Other", HEARTBEAT, role=ROLE.replace("web", "wrong/web"))

    assert [(each["EvalActionName"], each["EvalDecision"]) for each in found] == [
        ("ssm:Other", "implicitDeny"),
        (HEARTBEAT, "allowed"),
    ]


def test_scps_are_one_accounts(box: Sandbox) -> None:
    """They are those of the sandbox's own account, and `reset` takes them away."""
    box.limit_account([policy(deny())])
    box.create_role("web", policies={"own": ALLOW_ALL}, account=OTHER_ACCOUNT)
    there = box.client("iam", account=OTHER_ACCOUNT).simulate_principal_policy(
        PolicySourceArn=ROLE.replace("123456789012", OTHER_ACCOUNT), ActionNames=[HEARTBEAT]
    )
    box.reset()
    box.create_role("web", policies={"own": ALLOW_ALL})

    assert [*there["EvaluationResults"], *ask(box, HEARTBEAT)] == [expected(Recorded("allowed", [OWN]))] * 2


CALLERS: Final = "Invalid Policy Source Arn: caller's account 123456789012 does not have access to policies in account"
NO_ROLE: Final = "arn:aws:sts::123456789012:assumed-role/web/session"
REFUSED: Final[Mapping[str, tuple[Mapping[str, Any], str, str]]] = {
    # The recording's cases.
    "principal_user_missing": (
        {"PolicySourceArn": f"{ROLE}-missing"},
        "NoSuchEntity",
        "Unable to retrieve specified IAM entity.",
    ),
    "principal_cross_account_source": (
        {"PolicySourceArn": ROLE.replace("123456789012", OTHER_ACCOUNT)},
        "InvalidInput",
        f"{CALLERS} {OTHER_ACCOUNT}.",
    ),
    "principal_assumed_role_source": (
        {"PolicySourceArn": NO_ROLE},
        "InvalidInput",
        f"Invalid ARN provided in the request: {NO_ROLE}",
    ),
    "principal_invalid_source": (
        {"PolicySourceArn": "not-an-arn-but-long-enough"},
        "InvalidInput",
        "Invalid ARN provided in the request: not-an-arn-but-long-enough",
    ),
    "resource_partial_arn": (
        {"ResourceArns": ["arn:aws:s3"]},
        "InvalidInput",
        "ResourceNames are not in a valid ARN format: arn:aws:s3.",
    ),
    # What no check asks.
    "a user": (
        {"PolicySourceArn": ROLE.replace("role", "user")},
        "NotImplemented",
        "The sandbox's simulator knows roles, and no user.",
    ),
    "two resources": (
        {"ResourceArns": [KEY, KEY]},
        "NotImplemented",
        "The sandbox's simulator takes no ResourceArns.member.2.",
    ),
    "a resource's policy": (
        {"ResourcePolicy": "{}"},
        "NotImplemented",
        "The sandbox's simulator takes no ResourcePolicy.",
    ),
    "an address": (
        {"ContextEntries": [told("aws:SourceIp", "192.0.2.7", type_="ip")]},
        "NotImplemented",
        "The sandbox's simulator takes no ip as context.",
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
    there = {"PolicySourceArn": box.create_role("web"), "ActionNames": [HEARTBEAT]}

    with pytest.raises(ClientError) as caught:
        box.client("iam").simulate_principal_policy(**{**there, **asked})
    assert caught.value.response["Error"] == {"Type": "Sender", "Code": code, "Message": message}


def test_a_boundary_that_is_gone_is_an_error(box: Sandbox) -> None:
    """Any ARN will do as a boundary for moto, which says nothing about what it allows."""
    gone = "arn:aws:iam::123456789012:policy/gone"
    box.create_role("web", boundary=gone)

    with pytest.raises(ClientError, match=f"Policy {gone} does not exist or is not attachable"):
        ask(box, HEARTBEAT)
