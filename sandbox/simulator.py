"""IAM's policy simulator, which moto lacks: `iam:SimulatePrincipalPolicy` about a role and at most one resource."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.iam.exceptions import IAMException
from moto.iam.models import IAMBackend, Role
from moto.iam.responses import IamResponse

from sandbox.evaluation import BOUNDARY, Document, NotEvaluatedError, Policy, Principal, evaluate

_PARAMETERS: Final = {"PolicySourceArn", "ActionNames", "ResourceArns", "PolicyInputList", "ContextEntries"}


def install() -> None:
    """Make it one of the actions of moto's IAM, for every client in this process."""
    IamResponse.simulate_principal_policy = _respond  # type: ignore[attr-defined]


def default_document(policy: Any) -> dict[str, Any]:
    """Return the default version's document of a managed policy of moto's."""
    versions = {version.version_id: version.document for version in policy.versions}
    return dict(json.loads(versions[policy.default_version_id]))


def find_role(name: str, iam: IAMBackend) -> Role | None:
    """Return the role of this name, in upper or lower case: for IAM they are one role, for moto two."""
    return next((role for role in iam.roles.values() if role.name.lower() == name.lower()), None)


def principal_context(arn: str) -> dict[str, list[str]]:
    """Return the context keys that are known of whoever makes a request."""
    return {"aws:PrincipalArn": [arn], "aws:PrincipalAccount": [arn.split(":")[4]]}


def added_policies(parameter: str, documents: Iterable[Document], *policy_type: str) -> list[Policy]:
    """Return the documents of a request's parameter as policies, numbered from 1."""
    return [Policy(f"{parameter}.{number}", document, *policy_type) for number, document in enumerate(documents, 1)]


def _respond(response: IamResponse) -> ActionResult:
    try:
        results = _simulate(response.params, response.current_account, response.backend)
    except NotEvaluatedError as error:
        raise IAMException("PolicyEvaluation", str(error)) from None
    return ActionResult({"IsTruncated": False, "EvaluationResults": results})


def _simulate(params: Mapping[str, Any], account: str, iam: IAMBackend) -> list[dict[str, Any]]:
    resource, *other_resources = params.get("ResourceArns") or ["*"]
    if unknown := sorted(set(params) - _PARAMETERS) + other_resources:
        raise NotEvaluatedError(f"The sandbox's simulator takes no {unknown[0]}.")
    arn, actions = params["PolicySourceArn"], params["ActionNames"]
    role = _principal_role(arn, account, iam)
    _refuse_foreign(resource, actions, account)
    entries = {entry["ContextKeyName"]: entry["ContextKeyValues"] for entry in params.get("ContextEntries", [])}
    documents = [json.loads(text) for text in params.get("PolicyInputList", [])]
    policies = _policies(role) + added_policies("PolicyInputList", documents)
    principal, context = Principal(policies, _boundary(role, iam)), {**principal_context(arn), **entries}
    return [evaluate(principal, action, resource, context) for action in actions]


def _principal_role(arn: str, account: str, iam: IAMBackend) -> Role:
    if not arn.startswith(f"arn:aws:iam::{account}:role/"):
        raise NotEvaluatedError(f"The sandbox's simulator knows roles of account {account}, and not {arn}.")
    if (role := find_role(arn.rpartition("/")[2], iam)) is None:
        raise IAMException("NoSuchEntity", "Unable to retrieve specified IAM entity.")
    return role


def _refuse_foreign(resource: str, actions: Sequence[str], account: str) -> None:
    """Refuse a resource of another account, whose own policy decides, and one that the action can't be about."""
    service, owner = resource.split(":")[2:5:2] if resource.count(":") > 4 else ("", resource)  # noqa: PLR2004
    is_of_other_service = any(service != action.partition(":")[0].lower() for action in actions)
    if resource != "*" and (owner not in ("", account) or is_of_other_service):
        raise NotEvaluatedError(f"The sandbox can't say what a role of account {account} may do to {resource}.")


def _policies(role: Role) -> list[Policy]:
    """Return a role's policies, with the ids that the simulator gives to inline and managed ones."""
    inline = [Policy(f"role_{role.name}_{name}", json.loads(text)) for name, text in role.policies.items()]
    return inline + [Policy(policy.name, default_document(policy)) for policy in role.managed_policies.values()]


def _boundary(role: Role, iam: IAMBackend) -> list[Policy]:
    if not (arn := role.permissions_boundary_arn):
        return []
    policy = iam.managed_policies[arn]
    return [Policy(policy.name, default_document(policy), BOUNDARY)]
