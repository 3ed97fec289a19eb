"""IAM's policy simulator, which moto lacks: `SimulatePrincipalPolicy` about a role, by moto's own evaluation."""

import json
import operator
from collections.abc import Iterator
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.exceptions import IAMException
from moto.iam.responses import IamResponse

IDENTITY, BOUNDARY = "IAM Policy", "Permissions Boundary Policy"  # as real answers have them; the SDK lists others
_KNOWN: Final = {"Sid", "Effect", "Action", "Resource", "Condition"}
_REGION: Final = "aws:RequestedRegion"
_OPERATORS: Final = {"StringEquals": bool, "StringNotEquals": operator.not_}


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, and one value as a list of one."""
    return value if isinstance(value, list) else [value]


def default_text(policy: Any) -> str:
    """Return the default version's document of a managed policy of moto's."""
    return str(next(version.document for version in policy.versions if version.is_default))


def answer(self: IamResponse) -> ActionResult:
    """Answer as one of the actions of moto's IAM."""
    params, roles, managed = self.params, self.backend.roles.values(), self.backend.managed_policies
    role = next((role for role in roles if role.arn == params["PolicySourceArn"]), None)
    if role is None:
        raise IAMException("NoSuchEntity", "Unable to retrieve specified IAM entity.")
    policies = [(f"role_{role.name}_{name}", IDENTITY, json.loads(text)) for name, text in role.policies.items()]
    policies += [(policy.name, IDENTITY, json.loads(default_text(policy))) for policy in role.managed_policies.values()]
    added = enumerate(params.get("PolicyInputList", []), 1)
    policies += [(f"PolicyInputList.{number}", IDENTITY, json.loads(text)) for number, text in added]
    if limit := managed.get(role.permissions_boundary_arn or ""):
        policies.append((limit.name, BOUNDARY, json.loads(default_text(limit))))
    [resource] = params.get("ResourceArns") or ["*"]
    context = {entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in params.get("ContextEntries", [])}
    results = [_evaluate(policies, action, resource, context.get(_REGION)) for action in params["ActionNames"]]
    return ActionResult({"IsTruncated": False, "EvaluationResults": results})


def _evaluate(policies: list[tuple[str, str, Any]], action: str, resource: str, region: Any) -> dict[str, Any]:
    matches = [(effect, *policy[:2]) for policy in policies for effect in _effects(policy, action, resource, region)]
    denying, allowing = ([match for match in matches if match[0] == effect] for effect in ("Deny", "Allow"))
    is_inside = policies[-1:] == [] or policies[-1][1] != BOUNDARY or BOUNDARY in [type_ for _, _, type_ in allowing]
    deciding = denying or [match for match in allowing if is_inside and match[2] == IDENTITY]
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": "explicitDeny" if denying else "allowed" if deciding else "implicitDeny",
        "MatchedStatements": [{"SourcePolicyId": id_, "SourcePolicyType": type_} for _, id_, type_ in deciding],
        "MissingContextValues": [],
    }


def _effects(policy: tuple[str, str, Any], action: str, resource: str, region: Any) -> Iterator[str]:
    """Yield the effect of each statement that is about the request. What moto would misread is refused."""
    for statement in as_list(policy[2]["Statement"]):
        conditions = [(name, *pair) for name, keys in statement.get("Condition", {}).items() for pair in keys.items()]
        unknown = [*(set(statement) - _KNOWN), *(mark for mark in ("?", "${") if mark in str(statement))]
        unknown += [name for name, key, _ in conditions if name not in _OPERATORS or key != _REGION or not region]
        if unknown:
            message = f"The sandbox can't say what {unknown[0]} means, and {policy[0]} has it."
            raise IAMException("PolicyEvaluation", message)
        actions = [pattern.lower() for pattern in as_list(statement["Action"])]
        allow = IAMPolicyStatement({"Effect": "Allow", "Action": actions, "Resource": statement["Resource"]})
        is_met = all(_OPERATORS[name](region[0] in as_list(values)) for name, _, values in conditions)
        if is_met and allow.is_action_permitted(action.lower(), resource) == PermissionResult.PERMITTED:
            yield statement["Effect"]
