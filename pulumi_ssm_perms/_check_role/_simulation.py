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
_WITHOUT_LIMIT: Final = {"permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}
_REQUESTED_REGION: Final = "aws:RequestedRegion"
# How the simulator calls the documents that came with the request.
_OF_THE_REQUEST: Final = ("PolicyInputList.", "PermissionsBoundaryPolicyInputList.")

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]
_STRICTEST_FIRST: Final[Sequence[Decision]] = ("explicitDeny", "implicitDeny", "allowed")


class Call(NamedTuple):
    """A call that a role makes: in a Region, an action on a resource."""

    region: str
    action: str
    resource: str


@dataclass(frozen=True)
class EvaluationResult:
    """IAM's decision on one call, and the policies whose statements lead to it, by their ids.

    The documents of the request are left out. A boundary is named where it denies, or where IAM names nothing else. Of
    what is allowed on several resources, IAM names the policies of all of them together, which tell nothing of one.
    """

    call: Call
    allowed: bool
    policies: tuple[str, ...] = ()
    missing_context_keys: tuple[str, ...] = ()
    # Whether the role's boundary denies it, and nothing else.
    by_boundary: bool = False
    # Whether it is denied because no policy of the role allows it.
    by_nobody: bool = False


class Simulation(NamedTuple):
    """IAM's results about a role as if it had the document: what is granted, and the heartbeat if it isn't granted."""

    granted: Sequence[EvaluationResult]
    # `None` if only other services than nodes use the role.
    heartbeat: EvaluationResult | None


def own_resources(role: Role, resources: Iterable[str]) -> list[str]:
    """Return the resources of the role's account, and those whose ARN tells none: IAM does not judge the others."""
    return [each for each in resources if each == ANY_RESOURCE or arn_account(each) in ("", arn_account(role.arn))]


async def simulate(component: Component, role: Role, statements: Sequence[Statement], region: str) -> Simulation:
    """Return the results for what the statements grant, as if the role had them as well, and for the heartbeat.

    Each call is made in the Region of its resource, or else in this one, the provider's.
    """
    granted = dict.fromkeys(_granted(role, statements, region))
    heartbeat = Call(region, UPDATE_INSTANCE_INFORMATION, ANY_RESOURCE)
    about = [*granted, *([] if role.users is Users.OTHER_SERVICES or heartbeat in granted else [heartbeat])]
    subject = {"policySourceArn": role.arn, "additionalPoliciesJsons": [to_json(document(statements))]}
    results = await _with_boundary(component, role, subject, await _evaluate(component, subject, about))
    others = [each for each in results if each.call not in granted]
    found = await _with_nobody(component, role, subject, others[0]) if others else None
    return Simulation([each for each in results if each.call in granted], found)


async def simulate_as_it_is(component: Component, role: Role, about: Iterable[Call]) -> list[EvaluationResult]:
    """Return the result for each call, with the role's own policies alone."""
    results = await _evaluate(component, {"policySourceArn": role.arn}, about)
    return [_without_boundary(role, each) for each in results]


def _granted(role: Role, statements: Iterable[Statement], region: str) -> Iterator[Call]:
    for each in statements:
        for action in each.actions:
            for resource in own_resources(role, each.resources):
                yield Call((resource != ANY_RESOURCE and arn_region(resource)) or region, action, resource)


async def _with_boundary(
    component: Component, role: Role, subject: Mapping[str, Any], results: Sequence[EvaluationResult]
) -> list[EvaluationResult]:
    """Return the results with the boundary's part in them.

    A boundary can hide another cause of a denial, and who allows the heartbeat: IAM may name a boundary among the
    policies that allow, and the same policy may be attached to the role. So IAM is asked again without its limit.
    """
    if not role.boundary:
        return [*results]

    def is_hidden(each: EvaluationResult) -> bool:
        return role.boundary_id in each.policies if each.allowed else not each.policies

    hidden = [each.call for each in results if is_hidden(each)]
    again = await _evaluate(component, {**subject, **_WITHOUT_LIMIT}, hidden)
    without_limit = {each.call: each for each in again}
    return [_told_of_boundary(role, each, without_limit.get(each.call)) for each in results]


def _told_of_boundary(role: Role, result: EvaluationResult, without_limit: EvaluationResult | None) -> EvaluationResult:
    if not result.allowed:
        alone = set(result.policies) == {role.boundary_id}
        return replace(result, by_boundary=alone or (without_limit is not None and without_limit.allowed))
    return replace(result, policies=without_limit.policies) if without_limit else result


