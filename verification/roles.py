"""The roles that a run makes to try on, and what IAM and its simulator say where they are asked without Pulumi."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from verification.account import Account, pages
from verification.run import Run

LIMITS: Final = {"kms:Decrypt": "implicitDeny", "ssmmessages:OpenDataChannel": "explicitDeny"}
"""What the third role may not do: the one is not in its permissions boundary, the other one a policy of it denies."""

_OUTSIDE, _DENIED = LIMITS
_BOUNDARY: Final = {"Effect": "Allow", "Action": ["ssmmessages:*", "ssm:UpdateInstanceInformation"], "Resource": "*"}
_DENIES: Final = {"Effect": "Deny", "Action": _DENIED, "Resource": "*"}
_TRUST: Final = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
_DONE: Final = "done"
_ASKED: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [*LIMITS], "Resource": "*"}]}


def make(account: Account, run: Run) -> None:
    """Make the run's roles, and wait until IAM's simulator knows them."""
    iam, (_, _, third) = account.iam, run.roles
    boundary = iam.create_policy(PolicyName=run.name("boundary"), PolicyDocument=_document(_BOUNDARY))["Policy"]["Arn"]
    for role in filter(run.made, run.roles):
        limit = {"PermissionsBoundary": boundary} if role == third else {}
        # A write, too, waits until IAM knows what was made right before.
        run.until(_DONE, partial(_do, iam.create_role, RoleName=role, **_role(run), **limit))
    denies = {"PolicyName": run.name("deny"), "PolicyDocument": _document(_DENIES)}
    run.until(_DONE, partial(_do, iam.put_role_policy, RoleName=third, **denies))
    wanted: dict[str, object] = {role: LIMITS if role == third else {} for role in run.roles if run.made(role)}
    run.until(wanted, lambda: {role: denied(account, role, _ASKED) for role in wanted})


def _do(write: Callable[..., object], **parameters: object) -> str:
    write(**parameters)
    return _DONE


def _role(run: Run) -> Mapping[str, Any]:
    return {
        "AssumeRolePolicyDocument": _document(_TRUST),
        "Description": "Made by `make verify` of pulumi-ssm-perms, which removes it in the end.",
        "Tags": [{"Key": "made-by", "Value": "pulumi-ssm-perms make verify"}, {"Key": "run", "Value": run.id}],
    }


def denied(account: Account, role: str, document: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what AWS's simulator denies to a role that has a document as well, and how."""
    arn = account.iam.get_role(RoleName=role)["Role"]["Arn"]
    asked = {"PolicySourceArn": arn, "PolicyInputList": [json.dumps(document)]}
    return {
        result["EvalActionName"]: result["EvalDecision"]
        for statement in document["Statement"]
        for result in pages(account, "simulate_principal_policy", "EvaluationResults", **asked, **_about(statement))
        if result["EvalDecision"] != "allowed"
    }


def _about(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the simulator is asked about a statement of the document."""
    resources = statement["Resource"]
    scope = {} if resources == "*" else {"ResourceArns": resources if isinstance(resources, list) else [resources]}
    return {"ActionNames": statement["Action"], **scope}


def document_of(account: Account, arn: str) -> Any:
    """Return the document that a managed policy has now."""
    version = account.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return account.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def managed(account: Account, beginning: str) -> list[str]:
    """Return the managed policies of the account whose names begin so."""
    found = pages(account, "list_policies", "Policies", Scope="Local")
    return [policy["PolicyName"] for policy in found if policy["PolicyName"].startswith(beginning)]


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
