"""What IAM's policy simulator says of a role and a document: the questions, asking them, and reading the answers."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import _lookups
from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION

from ._role import Role, Use

_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_ANY: Final = (ANY_RESOURCE,)

Questions = Mapping[Sequence[str], Sequence[str]]
"""The actions to ask about, by their resources."""


@dataclass(frozen=True)
class Answer:
    """The simulator's decision on one action and resource, with the ids of the policies that deny explicitly."""

    action: str
    resource: str
    allowed: bool
    decision: str
    missing_context_keys: Sequence[str] = ()
    policies: Sequence[str] = ()
    denied_by_boundary: bool = False


async def simulate(component: pulumi.Resource, role: Role, document: Mapping[str, Any]) -> Sequence[Answer]:
    """Return the answer about each action and resource of the document, as if the role had it.

    Only a second question, with a boundary that allows everything, tells whether the role's own boundary denies.
    """
    subject = {"policySourceArn": role.arn, "additionalPoliciesJsons": [json.dumps(document, separators=(",", ":"))]}
    asked = _questions(document, heartbeat=role.use is not Use.TASKS)
    answers = _with_keys_of_any(await _ask_each(component, subject, _with_all_actions_on_any(asked)), asked)
    if not role.boundary:
        return answers
    unbounded = {**subject, "permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}
    without_boundary = await _ask_each(component, unbounded, _denied(answers, asked))
    freed = {(answer.action, answer.resource) for answer in without_boundary if answer.allowed}
    return [replace(answer, denied_by_boundary=(answer.action, answer.resource) in freed) for answer in answers]


def _questions(document: Mapping[str, Any], *, heartbeat: bool) -> Questions:
    """Return the actions for each set of resources of the document; with `heartbeat`, also that action.

    The document always has actions on `*`: the channels.
    """
    asked: dict[Sequence[str], list[str]] = {}
    for statement in document["Statement"]:
        resources = statement["Resource"]
        key = (resources,) if isinstance(resources, str) else tuple(resources)
        asked.setdefault(key, []).extend(statement["Action"])
    if heartbeat:
        asked[_ANY].append(UPDATE_INSTANCE_INFORMATION)
    return {resources: list(dict.fromkeys(actions)) for resources, actions in asked.items()}


def _with_all_actions_on_any(asked: Questions) -> Questions:
    """Return the questions, and ask about every action on `*` as well.

    IAM may report missing context keys only in per-resource results, which the AWS provider drops. For `*` they are at
    the top level. This costs no call. The decisions about the added actions are dropped later.
    """
    every = [action for resources, actions in asked.items() if resources != _ANY for action in actions]
    return {**asked, _ANY: list(dict.fromkeys([*asked[_ANY], *every]))}


def _with_keys_of_any(answers: Sequence[Answer], asked: Questions) -> Sequence[Answer]:
    """Return the answers to `asked`, each with the context keys that its action misses on `*`."""
    keys = {answer.action: answer.missing_context_keys for answer in answers if answer.resource == ANY_RESOURCE}
    return [
        _with_keys(answer, keys[answer.action])
        for answer in answers
        if answer.resource != ANY_RESOURCE or answer.action in asked[_ANY]
    ]


def _denied(answers: Sequence[Answer], asked: Questions) -> Questions:
    """Return the questions again, with the denied actions and resources only."""
    denied: dict[Sequence[str], Sequence[str]] = {}
    for resources, actions in asked.items():
        found = [each for each in answers if not each.allowed and each.resource in resources and each.action in actions]
        if found:
            again = dict.fromkeys(each.resource for each in found)
            denied[tuple(again)] = list(dict.fromkeys(each.action for each in found))
    return denied


async def _ask_each(component: pulumi.Resource, subject: Mapping[str, Any], asked: Questions) -> list[Answer]:
    several = await asyncio.gather(*(_ask(component, subject, *question) for question in asked.items()))
    return [answer for answers in several for answer in answers]


async def _ask(
    component: pulumi.Resource, subject: Mapping[str, Any], resources: Sequence[str], actions: Sequence[str]
) -> list[Answer]:
    """Ask about all resources in one call.

    If any is denied, ask per resource, because IAM reports only the strictest decision.
    """
    scope = {} if resources == _ANY else {"resourceArns": resources}
    arguments = {**subject, "actionNames": actions, **scope}
    found = await _lookups.ask_in_turn(component, _SIMULATE, arguments, "results")
    answers = list(_read(found.get("results") or (), actions, resources))
    denied = list(dict.fromkeys(answer.action for answer in answers if not answer.allowed))
    if not denied or len(resources) == 1:
        return answers
    single = await _ask_each(component, subject, {(resource,): denied for resource in resources})
    keys = {answer.action: answer.missing_context_keys for answer in answers}
    allowed = [answer for answer in answers if answer.action not in denied]
    return [*allowed, *(_with_keys(answer, keys[answer.action]) for answer in single)]


def _read(results: Sequence[Mapping[str, Any]], actions: Sequence[str], resources: Sequence[str]) -> Iterator[Answer]:
    """Yield the answer about each action and resource.

    If IAM answers once for each action, the resource is a template, and the decision is the strictest one. If IAM
    answers once for each action and resource, the resource is the one in the question.
    """
    for action in actions:
        of_action = [result for result in results if result["actionName"] == action]
        named = [result for result in of_action if result.get("resourceName") in resources]
        for resource in resources:
            about = [result for result in named if result["resourceName"] == resource] if named else of_action
            if not about:
                raise LookupError(f"IAM's simulator has not answered about {action}")
            yield _answer(action, resource, about)


def _answer(action: str, resource: str, results: Sequence[Mapping[str, Any]]) -> Answer:
    strictest = next((result for result in results if not result["allowed"]), results[0])
    matched = strictest.get("matchedStatements") or ()
    return Answer(
        action=action,
        resource=resource,
        allowed=strictest["allowed"],
        decision=strictest["decision"],
        missing_context_keys=tuple(
            dict.fromkeys(key for each in results for key in each.get("missingContextKeys") or ())
        ),
        policies=tuple(dict.fromkeys(statement["sourcePolicyId"] for statement in matched)),
    )


def _with_keys(answer: Answer, keys: Sequence[str]) -> Answer:
    return replace(answer, missing_context_keys=tuple(dict.fromkeys([*answer.missing_context_keys, *keys])))
