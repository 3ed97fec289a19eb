"""IAM's policy simulator, which moto lacks: `SimulatePrincipalPolicy` about the roles that moto holds.

moto's own evaluator decides, about the role's real policies. The form of the answer, the effect of a boundary and the
errors are ours, after "SimulatePrincipalPolicy" (IAM API Reference, and the AWS SDKs' text about `EvaluationResult`).
All results are on one page. Matched statements are those that decide: those that allow or, if one denies, that deny.
"""

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
_POLICY_TYPE = "IAM Policy"  # The SDKs' text lists other types, but real answers have this one.
_NOT_EVALUATED = ("Condition", "NotResource")
# From the mildest to the most restrictive.
_DECISIONS: Sequence[Decision] = ("allowed", "implicitDeny", "explicitDeny")
# The resource types of "Actions, resources, and condition keys" (Service Authorization Reference) that are needed here:
# by action, or else by service. An action without a type is answered with `*`.
_TEMPLATES = {
    "kms": "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}",
    "logs": "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}",
    "s3": "arn:${Partition}:s3:::${BucketName}/${KeyName}",
    "s3:GetEncryptionConfiguration": "arn:${Partition}:s3:::${BucketName}",
}


class Script(NamedTuple):
    """What the simulator says about an action, whatever the role's policies are: see `Sandbox.script_simulation`."""

    decision: Decision | None = None
    missing: Sequence[str] = ()
    by_resource: bool = False
    silent: Sequence[str] = ()


class _Policy(NamedTuple):
    """A document, and its id in the simulator's matched statements."""

    id: str
    document: str


class Simulator:
    """Answers `SimulatePrincipalPolicy` as a handler of the local AWS."""

    def __init__(self) -> None:
        """Start without a script."""
        self.scripts: dict[str, Script] = {}

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
            script = self.scripts.get(action, Script())
            told = [resource for resource in asked if resource not in script.silent]
            each = [_on_one(action, resource, identity, boundary, script) for resource in told]
            if script.silent:
                yield from (
                    {**_on_all(action, [one], script), "EvalResourceName": one["EvalResourceName"]} for one in each
                )
            else:
                yield _on_all(action, each, script)


def may(role: str, action: str) -> bool:
    """Return whether a role, named by its ARN, may call an action on everything, by its policies and its boundary.

    Raises:
        RefusedError: moto's evaluator would be wrong, or there is no such role or boundary.
    """
    backend, found = _role(role)
    result = _on_one(action, "*", _policies_of(found), _boundary_of(found, backend), Script())
    return bool(result["EvalResourceDecision"] == "allowed")


def allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Return whether a policy allows the action on the resource, according to moto's own evaluator.

    moto reads `.` and `?` in a resource as a regular expression, and actions as case-sensitive.
    """
    return moto_internals.decide(json.dumps(document), action, resource) == "allowed"


def refusal(document: Mapping[str, Any]) -> str:
    """Return in moto's words why IAM refuses a policy document: wrong version, element or ARN. Empty if it is right."""
    return moto_internals.refusal(json.dumps(document))


def _listed(params: Mapping[str, Any], name: str) -> list[str]:
    """Return a list in the order of its members' numbers."""
    prefix = f"{name}.member."
    numbered = {int(key.removeprefix(prefix)): str(value) for key, value in params.items() if key.startswith(prefix)}
    return [numbered[number] for number in sorted(numbered)]


def _resources(params: Mapping[str, Any]) -> list[str]:
    """Return the resources of the question: everything (`*`) if none is listed."""
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
    """Refuse identities of another account, which no policy can allow. The text is ours."""
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
    """Return the result for one resource. A boundary only takes away, and its statements are not in the result."""
    details: dict[str, Any] = {}
    decision = script.decision or _decide(identity, action, resource)
    if boundary and script.decision is None:
        limit = _decide(boundary, action, resource)
        details = _boundary_detail(allowed=limit == "allowed")
        if limit == "explicitDeny" or decision == "allowed":
            decision = limit
    matched = [] if script.decision else _deciding(identity, action, resource, decision)
    return {
        "EvalResourceName": resource,
        "EvalResourceDecision": decision,
        **({"MatchedStatements": matched} if matched else {}),
        "MissingContextValues": list(script.missing),
        **details,
    }


def _on_all(action: str, each: Sequence[Mapping[str, Any]], script: Script) -> dict[str, Any]:
    """Return an action's result: the most restrictive decision, a template as its name, and each resource's result.

    Its matched statements are those of all resources with that decision, each once.
    """
    listed = each[0]["EvalResourceName"] != "*"
    decision = max((one["EvalResourceDecision"] for one in each), key=_DECISIONS.index)
    limits = [one[_BOUNDARY]["AllowedByPermissionsBoundary"] for one in each if _BOUNDARY in one]
    decisive = [one for one in each if one["EvalResourceDecision"] == decision]
    statements = [statement for one in decisive for statement in one.get("MatchedStatements", [])]
    matched = [one for number, one in enumerate(statements) if one not in statements[:number]]
    missing = () if listed and script.by_resource else script.missing
    return {
        "EvalActionName": action,
        "EvalResourceName": _TEMPLATES.get(action) or _TEMPLATES.get(action.partition(":")[0], "*"),
        "EvalDecision": decision,
        **({"MatchedStatements": matched} if matched else {}),
        "MissingContextValues": list(missing),
        **(_boundary_detail(allowed=all(limits)) if limits else {}),
        **({"EvalDecisionDetails": {}, "ResourceSpecificResults": each} if listed else {}),
    }


def _boundary_detail(*, allowed: bool) -> dict[str, Any]:
    return {_BOUNDARY: {"AllowedByPermissionsBoundary": allowed}}


def _decide(policies: Sequence[_Policy], action: str, resource: str) -> Decision:
    for policy in policies:
        _refuse_what_moto_does_not_evaluate(policy)
    decisions = {moto_internals.decide(policy.document, action, resource) for policy in policies}
    if "explicitDeny" in decisions:
        return "explicitDeny"
    return "allowed" if "allowed" in decisions else "implicitDeny"


def _deciding(policies: Sequence[_Policy], action: str, resource: str, decision: Decision) -> list[Mapping[str, str]]:
    """Name the policy of each statement that leads to the decision. An implicit deny is what no statement leads to."""
    if decision == "implicitDeny":
        return []
    return [
        {"SourcePolicyId": policy.id, "SourcePolicyType": _POLICY_TYPE}
        for policy in policies
        for statement in _statements(policy.document)
        if moto_internals.decide(json.dumps({"Statement": [statement]}), action, resource) == decision
    ]


def _statements(document: str) -> list[Mapping[str, Any]]:
    statements = json.loads(document)["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _refuse_what_moto_does_not_evaluate(policy: _Policy) -> None:
    # moto reads an unmet condition as a deny, and a statement without a Resource as an allow.
    for statement in _statements(policy.document):
        for element in _NOT_EVALUATED:
            if element in statement:
                message = f"The sandbox can't say what a {element} allows, and {policy.id} has one: try it without."
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
