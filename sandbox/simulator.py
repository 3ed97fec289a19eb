"""IAM's policy simulator, which moto lacks: `SimulatePrincipalPolicy` about the roles that moto holds.

The decisions are those of moto's own evaluator, the one that it enforces IAM with: no second opinion of ours, in this
process, and about the very policies that the role has. It knows neither conditions nor `NotResource`, takes `?` and the
like in a pattern for regular expressions, and minds the case of actions. What the answer around the decisions looks
like, how a boundary limits them, and the errors are ours, after "SimulatePrincipalPolicy" (IAM API Reference).
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal
from xml.etree import ElementTree as ET

from botocore.utils import ArnParser, InvalidArnException
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import IAMBackend, Role, iam_backends

from sandbox.calls import error_body

ACTION = "SimulatePrincipalPolicy"

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_NOT_EVALUATED = ("Condition", "NotResource")


@dataclasses.dataclass(frozen=True)
class Script:
    """What the simulator says about an action, whatever the role's policies are.

    Args:
        decision: What it decides; `None` leaves that to the policies.
        missing: The context keys without which it cannot tell.
        by_organization: Whether an SCP is why.
    """

    decision: Decision | None
    missing: Sequence[str]
    by_organization: bool


class Simulator:
    """Answers `SimulatePrincipalPolicy` as a handler of the local AWS."""

    def __init__(self) -> None:
        """Begin without a script."""
        self.scripts: dict[str, Script] = {}

    def __call__(self, params: Mapping[str, Any]) -> tuple[int, bytes, str]:
        """Return status, body and content type."""
        try:
            results = list(self._results(params))
        except _RefusedError as refused:
            return (refused.status, *error_body("query", refused.code, refused.message))
        return HTTPStatus.OK, _xml(results), "text/xml"

    def _results(self, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        backend, role = _role(str(params.get("PolicySourceArn", "")))
        identity = [*_policies_of(role), *_documents(params, "PolicyInputList")]
        boundary = _documents(params, "PermissionsBoundaryPolicyInputList") or _boundary_of(role, backend)
        resources = _listed(params, "ResourceArns")
        for resource in resources:
            if resource != "*" and not _is_arn(resource):
                raise _RefusedError("InvalidInput", f"Invalid Input Resource: {resource}")
        for action in _listed(params, "ActionNames"):
            for resource in resources or ["*"]:
                script = self.scripts.get(action, Script(None, (), by_organization=False))
                result = _result(action, resource, identity, boundary, script)
                yield {**result, **_missing(resource, script, result["EvalDecision"], listed=bool(resources))}


class _RefusedError(Exception):
    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def _role(arn: str) -> tuple[IAMBackend, Role]:
    if not _is_arn(arn) or ":role/" not in arn:
        raise _RefusedError("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    _, partition, _, _, account, _ = arn.split(":", 5)
    backend = iam_backends[account][partition]
    for role in backend.roles.values():
        if role.arn == arn:
            return backend, role
    raise _RefusedError(
        "NoSuchEntity", f"The role with name {arn.rpartition('/')[2]} cannot be found.", HTTPStatus.NOT_FOUND
    )


def _policies_of(role: Role) -> list[str]:
    return [*role.policies.values(), *map(_default_document, role.managed_policies.values())]


def _boundary_of(role: Role, backend: IAMBackend) -> list[str]:
    if not role.permissions_boundary_arn:
        return []
    policy = backend.managed_policies.get(role.permissions_boundary_arn)
    if policy is None:
        message = f"Policy {role.permissions_boundary_arn} does not exist or is not attachable."
        raise _RefusedError("NoSuchEntity", message, HTTPStatus.NOT_FOUND)
    return [_default_document(policy)]


def _default_document(policy: Any) -> str:
    return next(str(version.document) for version in policy.versions if version.version_id == policy.default_version_id)


def _documents(params: Mapping[str, Any], name: str) -> list[str]:
    documents = _listed(params, name)
    for document in documents:
        try:
            json.loads(document)
        except ValueError as error:
            raise _RefusedError("InvalidInput", f"The policy is not valid JSON: {error}") from None
    return documents


def _listed(params: Mapping[str, Any], name: str) -> list[str]:
    prefix = f"{name}.member."
    numbered = {int(key.removeprefix(prefix)): str(value) for key, value in params.items() if key.startswith(prefix)}
    return [numbered[number] for number in sorted(numbered)]


def _is_arn(text: str) -> bool:
    try:
        ArnParser().parse_arn(text)
    except InvalidArnException:
        return False
    return True


def _result(
    action: str, resource: str, identity: Sequence[str], boundary: Sequence[str], script: Script
) -> dict[str, Any]:
    """Return decision and details; a boundary can only take away."""
    details: dict[str, Any] = {}
    decision = script.decision or _decide(identity, action, resource)
    if boundary and script.decision is None:
        limit = _decide(boundary, action, resource)
        details["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": limit == "allowed"}
        if limit == "explicitDeny" or decision == "allowed":
            decision = limit
    if script.by_organization:
        details["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": False}
    return {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision, **details}


def _decide(documents: Sequence[str], action: str, resource: str) -> Decision:
    for document in documents:
        _refuse_what_moto_does_not_evaluate(document)
    results = {IAMPolicy(document).is_action_permitted(action, resource) for document in documents}
    if PermissionResult.DENIED in results:
        return "explicitDeny"
    return "allowed" if PermissionResult.PERMITTED in results else "implicitDeny"


def _refuse_what_moto_does_not_evaluate(document: str) -> None:
    # moto takes an unmet condition for a deny, and a statement without a Resource for one that permits.
    statements = json.loads(document)["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in _NOT_EVALUATED:
            if element in statement:
                message = f"moto's evaluator does not know {element}; Sandbox.script_simulation can answer."
                raise _RefusedError("NotImplemented", message)


def _missing(resource: str, script: Script, decision: str, *, listed: bool) -> dict[str, Any]:
    """Return the missing context keys where AWS documents them: with listed resources, one level deeper."""
    if not listed:
        return {"MissingContextValues": script.missing}
    specific = {"EvalResourceName": resource, "EvalResourceDecision": decision, "MissingContextValues": script.missing}
    return {"MissingContextValues": [], **({"ResourceSpecificResults": [specific]} if script.missing else {})}


def _xml(results: Sequence[Mapping[str, Any]]) -> bytes:
    response = ET.Element(f"{ACTION}Response", xmlns=_NAMESPACE)
    result = ET.SubElement(response, f"{ACTION}Result")
    _add(result, {"IsTruncated": False, "EvaluationResults": results})
    _add(response, {"ResponseMetadata": {"RequestId": "sandbox"}})
    return ET.tostring(response)


def _add(parent: ET.Element, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        element = ET.SubElement(parent, name)
        if isinstance(value, Mapping):
            _add(element, value)
        elif isinstance(value, (list, tuple)):
            for item in value:
                _add(element, {"member": item})
        else:
            element.text = str(value).lower() if isinstance(value, bool) else str(value)
