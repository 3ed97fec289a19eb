"""Asks IAM's policy simulator about a role, and reads its results. The words are those of IAM's API."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import Statement, to_json
from pulumi_ssm_perms._errors import grouped

from ._role import Role

_REQUESTED_REGION: Final = "aws:RequestedRegion"
_BOUNDARY: Final = "Permissions Boundary Policy"
_ALLOW_ALL: Final = to_json([Statement(("*",))])


class Call(NamedTuple):
    """A call that a role makes: in a Region, an action on a resource; and whether the component grants it."""

    region: str
    action: str
    resource: str
    is_granted: bool


@dataclass(frozen=True)
class Result:
    """IAM's decision on one call.

    What is allowed names each policy that allows it, but no boundary. An explicit Deny names the policies and the
    boundary that deny it; without any, an SCP denies it. An implicit denial names none: no policy allows the call, or
    the boundary does not, or an SCP does not. It alone tells which context keys were missing.
    """

    call: Call
    decision: Literal["allowed", "explicitDeny", "implicitDeny"]
    # By their ids, sorted: the AWS provider has them in the order of their hashes.
    policies: tuple[str, ...] = ()
    # Whether the boundary is the only policy that denies it.
    is_by_boundary: bool = False
    missing_context_keys: tuple[str, ...] = ()
    # What would lift an implicit denial, as far as IAM was asked: the component's document, or a wider boundary.
    lifted_by: Literal["document", "boundary"] | None = None

    @property
    def allowed(self) -> bool:
        return self.decision == "allowed"

    @property
    def is_unexplained(self) -> bool:
        """Whether nothing is known that would lift an implicit denial."""
        return self.decision == "implicitDeny" and self.lifted_by is None


async def simulate_role(
    component: Component, role: Role, calls: Iterable[Call], document: str, *, with_document: bool
) -> list[Result]:
    """Return the result for each call of a role: as it is, or `with_document`, as if it had the document as well.

    The results tell what would lift an implicit denial of what is granted. Raises `Unanswered` if any call fails.
    """
    results = await _simulate(component, role, calls, document if with_document else None)

    async def ask_what_lifts(by: Literal["document", "boundary"], boundary: str | None = None) -> list[Result]:
        unclear = [each.call for each in results if each.call.is_granted and each.is_unexplained]
        lifted = {each.call for each in await _simulate(component, role, unclear, document, boundary) if each.allowed}
        return [replace(each, lifted_by=by) if each.call in lifted else each for each in results]

    if not with_document:
        results = await ask_what_lifts("document")
    if role.boundary:
        results = await ask_what_lifts("boundary", _ALLOW_ALL)
    return results


async def _simulate(
    component: Component, role: Role, calls: Iterable[Call], document: str | None, boundary: str | None = None
) -> list[Result]:
    """Call the simulator once for each Region and resource. A boundary stands in for the role's own.

    So each result is of one call: of several resources together, IAM tells the strictest decision.
    """
    groups = grouped(calls, lambda call: (call.region, call.resource))
    several = await asyncio.gather(
        *(_simulate_on_resource(component, role, each, document, boundary) for each in groups)
    )
    return [result for results in several for result in results]


async def _simulate_on_resource(
    component: Component, role: Role, calls: Sequence[Call], document: str | None, boundary: str | None
) -> list[Result]:
    region, resource = calls[0].region, calls[0].resource
    arguments = {
        "policySourceArn": role.arn,
        "actionNames": [each.action for each in calls],
        "contexts": [{"key": _REQUESTED_REGION, "type": "string", "values": [region]}],
        **({"additionalPoliciesJsons": [document]} if document else {}),
        **({"permissionsBoundaryPoliciesJsons": [boundary]} if boundary else {}),
        **({} if resource == ANY_RESOURCE else {"resourceArns": [resource]}),
    }
    answer = await _invokes.invoke_simulation(component, arguments)
    rows = {row.get("actionName"): row for row in answer.get("results") or ()}
    return [_result(call, rows.get(call.action) or {}) for call in calls]


def _result(call: Call, row: Mapping[str, Any]) -> Result:
    if "decision" not in row:  # as of mocks
        raise _invokes.without_field(_invokes.SIMULATE, f"results, with actionName and decision of {call.action}")
    statements = row.get("matchedStatements") or ()
    types = {str(each.get("sourcePolicyId") or ""): each.get("sourcePolicyType") for each in statements}
    policies = tuple(sorted(types.keys() - {""}))
    return Result(
        call,
        row["decision"],
        policies,
        is_by_boundary=bool(policies) and all(types[each] == _BOUNDARY for each in policies),
        missing_context_keys=tuple(row.get("missingContextKeys") or ()),
    )
