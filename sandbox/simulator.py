"""IAM's policy simulator, which moto lacks: `SimulatePrincipalPolicy` about the roles that moto holds.

The decisions are those of moto's own evaluator, about the very policies that the role has. What the answer around them
looks like, how a boundary limits them and the errors are ours, after "SimulatePrincipalPolicy" (IAM API Reference, and
the AWS SDKs' text about `EvaluationResult`). All results come in one page, and only a deny has matched statements.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from botocore.utils import ArnParser, InvalidArnException

from sandbox import iam, moto_internals
from sandbox.calls import RefusedError, Request
from sandbox.moto_internals import Decision, IAMBackend, Role

ACTION = "SimulatePrincipalPolicy"

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_BOUNDARY = "PermissionsBoundaryDecisionDetail"
_POLICY_TYPE = "IAM Policy"  # The SDKs' text lists other types; this is what real answers have.
_NOT_EVALUATED = ("Condition", "NotResource")
# From the mildest to the most restrictive.
_DECISIONS: Sequence[Decision] = ("allowed", "implicitDeny", "explicitDeny")
# The resource types of "Actions, resources, and condition keys" (Service Authorization Reference), as far as they are
# needed: by action, or else by service. An action without one is answered with `*`.
_TEMPLATES = {
    "kms": "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}",
    "logs": "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}",
    "s3": "arn:${Partition}:s3:::${BucketName}/${KeyName}",
    "s3:GetEncryptionConfiguration": "arn:${Partition}:s3:::${BucketName}",
}


@dataclasses.dataclass(frozen=True)
class Script:
    """What the simulator says about an action, whatever the role's policies are: as in `Sandbox.script_simulation`.

    Where the missing keys of listed resources are, the SDKs' text says both: in the results of these "instead", and all
    of them in the result of the action.
    """

    decision: Decision | None
    missing: Sequence[str]
    by_organization: bool
    per_resource: bool


_NO_SCRIPT = Script(None, (), by_organization=False, per_resource=False)


class _Policy(NamedTuple):
    """A document, and what the simulator calls it where one of its statements matched."""

    id: str
    document: str


class Simulator:
    """Answers `SimulatePrincipalPolicy` as a handler of the local AWS."""

    def __init__(self) -> None:
        """Begin without a script."""
        self.scripts: dict[tuple[str, str | None], Script] = {}

    def __call__(self, request: Request) -> tuple[int, bytes, str]:
        """Return status, body and content type.

        Raises:
            RefusedError: IAM would refuse it, or moto's evaluator would be wrong.
        """
        _refuse_another_account(request)
        results = list(self._results(request.params))
        return HTTPStatus.OK, _xml({"IsTruncated": False, "EvaluationResults": results}), "text/xml"

    def _results(self, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        backend, role = _role(str(params.get("PolicySourceArn", "")))
        identity = [*_policies_of(role), *_inputs(params, "PolicyInputList")]
        boundary = _inputs(params, "PermissionsBoundaryPolicyInputList") or _boundary_of(role, backend)
        asked = _resources(params)
        for action in _listed(params, "ActionNames"):
            scripts = [self._script(action, resource) for resource in asked]
            pairs = zip(asked, scripts, strict=True)
            each = [_on_one(action, resource, identity, boundary, script) for resource, script in pairs]
            yield _on_all(action, each, scripts)

    def _script(self, action: str, resource: str) -> Script:
        return self.scripts.get((action, resource)) or self.scripts.get((action, None)) or _NO_SCRIPT


def allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Return whether a policy lets its owner do the action on the resource, in the eyes of moto's own evaluator.

    moto takes a `.` in a resource, and a `?`, for regular expressions, and minds the case of actions.
    """
    return moto_internals.decide(json.dumps(document), action, resource) == "allowed"


def refusal(document: Mapping[str, Any]) -> str:
    """Return why IAM refuses a policy document, in moto's words, or nothing: wrong version, element or ARN."""
    return moto_internals.refusal(json.dumps(document))


def _listed(params: Mapping[str, Any], name: str) -> list[str]:
    """Return a list in the order that its members are numbered in."""
    prefix = f"{name}.member."
    numbered = {int(key.removeprefix(prefix)): str(value) for key, value in params.items() if key.startswith(prefix)}
    return [numbered[number] for number in sorted(numbered)]


def _resources(params: Mapping[str, Any]) -> list[str]:
    """Return what the actions are tried on, which is everything (`*`) where nothing is listed."""
    found = _listed(params, "ResourceArns")
    for resource in found:
        if resource != "*" and not _is_arn(resource):
            raise RefusedError("InvalidInput", f"Invalid Input Resource: {resource}")
    if "*" in found and len(found) > 1:
        raise RefusedError("InvalidInput", "Invalid Input Resource: * and ARNs cannot be in one request.")
    return found or ["*"]


def _is_arn(text: str) -> bool:
    try:
        ArnParser().parse_arn(text)
    except InvalidArnException:
        return False
    return True


def _refuse_another_account(request: Request) -> None:
    """Refuse what no policy can allow: identities are those of the caller's account. The text is ours."""
    arn = str(request.params.get("PolicySourceArn", ""))
    if _is_arn(arn) and arn.split(":")[4] != request.account:
        caller = f"arn:aws:iam::{request.account}:user/sandbox"
        message = f"User: {caller} is not authorized to perform: iam:{ACTION} on resource: {arn}"
        raise RefusedError("AccessDenied", message, HTTPStatus.FORBIDDEN)


