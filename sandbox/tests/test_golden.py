"""The sandbox's simulator answers as AWS's did, wherever an answer of AWS's is known."""

import json
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.tests.golden import GOLDEN, ROLE, Golden
from sandbox.tests.policies import managed


def asked(box: Sandbox, golden: Golden) -> list[dict[str, Any]]:
    """Make the role and what limits it, and return the simulator's results."""
    limit = golden.boundary_document
    [name] = [id_ for id_, type_ in golden.matched or [] if type_ != "IAM Policy"] or ["limit"]
    boundary = managed(box, name, limit) if limit else None
    role = box.create_role(ROLE, policies=golden.inline, boundary=boundary)
    for each, document in golden.attached.items():
        managed(box, each, document, roles=[ROLE])
    box.limit_account(*golden.scp_documents)
    answer = box.client("iam").simulate_principal_policy(
        PolicySourceArn=role,
        ActionNames=golden.actions,
        PolicyInputList=[json.dumps(each) for each in golden.inputs],
        ResourceArns=golden.resources,
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": values}
            for key, values in golden.context.items()
        ],
    )
    return list(answer["EvaluationResults"])


def seen(result: dict[str, Any], golden: Golden) -> dict[str, Any]:
    """Return of a result what the golden answer shows."""
    single = [result] if golden.resources == ("*",) else result["ResourceSpecificResults"]
    found: dict[str, Any] = {
        "decision": result["EvalDecision"],
        "matched": [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]],
        "missing": single[0]["MissingContextValues"],
        "boundary": result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary"),
        "scps": result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations"),
    }
    return {name: value for name, value in found.items() if getattr(golden, name) is not None}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: f"{golden.source.partition(':')[0]}")
def test_the_simulator_answers_as_awss_did(box: Sandbox, golden: Golden) -> None:
    """Decision, matched statements, missing keys, and what is said of boundary and SCPs."""
    results = asked(box, golden)
    expected = {
        name: value
        for name in ("decision", "matched", "missing", "boundary", "scps")
        if (value := getattr(golden, name)) is not None
    }

    assert [result["EvalActionName"] for result in results] == [*golden.actions]
    assert [seen(result, golden) for result in results] == [expected] * len(results)
