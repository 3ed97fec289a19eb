"""Asks IAM's policy simulator about a role's calls, and reads its decisions. The words are those of IAM's API."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import pulumi

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account, arn_region
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION, Statement, to_json
from pulumi_ssm_perms._errors import escape, grouped
from pulumi_ssm_perms._iam_role import IamRole

_BOUNDARY: Final = "Permissions Boundary Policy"
_ALLOW_ALL: Final = to_json([Statement(("*",))])
_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"

Denial = Literal["", "policies", "boundary", "SCP", "implicit"]
"""Why a call is denied, if it is: a statement of policies, the boundary, an SCP as far as nothing else explains it, or
implicitly: no policy allows it, or an SCP does not."""


class Call(NamedTuple):
    """A call that a role makes, in a Region, of an action on a resource; and how IAM decides on it, once it was asked.

    What is allowed names each policy that allows it, but no boundary; an explicit Deny, those that deny it.
    """

    region: str
    action: str
    resource: str
    # Only the heartbeat may be not granted.
    is_granted: bool
    denial: Denial = ""
    # By their ids, sorted: the AWS provider has them in the order of their hashes.
    policies: tuple[str, ...] = ()
    # Context keys that IAM was not told. It names them beside an implicit denial only.
    missing_keys: tuple[str, ...] = ()


async def simulate_calls(component: Component, role: IamRole, statements: Sequence[Statement]) -> list[Call] | None:
    """Return a role's calls as IAM decides on them if the role has these statements as well.

    `None` if a preview does not know yet what to ask. Raises `InvokeError` if IAM could not be asked or did not answer.
    """
    if role.failure:
        raise role.failure
    if not (role.arn and statements):
        if pulumi.runtime.is_dry_run():
            return None
        raise _invokes.InvokeError(_NO_VALUE, is_ours=True)
    region = await _invokes.provider_field(component, _invokes.GET_REGION, required=True)
    if not region:
        return None
    calls = await _simulate(component, role, _calls(role, statements, region), statements)
    if role.boundary:
        implicit = [call for call in calls if call.denial == "implicit"]
        without_boundary = await _simulate(component, role, implicit, statements, boundary=_ALLOW_ALL)
        calls = _with_boundary(calls, without_boundary, role.boundary)
    # The document allows what is granted, and no boundary denies it, so that an SCP must.
    return [call._replace(denial="SCP") if call.is_granted and call.denial == "implicit" else call for call in calls]


def _with_boundary(calls: Iterable[Call], without_boundary: Iterable[Call], boundary: str) -> list[Call]:
    """Return the calls; the boundary denies what would be allowed without it."""
    outside = {call[:3] for call in without_boundary if not call.denial}
    name = (boundary.rpartition("/")[2],)
    return [call._replace(denial="boundary", policies=name) if call[:3] in outside else call for call in calls]


def _calls(role: IamRole, statements: Iterable[Statement], region: str) -> list[Call]:
    """Return what is granted, each in its resource's Region or this one, and the heartbeat if nodes may need it.

    IAM cannot be asked about resources of another account than the role's. The ARN of a bucket names no account.
    """
    granted = {
        (arn_region(resource) or region, action, resource): True
        for statement in statements
        for action in statement.actions
        for resource in statement.resources
        if resource == ANY_RESOURCE or arn_account(resource) in ("", arn_account(role.arn))
    }
    if role.used_by_nodes is not False:
        granted.setdefault((region, UPDATE_INSTANCE_INFORMATION, ANY_RESOURCE), False)
    return [Call(*call, is_granted) for call, is_granted in granted.items()]


async def _simulate(
    component: Component,
    role: IamRole,
    calls: Iterable[Call],
    statements: Sequence[Statement],
    *,
    boundary: str | None = None,
) -> list[Call]:
    """Return IAM's decisions if the role has the statements as well, and with another boundary, if there is one.

    Ask once for each Region and resource: about several resources together, IAM tells the strictest decision.
    """
    policies = {"additionalPoliciesJsons": [to_json(statements)]}
    if boundary:
        policies["permissionsBoundaryPoliciesJsons"] = [boundary]

    async def ask_about(group: Sequence[Call]) -> list[Call]:
        region, resource = group[0].region, group[0].resource
        arguments = {
            "policySourceArn": role.arn,
            "actionNames": [call.action for call in group],
            "contexts": [{"key": "aws:RequestedRegion", "type": "string", "values": [region]}],
            **policies,
            **({} if resource == ANY_RESOURCE else {"resourceArns": [resource]}),
        }
        answer = await _invokes.simulate(component, arguments)
        rows = {row.get("actionName"): row for row in answer.get("results") or ()}
        return [_decided(call, rows.get(call.action) or {}) for call in group]

    groups = grouped(calls, lambda call: (call.region, call.resource))
    return [call for group in await asyncio.gather(*map(ask_about, groups)) for call in group]


def _decided(call: Call, row: Mapping[str, Any]) -> Call:
    if "decision" not in row:  # as of mocks
        raise _invokes.without_field(_invokes.SIMULATE, f"results, with actionName and decision of {call.action}")
    statements = row.get("matchedStatements") or ()
    types = {str(statement["sourcePolicyId"]): statement.get("sourcePolicyType") for statement in statements}
    denial: Denial = ""
    if row["decision"] != "allowed":
        # An explicit Deny without a statement is an SCP's.
        denial = "SCP" if row["decision"] == "explicitDeny" else "implicit"
        if types:
            denial = "boundary" if set(types.values()) == {_BOUNDARY} else "policies"
    missing_keys = tuple(escape(str(key)) for key in row.get("missingContextKeys") or ())
    return call._replace(denial=denial, policies=tuple(sorted(types)), missing_keys=missing_keys)
