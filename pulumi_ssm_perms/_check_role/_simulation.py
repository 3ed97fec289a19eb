"""Asks IAM's policy simulator about a role and a document, and reads its results. The words are those of IAM's API."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal, NamedTuple

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account, arn_region
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION, Statement, document, to_json

from ._role import Role

_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = to_json(document([Statement(("*",), (ANY_RESOURCE,))]))
_ANY: Final = (ANY_RESOURCE,)
_REQUESTED_REGION: Final = "aws:RequestedRegion"
# What came with the request, and the type of a boundary, which by itself allows nothing.
_OF_THE_REQUEST: Final = ("PolicyInputList.", "PermissionsBoundaryPolicyInputList.")
_BOUNDARY: Final = "Permissions Boundary Policy"

Decision = Literal["allowed", "explicitDeny", "implicitDeny"]


class SimulationRequest(NamedTuple):
    """Actions to ask about, on each of these resources, in a Region."""

    region: str
    resources: tuple[str, ...]
    actions: tuple[str, ...]


class EvaluationResult(NamedTuple):
    """IAM's decision on one action and resource, and the policies whose statements lead to it, by their ids.

    If only the role's boundary denies it, and not explicitly, the policies are those that would allow it otherwise.
    """

    region: str
    resource: str
    action: str
    decision: Decision
    policies: tuple[str, ...] = ()
    missing_context_keys: tuple[str, ...] = ()
    by_boundary: bool = False
    # Whether IAM names the document of the request: if it allows, then also each policy of the role that does.
    by_request: bool = False

    @property
    def allowed(self) -> bool:
        """Whether IAM allows it."""
        return self.decision == "allowed"


async def simulate(
    component: Component, role: Role, statements: Sequence[Statement], region: str
) -> list[EvaluationResult]:
    """Return the result for each action and resource of the statements, as if the role had them, and the heartbeat.

    IAM is told the Region of a resource, or else the provider's. It cannot be asked about resources of another account.
    """
    subject = {"policySourceArn": role.arn, "additionalPoliciesJsons": [to_json(document(statements))]}
    evaluated = partial(_evaluated, component, role, subject)
    several = await asyncio.gather(*map(evaluated, _requests(role, statements, region)))
    return [result for results in several for result in results]


def own_resources(role: Role, resources: Sequence[str]) -> list[str]:
    """Return the resources of the role's account, and those whose ARN tells none."""
    return [each for each in resources if each == ANY_RESOURCE or arn_account(each) in ("", arn_account(role.arn))]


def _requests(role: Role, statements: Sequence[Statement], region: str) -> list[SimulationRequest]:
    """Return a request for each Region and set of resources: first the one on `*`, which the channels are on."""
    asked: dict[tuple[str, tuple[str, ...]], list[str]] = {(region, _ANY): []}
    for statement in statements:
        by_region: dict[str, list[str]] = {}
        for each in own_resources(role, statement.resources):
            by_region.setdefault((arn_region(each) if each != ANY_RESOURCE else "") or region, []).append(each)
        for where, those in by_region.items():
            asked.setdefault((where, tuple(those)), []).extend(statement.actions)
    if role.is_of_nodes:
        asked[region, _ANY].append(UPDATE_INSTANCE_INFORMATION)
    return [SimulationRequest(*where, tuple(dict.fromkeys(actions))) for where, actions in asked.items()]


async def _evaluated(
    component: Component, role: Role, subject: Mapping[str, Any], request: SimulationRequest
) -> list[EvaluationResult]:
    """Ask, and ask again as if the boundary allowed everything: about what no policy is named for that denies it."""
    results = await _ask(component, subject, request)
    hidden = [each for each in results if not (each.allowed or each.policies or each.by_boundary)]
    if not role.boundary or not hidden:
        return results
    again = request._replace(
        resources=tuple(dict.fromkeys(each.resource for each in hidden)),
        actions=tuple(dict.fromkeys(each.action for each in hidden)),
    )
    unbounded = await _ask(component, {**subject, "permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}, again)
    otherwise = {(each.action, each.resource): each.policies for each in unbounded if each.allowed}

    return [
        each._replace(policies=otherwise[each.action, each.resource], by_boundary=True)
        if each in hidden and (each.action, each.resource) in otherwise
        else each
        for each in results
    ]


async def _ask(component: Component, subject: Mapping[str, Any], request: SimulationRequest) -> list[EvaluationResult]:
    """Ask about all resources in one call, and about each if any is denied: IAM tells only the strictest decision."""
    region, resources, actions = request
    arguments = {
        **subject,
        "actionNames": list(actions),
        "contexts": [{"key": _REQUESTED_REGION, "type": "string", "values": [region]}],
        **({} if resources == _ANY else {"resourceArns": list(resources)}),
    }
    found = (await _invokes.ask_in_turn(component, _SIMULATE, arguments, "results")).get("results") or ()
    results = [_result(request, action, each, found) for action in actions for each in resources]
    denied = tuple(dict.fromkeys(each.action for each in results if not each.allowed))
    if not denied or len(resources) == 1:
        return results
    single = [SimulationRequest(region, (each,), denied) for each in resources]
    again = await asyncio.gather(*(_ask(component, subject, each) for each in single))
    return [*(each for each in results if each.action not in denied), *(each for several in again for each in several)]


def _result(
    request: SimulationRequest, action: str, resource: str, results: Sequence[Mapping[str, Any]]
) -> EvaluationResult:
    """Return the strictest result for an action on a resource.

    If IAM answers once for each action, the resource in its answer is a template. If it answers once for each action
    and resource, the resource is one of the request.
    """
    about = [each for each in results if _part(each, "actionName") == action]
    if any(each.get("resourceArn") in request.resources for each in about):
        about = [each for each in about if each.get("resourceArn") == resource]
    if not about:
        raise _invokes.Unanswered(f"IAM's simulator has not answered about {action}")
    strictest = next((each for each in about if _part(each, "decision") != "allowed"), about[0])
    decision: Decision = strictest["decision"]
    # What an SCP denies implicitly may come with the policies that allow it.
    matched: Sequence[Mapping[str, str]] = (decision != "implicitDeny" and strictest.get("matchedStatements")) or ()
    of_role = [each.get("sourcePolicyId") or "" for each in matched if each.get("sourcePolicyType") != _BOUNDARY]
    return EvaluationResult(
        request.region,
        resource,
        action,
        decision,
        tuple(dict.fromkeys(each for each in of_role if each and not each.startswith(_OF_THE_REQUEST))),
        tuple(dict.fromkeys(key for each in about for key in each.get("missingContextKeys") or ())),
        by_boundary=decision == "explicitDeny" and bool(matched) and not of_role,
        by_request=any(each.startswith(_OF_THE_REQUEST[0]) for each in of_role),
    )


def _part(result: Mapping[str, Any], name: str) -> Any:
    """Return a part that each result of the AWS provider has; mocks may leave it out."""
    if name not in result:
        raise _invokes.Unanswered("; ".join(_invokes.without_answer(_SIMULATE, f"results, each with {name}")))
    return result[name]
