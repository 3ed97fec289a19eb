"""IAM's policy simulator, which moto lacks: `SimulatePrincipalPolicy` about the roles that moto holds.

`sandbox.evaluation` decides, about the policies that the role really has, and writes the results. The errors are ours,
after "SimulatePrincipalPolicy" (IAM API Reference). All results are on one page.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

from botocore.utils import ArnParser, InvalidArnException

from sandbox import iam, moto_internals
from sandbox.calls import RefusedError, Request
from sandbox.conditions import Context, NotEvaluatedError
from sandbox.evaluation import BOUNDARY, Decision, Document, Policy, Simulated, decide, evaluate, of_request, of_role
from sandbox.moto_internals import IAMBackend, Role

ACTION = "SimulatePrincipalPolicy"

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_ENTRY = re.compile(r"(ContextEntries\.member\.\d+)\.ContextKeyName")


class Simulator:
    """Answers `SimulatePrincipalPolicy` as a handler of the local AWS."""

    def __init__(self) -> None:
        """Begin as AWS does: see `Cloud.script_simulation`, `Cloud.limit_account` and `Cloud.show_late`."""
        self.scripts: dict[str, Decision] = {}
        self.scps: dict[str, list[Document]] = {}
        self.late: dict[str, int] = {}

    def forget(self) -> None:
        """Begin again."""
        for each in (self.scripts, self.scps, self.late):
            each.clear()

    def __call__(self, request: Request) -> tuple[int, bytes, str]:
        """Return status, body and content type.

        Raises:
            RefusedError: IAM would refuse it, or the sandbox can't say what a policy means.
        """
        _refuse_another_account(request)
        try:
            results = list(self._results(request.params))
        except NotEvaluatedError as error:
            raise RefusedError("NotImplemented", str(error)) from error
        return HTTPStatus.OK, _xml({"IsTruncated": False, "EvaluationResults": results}), "text/xml"

    def _results(self, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        who = self._seen(_simulated(str(params.get("PolicySourceArn", ""))))
        who = who._replace(
            identity=[*who.identity, *of_request(_documents(params, "PolicyInputList"))],
            boundary=of_request(_documents(params, "PermissionsBoundaryPolicyInputList"), boundary=True)
            or who.boundary,
        )
        resources, context = _resources(params), _context(params)
        for action in _listed(params, "ActionNames"):
            result = evaluate(who, action, resources, context)
            if action in self.scripts:
                result |= {"EvalDecision": self.scripts[action], "MatchedStatements": []}
            yield result

    def _seen(self, who: Simulated) -> Simulated:
        """Return what the simulator sees: SCPs, and not yet the policies that it is to see late."""
        ids = {each.id for each in who.identity}
        late = {id_ for id_, left in self.late.items() if left and id_ in ids}
        self.late |= {id_: self.late[id_] - 1 for id_ in late}
        scps = [Policy(f"scp-{number}", each) for number, each in enumerate(self.scps.get(who.account, []), 1)]
        return who._replace(identity=[each for each in who.identity if each.id not in late], scps=scps)


def may(role: str, action: str, context: Context) -> bool:
    """Return whether a role, named by its ARN, may call an action on everything, by its policies and its boundary.

    Raises:
        RefusedError: There is no such role or boundary, or the sandbox can't say what a policy means.
    """
    try:
        return decide(_simulated(role), action, "*", context).decision == "allowed"
    except NotEvaluatedError as error:
        raise RefusedError("NotImplemented", str(error)) from error


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
    """Return what the request tells."""
    found: dict[str, list[str]] = {}
    for name, key in params.items():
        if match := _ENTRY.fullmatch(name):
            type_ = str(params.get(f"{match[1]}.ContextKeyType"))
            if type_ not in _context_types():
                raise RefusedError("ValidationError", f"Invalid ContextKeyType of {key}: {type_}")
            found[str(key)] = _listed(params, f"{match[1]}.ContextKeyValues")
    return found


@functools.cache
def _context_types() -> Sequence[str]:
    model: Any = iam.apart().get_service_model("iam")
    types: Sequence[str] = model.shape_for("ContextKeyTypeEnum").enum
    return types


def _documents(params: Mapping[str, Any], name: str) -> list[Document]:
    return [json.loads(each) for each in _listed(params, name)]


def _simulated(arn: str) -> Simulated:
    backend, role = _role(arn)
    attached = {each.name: json.loads(iam.default_document(each)) for each in role.managed_policies.values()}
    identity = of_role(role.name, iam.inline_policies(role), attached)
    return Simulated(role.arn.split(":")[4], identity, _boundary_of(role, backend))


def _boundary_of(role: Role, backend: IAMBackend) -> list[Policy]:
    if not role.permissions_boundary_arn:
        return []
    policy = backend.managed_policies.get(role.permissions_boundary_arn)
    if policy is None:
        message = f"Policy {role.permissions_boundary_arn} does not exist or is not attachable."
        raise RefusedError("NoSuchEntity", message, HTTPStatus.NOT_FOUND)
    return [Policy(policy.name, json.loads(iam.default_document(policy)), BOUNDARY)]


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
