"""IAM beyond moto: what it refuses although moto does not, the policies of roles, and the policy simulator."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from moto.iam.models import IAMBackend, Role, iam_backends
from moto.iam.policy_validation import IAMPolicyDocumentValidator as Validator

from sandbox import evaluation
from sandbox.evaluation import BOUNDARY, NotEvaluatedError, Policy, Simulated
from sandbox.record import ACCOUNT_ID, Call, Policies, RefusedError

# moto refuses documents of the older version, which is the default. IAM takes them.
Validator._validate_version = Validator._validate_version_syntax  # type: ignore[method-assign] # noqa: SLF001

_ASKED: Final = {
    "PolicySourceArn", "ActionNames", "ResourceArns", "PolicyInputList", "PermissionsBoundaryPolicyInputList",
    "ContextEntries", "MaxItems",
}  # fmt: skip


def backend(account: str) -> IAMBackend:
    """Return moto's IAM of an account."""
    return iam_backends[account]["aws"]


def find_role(name: str, account: str) -> Role | None:
    """Return the role of this name, in upper or lower case: for IAM they are one role, for moto two."""
    return next((role for role in backend(account).roles.values() if role.name.lower() == name.lower()), None)


def inline(role: Role) -> Policies:
    """Return the documents of a role's inline policies by name."""
    return {name: json.loads(document) for name, document in role.policies.items()}


def attached(role: Role) -> Policies:
    """Return the default documents of a role's managed policies by ARN."""
    return {arn: _default(policy) for arn, policy in role.managed_policies.items()}


def _default(policy: Any) -> dict[str, Any]:
    document = next(each.document for each in policy.versions if each.version_id == policy.default_version_id)
    return dict(json.loads(document))


def touched(call: Call) -> dict[str, Policies]:
    """Return all policies of the roles that a write touches: the role that it names, or those with its policy."""
    if "RoleName" in call.params:
        role = find_role(call.params["RoleName"], call.account)
        roles, gone = ([role], {}) if role else ([], {call.params["RoleName"]: {}})
    else:
        arn, gone = call.params.get("PolicyArn"), {}
        roles = [each for each in backend(call.account).roles.values() if arn in each.managed_policies]
    return {**gone, **{role.name: {**inline(role), **attached(role)} for role in roles}}


def refuse(call: Call) -> None:
    """Raise `RefusedError` if IAM refuses what moto would do."""
    if call.service == "iam" and call.action in _RULES:
        role = find_role(str(call.params.get("RoleName", "")), call.account)
        for code, message in _RULES[call.action](call.params, role, backend(call.account)):
            raise RefusedError(code, message, 409)


Refusals = Iterator[tuple[str, str]]


def _length(document: str) -> int:
    return len("".join(document.split()))


def _create_role(_params: Mapping[str, str], role: Role | None, _iam: IAMBackend) -> Refusals:
    if role:
        yield "EntityAlreadyExists", f"Role with name {role.name} already exists."


def _create_policy(params: Mapping[str, str], _role: Role | None, iam: IAMBackend) -> Refusals:
    name = params.get("PolicyName", "")
    own = {each.name.lower() for each in iam.managed_policies.values() if ":aws:policy/" not in each.arn}
    if name.lower() in own:
        yield "EntityAlreadyExists", f"A policy called {name} already exists. Duplicate names are not allowed."
    if _length(params.get("PolicyDocument", "")) > 6144:
        yield "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"


def _put_role_policy(params: Mapping[str, str], role: Role | None, _iam: IAMBackend) -> Refusals:
    written = {**(role.policies if role else {}), params.get("PolicyName"): params.get("PolicyDocument", "")}
    if role and sum(map(_length, written.values())) > 10240:
        yield "LimitExceeded", f"Maximum policy size of 10240 bytes exceeded for role {role.name}"


def _attach_role_policy(params: Mapping[str, str], role: Role | None, _iam: IAMBackend) -> Refusals:
    if role and params.get("PolicyArn") not in role.managed_policies and len(role.managed_policies) >= 10:
        yield "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10"


def _delete_policy(params: Mapping[str, str], _role: Role | None, iam: IAMBackend) -> Refusals:
    policy = iam.managed_policies.get(params.get("PolicyArn", ""))
    # moto's count takes a policy that is attached twice to one role for two.
    if policy and any(policy.arn in each.managed_policies for each in iam.roles.values()):
        yield "DeleteConflict", "Cannot delete a policy attached to entities."
    if policy and len(policy.versions) > 1:
        yield "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete …"


_RULES: Final[Mapping[str, Callable[[Mapping[str, str], Role | None, IAMBackend], Refusals]]] = {
    "CreateRole": _create_role,
    "CreatePolicy": _create_policy,
    "CreatePolicyVersion": lambda params, role, iam: (
        each for each in _create_policy({**params, "PolicyName": ""}, role, iam) if each[0] == "LimitExceeded"
    ),
    "PutRolePolicy": _put_role_policy,
    "AttachRolePolicy": _attach_role_policy,
    "DeletePolicy": _delete_policy,
}


def simulate(asked: Mapping[str, Any], account: str, scps: Sequence[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Answer `SimulatePrincipalPolicy`, which moto lacks, about a role and at most one resource."""
    arn, resources = asked["PolicySourceArn"], asked.get("ResourceArns", ["*"])
    if unknown := set(asked) - _ASKED or resources[1:]:
        raise NotEvaluatedError(f"The simulator takes no {unknown}.")
    _, _, service, _, owner, named = arn.split(":", 5) if arn.count(":") >= 5 else [""] * 6
    if service != "iam" or not named.startswith("role/"):
        raise RefusedError("InvalidInput", f"Invalid ARN provided in the request: {arn}")
    if owner != account:
        message = f"caller's account {account} does not have access to policies in account {owner}."
        raise RefusedError("InvalidInput", f"Invalid Policy Source Arn: {message}")
    role = find_role(named.rpartition("/")[2], account)
    if role is None:
        raise RefusedError("NoSuchEntity", "Unable to retrieve specified IAM entity.", 404)
    context = {each["ContextKeyName"]: each["ContextKeyValues"] for each in asked.get("ContextEntries", [])}
    known = {"aws:PrincipalArn": [arn], "aws:PrincipalAccount": [account], **context}
    who = _simulated(role, asked, account, scps if account == ACCOUNT_ID else ())
    return {
        "IsTruncated": False,
        "EvaluationResults": [evaluation.evaluate(who, each, resources[0], known) for each in asked["ActionNames"]],
    }


def _simulated(role: Role, asked: Mapping[str, Any], account: str, scps: Sequence[Sequence[Any]]) -> Simulated:
    named = {each.name: _default(each) for each in role.managed_policies.values()}
    added = [json.loads(each) for each in asked.get("PolicyInputList", [])]
    instead = [json.loads(each) for each in asked.get("PermissionsBoundaryPolicyInputList", [])]
    boundary = evaluation.of_request(instead, boundary=True)
    if (limit := role.permissions_boundary_arn) and not boundary:
        policy = backend(account).managed_policies.get(limit)
        if policy is None:
            raise RefusedError("NoSuchEntity", f"Policy {limit} does not exist or is not attachable.", 404)
        boundary = [Policy(policy.name, _default(policy), BOUNDARY)]
    return Simulated(
        account,
        [*evaluation.of_role(role.name, inline(role), named), *evaluation.of_request(added)],
        boundary,
        [[Policy("SCP", each) for each in level] for level in scps],
    )
