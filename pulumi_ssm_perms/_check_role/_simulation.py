"""Asks IAM's policy simulator about a role and a document, and reads its results. The words are those of IAM's API."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account, arn_region
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION, Statement, document, to_json

from ._role import Role, Users

_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = to_json(document([Statement(("*",), (ANY_RESOURCE,))]))
_REQUESTED_REGION: Final = "aws:RequestedRegion"
# How the simulator calls the documents that came with the request.
_OF_THE_REQUEST: Final = ("PolicyInputList.", "PermissionsBoundaryPolicyInputList.")

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]
_STRICTEST_FIRST: Final[Sequence[Decision]] = ("explicitDeny", "implicitDeny", "allowed")
Subject = Mapping[str, Any]
"""Whose policies are simulated, and with which further documents, as arguments of the AWS provider's function."""


class Call(NamedTuple):
    """A call that a role makes: in a Region, an action on a resource."""

    region: str
    action: str
    resource: str


class SimulationRequest(NamedTuple):
    """Actions to ask about, on each of these resources, in a Region."""

    region: str
    resources: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True)
class EvaluationResult:
    """IAM's decision on one call, and the policies whose statements lead to it, by their ids.

    The documents of the request are left out, and so is a permissions boundary, which by itself allows nothing.
    """

    call: Call
    decision: Decision
    policies: tuple[str, ...] = ()
    missing_context_keys: tuple[str, ...] = ()
    # Whether the role's boundary denies it, and nothing else.
    by_boundary: bool = False
    # Whether IAM was asked about several resources at once: it may then name a policy that is about only one of them.
    is_of_several: bool = False

    @property
    def allowed(self) -> bool:
        """Whether IAM allows it."""
        return self.decision == "allowed"


def calls(role: Role, statements: Iterable[Statement], region: str) -> list[Call]:
    """Return the calls that the statements allow, and the heartbeat, unless only other services use the role.

    Each is made in the Region of its resource, or else in the provider's.
    """
    granted = [
        Call(_region(resource) or region, action, resource)
        for each in statements
        for action in each.actions
        for resource in own_resources(role, each.resources)
    ]
    heartbeat = Call(region, UPDATE_INSTANCE_INFORMATION, ANY_RESOURCE)
    return list(dict.fromkeys([*granted, *([] if role.users is Users.OTHER_SERVICES else [heartbeat])]))


def own_resources(role: Role, resources: Iterable[str]) -> list[str]:
    """Return the resources of the role's account, and those whose ARN tells none: IAM does not judge the others."""
    return [each for each in resources if each == ANY_RESOURCE or arn_account(each) in ("", arn_account(role.arn))]