def _without_boundary(role: Role, result: EvaluationResult) -> EvaluationResult:
    """Return a result that names the boundary only if it names nothing else: then it is attached to the role, too."""
    others = tuple(each for each in result.policies if each != role.boundary_id)
    return replace(result, policies=others or result.policies)


async def _with_nobody(
    component: Component, role: Role, subject: Mapping[str, Any], result: EvaluationResult
) -> EvaluationResult:
    """Return a result that tells whether no policy allows it, or something else denies it even where a policy does.

    Only its words depend on that, so it is not worth the run if IAM does not answer.
    """
    if result.allowed or result.policies or result.by_boundary or role.users is not Users.NODES:
        return result
    without_limit = _WITHOUT_LIMIT if role.boundary else {}
    allowing_all = {**subject, "additionalPoliciesJsons": [_ALLOW_ALL], **without_limit}
    try:
        [otherwise] = await _evaluate(component, allowing_all, [result.call])
    except _invokes.Unanswered:
        return result
    return replace(result, by_nobody=otherwise.allowed)


async def _evaluate(component: Component, subject: Mapping[str, Any], about: Iterable[Call]) -> list[EvaluationResult]:
    """Return the result for each call. The subject says whose policies are simulated, with which further documents."""
    several = await asyncio.gather(*(_simulate(component, subject, *request) for request in _requests(about)))
    return [result for results in several for result in results]


def _requests(about: Iterable[Call]) -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """Yield Region, resources and actions for each question: a question has each action for each resource."""
    resources: dict[tuple[str, str], list[str]] = {}
    for call in about:
        resources.setdefault((call.region, call.action), []).append(call.resource)
    actions: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (region, action), those in resources.items():
        actions.setdefault((region, tuple(those)), []).append(action)
    return ((region, those, names) for (region, those), names in actions.items())


async def _simulate(
    component: Component, subject: Mapping[str, Any], region: str, resources: Sequence[str], actions: Sequence[str]
) -> list[EvaluationResult]:
    """Ask about all resources in one call, and about each if any is denied: IAM tells only the strictest decision."""
    arguments = {
        **subject,
        "actionNames": list(actions),
        "contexts": [{"key": _REQUESTED_REGION, "type": "string", "values": [region]}],
        **({} if tuple(resources) == (ANY_RESOURCE,) else {"resourceArns": list(resources)}),
    }
    answer = await _invokes.ask_in_turn(component, _SIMULATE, arguments, "results")
    rows: Sequence[Mapping[str, Any]] = answer.get("results") or ()
    calls = [Call(region, action, each) for action in actions for each in resources]
    results = [_result(call, rows, is_of_several=len(resources) > 1) for call in calls]
    denied = dict.fromkeys(each.call.action for each in results if not each.allowed)
    if not denied or len(resources) == 1:
        return results
    again = await asyncio.gather(*(_simulate(component, subject, region, [each], list(denied)) for each in resources))
    allowed = [each for each in results if each.call.action not in denied]
    return [*allowed, *(each for several in again for each in several)]


def _result(call: Call, rows: Sequence[Mapping[str, Any]], *, is_of_several: bool) -> EvaluationResult:
    """Return the strictest result for an action; the resource in IAM's answer may be a template."""
    about = [row for row in rows if _field(row, "actionName") == call.action]
    if not about:
        raise _invokes.Unanswered(f"IAM's simulator has not answered about {call.action}", repeats_nothing=True)
    strictest = min(about, key=lambda row: _STRICTEST_FIRST.index(_field(row, "decision")))
    decision: Decision = strictest["decision"]
    keys = dict.fromkeys(key for row in about for key in row.get("missingContextKeys") or ())
    # An SCP's implicit denial may come with the statements that allow: they are not its cause.
    is_told = decision != "implicitDeny" and not is_of_several
    matched: Sequence[Mapping[str, str]] = (is_told and strictest.get("matchedStatements")) or ()
    ids = dict.fromkeys(each.get("sourcePolicyId") or "" for each in matched)
    policies = tuple(each for each in ids if each and not each.startswith(_OF_THE_REQUEST))
    return EvaluationResult(call, decision == "allowed", policies, tuple(keys))


def _field(row: Mapping[str, Any], name: str) -> Any:
    """Return a field that each result of the AWS provider has; mocks may leave it out."""
    if name not in row:
        raise _invokes.without_field(_SIMULATE, f"results, each with {name}")
    return row[name]