def _role(arn: str) -> tuple[IAMBackend, Role]:
    if not _is_arn(arn) or ":role/" not in arn:
        raise RefusedError("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    _, partition, _, _, account, _ = arn.split(":", 5)
    backend = moto_internals.backend(account, partition)
    for role in backend.roles.values():
        if role.arn == arn:
            return backend, role
    raise RefusedError(
        "NoSuchEntity", f"The role with name {arn.rpartition('/')[2]} cannot be found.", HTTPStatus.NOT_FOUND
    )


def _inputs(params: Mapping[str, Any], name: str) -> list[_Policy]:
    return [_Policy(f"{name}.{number}", document) for number, document in enumerate(_listed(params, name), 1)]


def _policies_of(role: Role) -> list[_Policy]:
    inline = [_Policy(f"role_{role.name}_{name}", document) for name, document in role.policies.items()]
    attached = [_Policy(policy.name, iam.default_document(policy)) for policy in role.managed_policies.values()]
    return [*inline, *attached]


def _boundary_of(role: Role, backend: IAMBackend) -> list[_Policy]:
    if not role.permissions_boundary_arn:
        return []
    policy = backend.managed_policies.get(role.permissions_boundary_arn)
    if policy is None:
        message = f"Policy {role.permissions_boundary_arn} does not exist or is not attachable."
        raise RefusedError("NoSuchEntity", message, HTTPStatus.NOT_FOUND)
    return [_Policy(policy.name, iam.default_document(policy))]


def _on_one(
    action: str, resource: str, identity: Sequence[_Policy], boundary: Sequence[_Policy], script: Script
) -> dict[str, Any]:
    """Return the result for one resource; a boundary can only take away, and none of its statements is told."""
    details: dict[str, Any] = {}
    decision = script.decision or _decide(identity, action, resource)
    matched = [] if script.decision else _denying(identity, action, resource)
    if boundary and script.decision is None:
        limit = _decide(boundary, action, resource)
        details = _boundary_detail(allowed=limit == "allowed")
        if limit == "explicitDeny" or decision == "allowed":
            decision = limit
    return {
        "EvalResourceName": resource,
        "EvalResourceDecision": decision,
        **({"MatchedStatements": matched} if matched else {}),
        "MissingContextValues": list(script.missing),
        **details,
    }


def _on_all(action: str, each: Sequence[Mapping[str, Any]], scripts: Sequence[Script]) -> dict[str, Any]:
    """Return an action's result: the most restrictive decision, a template for a name, each resource's own.

    Its matched statements are those of all resources, each once.
    """
    listed = each[0]["EvalResourceName"] != "*"
    told = [one for one, script in zip(each, scripts, strict=True) if not (listed and script.per_resource)]
    limits = [one[_BOUNDARY]["AllowedByPermissionsBoundary"] for one in each if _BOUNDARY in one]
    by_organization = any(script.by_organization for script in scripts)
    statements = [statement for one in each for statement in one.get("MatchedStatements", [])]
    matched = [one for number, one in enumerate(statements) if one not in statements[:number]]
    return {
        "EvalActionName": action,
        "EvalResourceName": _TEMPLATES.get(action) or _TEMPLATES.get(action.partition(":")[0], "*"),
        "EvalDecision": max((one["EvalResourceDecision"] for one in each), key=_DECISIONS.index),
        **({"MatchedStatements": matched} if matched else {}),
        "MissingContextValues": list(dict.fromkeys(key for one in told for key in one["MissingContextValues"])),
        **(_boundary_detail(allowed=all(limits)) if limits else {}),
        **({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}} if by_organization else {}),
        **({"EvalDecisionDetails": {}} if listed and not by_organization else {}),
        **({"ResourceSpecificResults": each} if listed else {}),
    }


def _boundary_detail(*, allowed: bool) -> dict[str, Any]:
    return {_BOUNDARY: {"AllowedByPermissionsBoundary": allowed}}


def _decide(policies: Sequence[_Policy], action: str, resource: str) -> Decision:
    for policy in policies:
        _refuse_what_moto_does_not_evaluate(policy.document)
    decisions = {moto_internals.decide(policy.document, action, resource) for policy in policies}
    if "explicitDeny" in decisions:
        return "explicitDeny"
    return "allowed" if "allowed" in decisions else "implicitDeny"


def _denying(policies: Sequence[_Policy], action: str, resource: str) -> list[Mapping[str, str]]:
    """Name the policy of each statement that denies: where one does, no other is told."""
    return [
        {"SourcePolicyId": policy.id, "SourcePolicyType": _POLICY_TYPE}
        for policy in policies
        for statement in _statements(policy.document)
        if moto_internals.decide(json.dumps({"Statement": [statement]}), action, resource) == "explicitDeny"
    ]


def _statements(document: str) -> list[Mapping[str, Any]]:
    statements = json.loads(document)["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _refuse_what_moto_does_not_evaluate(document: str) -> None:
    # moto takes an unmet condition for a deny, and a statement without a Resource for one that permits.
    for statement in _statements(document):
        for element in _NOT_EVALUATED:
            if element in statement:
                message = f"moto's evaluator does not know {element}; Sandbox.script_simulation can answer."
                raise RefusedError("NotImplemented", message)


def _xml(answer: Mapping[str, Any]) -> bytes:
    response = ET.Element(f"{ACTION}Response", xmlns=_NAMESPACE)
    _add(response, {f"{ACTION}Result": answer, "ResponseMetadata": {"RequestId": "sandbox"}})
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
