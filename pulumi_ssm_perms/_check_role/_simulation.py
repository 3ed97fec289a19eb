"""Asks IAM's policy simulator about a role's calls, and reads its decisions. The words are those of IAM's API."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal, NamedTuple

import pulumi

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account, arn_region
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION, Statement, to_json
from pulumi_ssm_perms._errors import escape, grouped
from pulumi_ssm_perms._iam_role import Role

_BOUNDARY: Final = "Permissions Boundary Policy"
_NO_LIMIT: Final = to_json([Statement(("*",))])
_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"

Denier = Literal["", "policies", "boundary", "SCP", "nobody"]
"""Who denies a call, if it is denied. What nobody denies, no policy allows, or an SCP does not."""


class Call(NamedTuple):
    """A call that a role makes, in a Region, of an action on a resource; and how IAM decides on it, once it was asked.

    What is allowed names each policy that allows it, but no boundary; an explicit Deny, those that deny it.
    """

    region: str
    action: str
    resource: str
    # Only the heartbeat may be not granted.
    is_granted: bool
    denied_by: Denier = ""
    # By their ids, sorted: the AWS provider has them in the order of their hashes.
    policies: tuple[str, ...] = ()
    # Context keys that IAM was not told. It names them beside an implicit denial only.
    missing_keys: tuple[str, ...] = ()


async def simulate_calls(component: Component, role: Role, statements: Sequence[Statement]) -> list[Call] | None:
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
    simulate = partial(_simulate, component, role, additionalPoliciesJsons=[to_json(statements)])
    calls = await simulate(_calls(role, statements, region))
    implicitly_denied = [call for call in calls if call.denied_by == "nobody"]
    if role.boundary:
        beyond = await simulate(implicitly_denied, permissionsBoundaryPoliciesJsons=[_NO_LIMIT])
        outside = {call[:3] for call in beyond if not call.denied_by}
        name = (role.boundary.rpartition("/")[2],)
        calls = [call._replace(denied_by="boundary", policies=name) if call[:3] in outside else call for call in calls]
    # The document allows what is granted.
    return [
        call._replace(denied_by="SCP") if call.is_granted and call.denied_by == "nobody" else call for call in calls
    ]


def _calls(role: Role, statements: Iterable[Statement], region: str) -> list[Call]:
    """Return what is granted, each in its resource's Region or this one, and the heartbeat if nodes may need it.

    IAM cannot be asked about resources of another account than the role's. The ARN of a bucket names no account.
    """
    is_granted = {
        (arn_region(resource) or region, action, resource): True
        for statement in statements
        for action in statement.actions
        for resource in statement.resources
        if resource == ANY_RESOURCE or arn_account(resource) in ("", arn_account(role.arn))
    }
    if role.of_nodes is not False:
        is_granted.setdefault((region, UPDATE_INSTANCE_INFORMATION, ANY_RESOURCE), False)
    return [Call(*call, granted) for call, granted in is_granted.items()]


async def _simulate(component: Component, role: Role, calls: Iterable[Call], **policies: Sequence[str]) -> list[Call]:
    """Ask once for each Region and resource: about several resources together, IAM tells the strictest decision."""

    async def simulate(group: Sequence[Call]) -> list[Call]:
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
    return [call for group in await asyncio.gather(*map(simulate, groups)) for call in group]


def _decided(call: Call, row: Mapping[str, Any]) -> Call:
    if "decision" not in row:  # as of mocks
        raise _invokes.without_field(_invokes.SIMULATE, f"results, with actionName and decision of {call.action}")
    statements = row.get("matchedStatements") or ()
    types = {str(each["sourcePolicyId"]): each.get("sourcePolicyType") for each in statements}
    denied_by: Denier = ""
    if row["decision"] != "allowed":
        # An explicit Deny without a statement is an SCP's.
        denied_by = "SCP" if row["decision"] == "explicitDeny" else "nobody"
        if types:
            denied_by = "boundary" if set(types.values()) == {_BOUNDARY} else "policies"
    missing_keys = tuple(escape(str(key)) for key in row.get("missingContextKeys") or ())
    return call._replace(denied_by=denied_by, policies=tuple(sorted(types)), missing_keys=missing_keys)
