"""IAM's policy simulator, which moto lacks: `iam:SimulatePrincipalPolicy` about a role and at most one resource."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.iam.exceptions import IAMException
from moto.iam.models import IAMBackend, Role
from moto.iam.responses import IamResponse

from sandbox.evaluation import BOUNDARY, NotEvaluatedError, Policy, Simulated, evaluate

_ASKED: Final = {
    "PolicySourceArn", "ActionNames", "ResourceArns", "PolicyInputList", "PermissionsBoundaryPolicyInputList",
    "ContextEntries", "MaxItems",
}  # fmt: skip


def install() -> None:
    """Make it one of the actions of moto's IAM, for every client in this process."""
    IamResponse.simulate_principal_policy = _respond  # type: ignore[attr-defined]


def document_of(policy: Any) -> dict[str, Any]:
    """Return the default version's document of a managed policy of moto's."""
    text = next(each.document for each in policy.versions if each.version_id == policy.default_version_id)
    return dict(json.loads(text))


def _respond(response: IamResponse) -> ActionResult:
    try:
        results = _simulate(response.params, response.current_account, response.backend)
    except NotEvaluatedError as error:
        raise IAMException("PolicyEvaluation", str(error)) from None
    return ActionResult({"IsTruncated": False, "EvaluationResults": results})


def _simulate(asked: Mapping[str, Any], account: str, iam: IAMBackend) -> list[dict[str, Any]]:
    resources = asked.get("ResourceArns") or ["*"]
    if unknown := sorted(set(asked) - _ASKED) + resources[1:]:
        raise NotEvaluatedError(f"The sandbox's simulator takes no {unknown[0]}.")
    role = _role(asked["PolicySourceArn"], account, iam)
    _refuse_others(resources[0], asked["ActionNames"], account)
    told = {each["ContextKeyName"]: each["ContextKeyValues"] for each in asked.get("ContextEntries", [])}
    context = {"aws:PrincipalArn": [asked["PolicySourceArn"]], "aws:PrincipalAccount": [account], **told}
    who = Simulated(
        [*policies_of(role), *added(asked.get("PolicyInputList", []))],
        added(asked.get("PermissionsBoundaryPolicyInputList", []), limit=True) or _boundary(role, iam),
    )
    return [evaluate(who, action, resources[0], context) for action in asked["ActionNames"]]


def _role(arn: str, account: str, iam: IAMBackend) -> Role:
    _, _, service, _, owner, named = arn.split(":", 5) if arn.count(":") >= 5 else [""] * 6  # noqa: PLR2004
    if service != "iam" or named == "root":
        raise IAMException("InvalidInput", f"Invalid ARN provided in the request: {arn}")
    if owner != account:
        message = f"caller's account {account} does not have access to policies in account {owner}."
        raise IAMException("InvalidInput", f"Invalid Policy Source Arn: {message}")
    if not named.startswith("role/"):
        raise NotEvaluatedError(f"The sandbox's simulator knows roles, and not {arn}.")
    name = named.rpartition("/")[2].lower()
    if not (found := [each for each in iam.roles.values() if each.name.lower() == name]):
        raise IAMException("NoSuchEntity", "Unable to retrieve specified IAM entity.")
    return found[0]


def _refuse_others(resource: str, actions: Sequence[str], account: str) -> None:
    """Refuse a resource of another account, whose own policy decides, and one that the action can't be about."""
    if resource == "*":
        return
    if resource.count(":") < 5:  # noqa: PLR2004
        raise IAMException("InvalidInput", f"ResourceNames are not in a valid ARN format: {resource}.")
    _, _, service, _, owner, _ = resource.split(":", 5)
    if owner not in ("", account) or any(service != each.partition(":")[0].lower() for each in actions):
        raise NotEvaluatedError(f"The sandbox can't say what a role of account {account} may do to {resource}.")


def policies_of(role: Role) -> list[Policy]:
    """Return a role's policies, with the ids that the simulator gives to inline and managed ones."""
    inline = [Policy(f"role_{role.name}_{name}", json.loads(text)) for name, text in role.policies.items()]
    return inline + [Policy(each.name, document_of(each)) for each in role.managed_policies.values()]


def added(documents: Sequence[str], *, limit: bool = False) -> list[Policy]:
    """Return the documents that a request adds to a role's policies, or has instead of its boundary."""
    name, type_ = ("PermissionsBoundaryPolicyInputList", [BOUNDARY]) if limit else ("PolicyInputList", [])
    return [Policy(f"{name}.{number}", json.loads(each), *type_) for number, each in enumerate(documents, 1)]


def _boundary(role: Role, iam: IAMBackend) -> list[Policy]:
    if not (arn := role.permissions_boundary_arn):
        return []
    if arn not in iam.managed_policies:
        raise IAMException("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
    policy = iam.managed_policies[arn]
    return [Policy(policy.name, document_of(policy), BOUNDARY)]
