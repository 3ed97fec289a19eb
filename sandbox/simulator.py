"""IAM's policy simulator, which moto lacks: `SimulatePrincipalPolicy` about the roles that moto holds.

`sandbox.evaluation` decides, about the policies that the role really has. The simulator takes the questions of a check
and refuses others; AWS's errors are as recorded.
"""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from xml.etree import ElementTree as ET

from botocore.utils import ArnParser, InvalidArnException

from sandbox import evaluation, iam, moto_internals
from sandbox.calls import ACCOUNT_ID, RefusedError, Request
from sandbox.evaluation import BOUNDARY, Context, Document, NotEvaluatedError, Policy, Simulated
from sandbox.moto_internals import IAMBackend, Role

ACTION = "SimulatePrincipalPolicy"

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
# A check asks about one resource or none, and adds one document, boundary or context key at most.
_ASKED: Final = re.compile(
    r"PolicySourceArn|MaxItems|ActionNames\.member\.\d+"
    r"|(ResourceArns|PolicyInputList|PermissionsBoundaryPolicyInputList)\.member\.1"
    r"|ContextEntries\.member\.1\.ContextKey(Name|Type|Values\.member\.1)"
)


class Simulator:
    """Answers `SimulatePrincipalPolicy` as a handler of the local AWS."""

    def __init__(self) -> None:
        """Begin as AWS does: see `Cloud.limit_account`."""
        self.scps: Sequence[Sequence[Document]] = ()

    def __call__(self, request: Request) -> tuple[int, bytes, str]:
        """Return status, body and content type; all results are on one page.

        Raises:
            RefusedError: IAM would refuse it, or the sandbox can't say what the question or a policy means.
        """
        try:
            results = self._results(request)
        except NotEvaluatedError as error:
            raise RefusedError("NotImplemented", str(error)) from error
        return HTTPStatus.OK, _xml({"IsTruncated": False, "EvaluationResults": results}), "text/xml"

    def _results(self, request: Request) -> list[dict[str, Any]]:
        params = request.params
        for name in params:
            if not _ASKED.fullmatch(name):
                raise NotEvaluatedError(f"The sandbox's simulator takes no {name}.")
        arn, resource = str(params.get("PolicySourceArn")), str(params.get("ResourceArns.member.1", "*"))
        if resource != "*" and not _is_arn(resource):
            raise RefusedError("InvalidInput", f"ResourceNames are not in a valid ARN format: {resource}.")
        who = _simulated(arn, request.account)
        instead = evaluation.of_request(_document(params, "PermissionsBoundaryPolicyInputList"), boundary=True)
        who = who._replace(
            identity=[*who.identity, *evaluation.of_request(_document(params, "PolicyInputList"))],
            boundary=instead or who.boundary,
            scps=[
                [Policy("SCP", each) for each in level] for level in (self.scps if who.account == ACCOUNT_ID else ())
            ],
        )
        context = {"aws:PrincipalArn": [arn], "aws:PrincipalAccount": [who.account], **_context(params)}
        actions = [str(action) for name, action in params.items() if name.startswith("ActionNames.")]
        return [evaluation.evaluate(who, action, resource, context) for action in actions]


def may(role: str, action: str, context: Context) -> bool:
    """Return whether a role, named by its ARN, may call an action on everything, by its policies and its boundary.

    Raises:
        RefusedError: There is no such role or boundary, or the sandbox can't say what a policy means.
    """
    try:
        return evaluation.decide(_simulated(role, role.split(":")[4]), action, "*", context).decision == "allowed"
    except NotEvaluatedError as error:
        raise RefusedError("NotImplemented", str(error)) from error


def _document(params: Mapping[str, Any], name: str) -> list[Document]:
    text = params.get(f"{name}.member.1")
    return [json.loads(text)] if text else []


def _context(params: Mapping[str, Any]) -> Context:
    entry = "ContextEntries.member.1.ContextKey"
    if f"{entry}Name" not in params:
        return {}
    if params[f"{entry}Type"] != "string":
        raise NotEvaluatedError(f"The sandbox's simulator takes no {params[f'{entry}Type']} as context.")
    return {str(params[f"{entry}Name"]): [str(params[f"{entry}Values.member.1"])]}


def _is_arn(text: str) -> bool:
    try:
        ArnParser().parse_arn(text)
    except InvalidArnException:
        return False
    return True


def _simulated(arn: str, account: str) -> Simulated:
    backend, role = _role(arn, account)
    attached = {each.name: json.loads(iam.default_document(each)) for each in role.managed_policies.values()}
    identity = evaluation.of_role(role.name, iam.inline_policies(role), attached)
    return Simulated(account, identity, _boundary_of(role, backend))


def _role(arn: str, account: str) -> tuple[IAMBackend, Role]:
    """Find a role by an ARN, whatever its path is there."""
    _, partition, service, _, owner, resource = arn.split(":", 5) if _is_arn(arn) else [""] * 6
    kind, _, name = resource.partition("/")
    if service != "iam" or not name:
        raise RefusedError("InvalidInput", f"Invalid ARN provided in the request: {arn}")
    if owner != account:
        message = f"caller's account {account} does not have access to policies in account {owner}."
        raise RefusedError("InvalidInput", f"Invalid Policy Source Arn: {message}")
    if kind != "role":
        raise NotEvaluatedError(f"The sandbox's simulator knows roles, and no {kind}.")
    backend = moto_internals.backend(account, partition)
    for role in backend.roles.values():
        if role.name.lower() == name.rpartition("/")[2].lower():
            return backend, role
    raise RefusedError("NoSuchEntity", "Unable to retrieve specified IAM entity.", HTTPStatus.NOT_FOUND)


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