async def simulate(
    component: Component, role: Role, statements: Sequence[Statement], about: Iterable[Call]
) -> list[EvaluationResult]:
    """Return the result for each call, as if the role had the statements as well."""
    subject = {"policySourceArn": role.arn, "additionalPoliciesJsons": [to_json(document(statements))]}
    results = await _evaluate(component, subject, about)
    if not role.boundary:
        return results
    granted = {action for each in statements for action in each.actions}
    hidden = [each.call for each in results if _hides(role, each, granted)]
    unbounded = {**subject, "permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}
    otherwise = {each.call: each for each in await _evaluate(component, unbounded, hidden)}
    return [_with_boundary(role, each, otherwise.get(each.call)) for each in results]


async def simulate_as_it_is(component: Component, role: Role, about: Iterable[Call]) -> list[EvaluationResult]:
    """Return the result for each call, with the role's own policies alone."""
    results = await _evaluate(component, {"policySourceArn": role.arn}, about)
    return [_with_boundary(role, each, None) for each in results]


def _hides(role: Role, result: EvaluationResult, granted: set[str]) -> bool:
    """Return whether the boundary hides what else there is: another cause, or who allows the heartbeat.

    IAM may name a boundary among the policies that allow, and the same policy may be attached to the role.
    """
    if result.allowed:
        return result.call.action not in granted and role.boundary_id in result.policies
    return not result.policies


def _with_boundary(role: Role, result: EvaluationResult, otherwise: EvaluationResult | None) -> EvaluationResult:
    """Return a result that tells what the boundary does. `otherwise` is that with a boundary that allows everything."""
    if not result.allowed:
        alone = set(result.policies) == {role.boundary_id}
        return replace(result, by_boundary=alone or bool(otherwise and otherwise.allowed))
    if otherwise:
        return replace(result, policies=otherwise.policies)
    # If IAM names no other policy of the role, the boundary is attached to the role as well.
    others = tuple(each for each in result.policies if each != role.boundary_id)
    return replace(result, policies=others or result.policies)


async def _evaluate(component: Component, subject: Subject, about: Iterable[Call]) -> list[EvaluationResult]:
    several = await asyncio.gather(*(_simulate(component, subject, request) for request in _requests(about)))
    return [result for results in several for result in results]


def _requests(about: Iterable[Call]) -> Iterator[SimulationRequest]:
    """Yield a request for each Region and set of resources."""
    resources: dict[tuple[str, str], list[str]] = {}
    for call in about:
        resources.setdefault((call.region, call.action), []).append(call.resource)
    actions: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (region, action), those in resources.items():
        actions.setdefault((region, tuple(those)), []).append(action)
    return (SimulationRequest(*where, tuple(those)) for where, those in actions.items())


async def _simulate(component: Component, subject: Subject, request: SimulationRequest) -> list[EvaluationResult]:
    """Ask about all resources in one call, and about each if any is denied: IAM tells only the strictest decision."""
    region, resources, actions = request
    arguments = {
        **subject,
        "actionNames": list(actions),
        "contexts": [{"key": _REQUESTED_REGION, "type": "string", "values": [region]}],
        **({} if resources == (ANY_RESOURCE,) else {"resourceArns": list(resources)}),
    }
    answer = await _invokes.ask_in_turn(component, _SIMULATE, arguments, "results")
    rows: Sequence[Mapping[str, Any]] = answer.get("results") or ()
    results = [_result(Call(region, action, each), rows, resources) for action in actions for each in resources]
    denied = dict.fromkeys(each.call.action for each in results if not each.allowed)
    if not denied or len(resources) == 1:
        return results
    single = [SimulationRequest(region, (each,), tuple(denied)) for each in resources]
    again = await asyncio.gather(*(_simulate(component, subject, each) for each in single))
    allowed = [each for each in results if each.call.action not in denied]
    return [*allowed, *(each for several in again for each in several)]


def _result(call: Call, rows: Sequence[Mapping[str, Any]], resources: Sequence[str]) -> EvaluationResult:
    """Return the strictest result for an action; the resource in IAM's answer may be a template."""
    about = [row for row in rows if _field(row, "actionName") == call.action]
    if not about:
        raise _invokes.Unanswered(f"IAM's simulator has not answered about {call.action}", repeats_nothing=True)
    strictest = min(about, key=lambda row: _STRICTEST_FIRST.index(_field(row, "decision")))
    decision: Decision = strictest["decision"]
    # What an SCP denies implicitly may come with the statements that allow it.
    matched: Sequence[Mapping[str, str]] = (decision != "implicitDeny" and strictest.get("matchedStatements")) or ()
    ids = dict.fromkeys(each.get("sourcePolicyId") or "" for each in matched)
    policies = tuple(each for each in ids if each and not each.startswith(_OF_THE_REQUEST))
    keys = dict.fromkeys(key for row in about for key in row.get("missingContextKeys") or ())
    return EvaluationResult(call, decision, policies, tuple(keys), is_of_several=len(resources) > 1)


def _field(row: Mapping[str, Any], name: str) -> Any:
    """Return a field that each result of the AWS provider has; mocks may leave it out."""
    if name not in row:
        raise _invokes.without_field(_SIMULATE, f"results, each with {name}")
    return row[name]


def _region(resource: str) -> str:
    return "" if resource == ANY_RESOURCE else arn_region(resource)
