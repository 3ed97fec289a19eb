"""The roles that a run makes to test on, and what IAM and its simulator answer without Pulumi."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from tools.verify.account import Account, pages
from tools.verify.run import Run, say

OUTSIDE: Final = {"s3:GetEncryptionConfiguration": "implicitDeny"}
"""What the permissions boundary of the third role does not allow."""
DENIED: Final = {"kms:Decrypt": "explicitDeny"}
"""What a policy of the third role denies with the second key."""

_TRUST: Final = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
_DONE: Final = "done"
_ALLOWED: Final = "allowed"


def keys(account: Account) -> tuple[str, str]:
    """Return the ARNs of two keys that need not exist: a policy may name them, and so may a question."""
    key = f"arn:{account.partition}:kms:{account.region}:{account.number}:key/00000000-0000-0000-0000-00000000000"
    return f"{key}1", f"{key}2"


def make(account: Account, run: Run) -> None:
    """Make the run's roles. Wait until IAM's simulator knows them."""
    iam, (_, _, third), (_, key) = account.iam, run.roles, keys(account)
    tags = [{"Key": name, "Value": value} for name, value in run.tags.items()]
    within = _document(_allow(["ssmmessages:*", "ssm:UpdateInstanceInformation", *DENIED], "*"))
    boundary = iam.create_policy(PolicyName=run.name("boundary"), PolicyDocument=within, Tags=tags)["Policy"]["Arn"]
    for role in filter(run.made, run.roles):
        limit = {"PermissionsBoundary": boundary} if role == third else {}
        made = {"RoleName": role, "AssumeRolePolicyDocument": _document(_TRUST), "Tags": tags, **limit}
        # A write, too, must wait until IAM knows what was made right before.
        run.until(_DONE, partial(_do, iam.create_role, **made))
    denies = _document({"Effect": "Deny", "Action": [*DENIED], "Resource": key})
    put = partial(iam.put_role_policy, RoleName=third, PolicyName=run.name("deny"), PolicyDocument=denies)
    run.until(_DONE, partial(_do, put))
    asked = _policy(_allow(OUTSIDE, "*"), _allow(DENIED, key))
    limits = {**OUTSIDE, **DENIED}
    wanted: dict[str, object] = {role: limits if role == third else {} for role in run.roles if run.made(role)}
    found = run.until(wanted, lambda: {role: decisions(denied(account, role, asked)) for role in wanted})
    if found != wanted:
        say(f"    The simulator denies {found}, not {wanted}. If an SCP is why, claims about check_role will fail.")


def _do(write: Callable[..., object], **parameters: object) -> str:
    write(**parameters)
    return _DONE


def denied(account: Account, role: str, document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the results of AWS's simulator for each denied action, as if the role also had the document.

    AWS gives one result for each action, or one for each action and resource. Then some of them may allow.
    """
    arn = account.iam.get_role(RoleName=role)["Role"]["Arn"]
    asked = {"PolicySourceArn": arn, "PolicyInputList": [json.dumps(document)]}
    results = [
        result
        for statement in document["Statement"]
        for result in pages(account, "simulate_principal_policy", "EvaluationResults", **asked, **_about(statement))
    ]
    return [result for result in results if result["EvalActionName"] in decisions(results)]


def decisions(results: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the decision on each denied action."""
    return {each["EvalActionName"]: each["EvalDecision"] for each in results if each["EvalDecision"] != _ALLOWED}


def policies(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the policies that deny, as AWS gives them."""
    denying = [each for each in results if each["EvalDecision"] != _ALLOWED]
    ids = [statement["SourcePolicyId"] for each in denying for statement in each.get("MatchedStatements", ())]
    return list(dict.fromkeys(ids))


def _about(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the question to the simulator about a statement of the document."""
    resources = statement["Resource"]
    scope = {} if resources == "*" else {"ResourceArns": resources if isinstance(resources, list) else [resources]}
    return {"ActionNames": statement["Action"], **scope}


def document_of(account: Account, arn: str) -> Any:
    """Return the document that a managed policy has now."""
    version = account.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return account.iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def managed(account: Account, beginning: str) -> list[str]:
    """Return the account's managed policies whose names begin with this text."""
    found = pages(account, "list_policies", "Policies", Scope="Local")
    return [policy["PolicyName"] for policy in found if policy["PolicyName"].startswith(beginning)]


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps(_policy(statement))


def _policy(*statements: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(actions: Iterable[str], resource: str) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Action": [*actions], "Resource": resource}
