"""IAM's policy simulator, which moto lacks: `SimulatePrincipalPolicy` about the roles that moto holds.

`sandbox.evaluation` decides, about the policies that the role really has. The form of the answer and the errors are
ours, after "SimulatePrincipalPolicy" (IAM API Reference, and the AWS SDKs' text about `EvaluationResult`). All results
are on one page. Matched statements are those that decide: those that allow or, if one denies, that deny. What the
provider's data source leaves out is left out here: results of single resources, and what is said of the boundary.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from botocore.utils import ArnParser, InvalidArnException

from sandbox import evaluation, iam, moto_internals
from sandbox.calls import RefusedError, Request
from sandbox.evaluation import Context, Decision, Policy, Simulated
from sandbox.moto_internals import IAMBackend, Role

ACTION = "SimulatePrincipalPolicy"

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_ENTRY = re.compile(r"(ContextEntries\.member\.\d+)\.ContextKeyName")
_REGION = "aws:requestedregion"


class Script(NamedTuple):
    """What the simulator says about an action, whatever the role's policies are: see `Sandbox.script_simulation`."""

    decision: Decision | None = None
    missing: Sequence[str] = ()
    by_resource: bool = False
    silent: Sequence[str] = ()


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
        own = _simulated(role, backend)
        limits = _inputs(params, "PermissionsBoundaryPolicyInputList", evaluation.BOUNDARY)
        who = own._replace(
            identity=[*own.identity, *_inputs(params, "PolicyInputList")], boundary=limits or own.boundary
        )
        asked, context = _resources(params), _context(params)
        for action in _listed(params, "ActionNames"):
            script = self.scripts.get(action, Script())
            if not script.silent:
                yield _result(who, action, asked, context, script)
                continue
            for resource in (each for each in asked if each not in script.silent):
                yield {**_result(who, action, [resource], context, script), "EvalResourceName": resource}


def may(role: str, action: str, region: str) -> bool:
    """Return whether a role, named by its ARN, may call an action on everything, by its policies and its boundary.

    Raises:
        RefusedError: There is no such role or boundary, or it is not known what a policy says.
    """
    backend, found = _role(role)
    decision: Decision = _evaluated(_simulated(found, backend), action, ["*"], {_REGION: [region]})["EvalDecision"]
    return decision == "allowed"


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


def _context(params: Mapping[str, Any]) -> Context:
    """Return what the request tells: values by the key in lower case."""
    found: dict[str, list[str]] = {}
    for name, key in params.items():
        if match := _ENTRY.fullmatch(name):
            found[str(key).lower()] = _listed(params, f"{match[1]}.ContextKeyValues")
    return found


def _inputs(params: Mapping[str, Any], name: str, type_: str = evaluation.IDENTITY) -> list[Policy]:
    several = enumerate(_listed(params, name), 1)
    return [Policy(f"{name}.{number}", json.loads(document), type_) for number, document in several]


def _simulated(role: Role, backend: IAMBackend) -> Simulated:
    inline = [Policy(f"role_{role.name}_{name}", json.loads(document)) for name, document in role.policies.items()]
    attached = [Policy(each.name, json.loads(iam.default_document(each))) for each in role.managed_policies.values()]
    return Simulated(role.arn.split(":")[4], [*inline, *attached], _boundary_of(role, backend))


def _boundary_of(role: Role, backend: IAMBackend) -> list[Policy]:
    if not role.permissions_boundary_arn:
        return []
    policy = backend.managed_policies.get(role.permissions_boundary_arn)
    if policy is None:
        message = f"Policy {role.permissions_boundary_arn} does not exist or is not attachable."
        raise RefusedError("NoSuchEntity", message, HTTPStatus.NOT_FOUND)
    return [Policy(policy.name, json.loads(iam.default_document(policy)), evaluation.BOUNDARY)]


def _result(who: Simulated, action: str, resources: Sequence[str], context: Context, script: Script) -> dict[str, Any]:
    result = _evaluated(who, action, resources, context)
    if script.decision:
        result = {**result, "EvalDecision": script.decision, "MatchedStatements": []}
    if script.missing:
        result["MissingContextValues"] = [] if script.by_resource and list(resources) != ["*"] else [*script.missing]
    return {name: value for name, value in result.items() if name != "MatchedStatements" or value}


def _evaluated(who: Simulated, action: str, resources: Sequence[str], context: Context) -> dict[str, Any]:
    try:
        return evaluation.evaluate(who, action, resources, context)
    except evaluation.NotEvaluatedError as error:
        raise RefusedError("NotImplemented", str(error)) from error


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
