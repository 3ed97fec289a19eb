"""What to ask IAM's policy simulator about a role and a document, and asking it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pulumi

from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION

from ._answers import Answer, read
from ._asking import ask
from ._role import Role
from ._trust import Use

_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_ANY: Final = (ANY_RESOURCE,)

Questions = Mapping[Sequence[str], Sequence[str]]
"""The actions to ask about, by the resources that they are asked about."""


def questions(policy: Mapping[str, Any], *, heartbeat: bool) -> Questions:
    """Return, for each set of resources of the document, the actions on them; the heartbeat, if it is asked about.

    The document always has actions on `*`, the channels.
    """
    asked: dict[Sequence[str], list[str]] = {}
    for statement in policy["Statement"]:
        resources = statement["Resource"]
        key = (resources,) if isinstance(resources, str) else tuple(resources)
        asked.setdefault(key, []).extend(statement["Action"])
    if heartbeat:
        asked[_ANY].append(UPDATE_INSTANCE_INFORMATION)
    return {resources: list(dict.fromkeys(actions)) for resources, actions in asked.items()}


async def simulate(component: pulumi.Resource, role: Role, policy_json: str) -> Sequence[Answer]:
    """Return the answer about each action and resource of the document, once the role has it.

    Only a second question, with a boundary that allows everything, tells whether the role's own boundary denies.
    """
    subject = {"policySourceArn": role.arn, "additionalPoliciesJsons": [policy_json]}
    asked = questions(json.loads(policy_json), heartbeat=role.use is not Use.TASKS)
    answers = _with_keys_of_any(await _ask_each(component, subject, _with_all_actions_on_any(asked)), asked)
    if not role.boundary:
        return answers
    unbounded = {**subject, "permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}
    without_boundary = await _ask_each(component, unbounded, _denied(answers, asked))
    freed = {(answer.action, answer.resource) for answer in without_boundary if answer.allowed}
    return [replace(answer, denied_by_boundary=(answer.action, answer.resource) in freed) for answer in answers]


def _with_all_actions_on_any(asked: Questions) -> Questions:
    """Return the questions with every action asked about on `*` as well.

    Of context keys that are missing for a named resource, IAM may tell only where the AWS provider does not look; for
    `*` they are in sight. What the role may do on `*` does not matter for the others, and no question is added.
    """
    every = [action for resources, actions in asked.items() if resources != _ANY for action in actions]
    return {**asked, _ANY: list(dict.fromkeys([*asked[_ANY], *every]))}


def _with_keys_of_any(answers: Sequence[Answer], asked: Questions) -> Sequence[Answer]:
    """Return the answers to what is asked, each with the context keys that its action misses on `*`."""
    keys = {answer.action: answer.missing_context_keys for answer in answers if answer.resource == ANY_RESOURCE}
    return [
        _with_keys(answer, keys[answer.action])
        for answer in answers
        if answer.resource != ANY_RESOURCE or answer.action in asked[_ANY]
    ]


def _denied(answers: Sequence[Answer], asked: Questions) -> Questions:
    """Return the questions again, as far as something is denied."""
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
    """Ask about all resources at once; about each by itself where not all are allowed, as IAM crosses and sums up."""
    scope = {} if resources == _ANY else {"resourceArns": resources}
    found = await ask(component, _SIMULATE, {**subject, "actionNames": actions, **scope}, "results")
    # The AWS provider returns a set, whose order says nothing.
    order = {action: position for position, action in enumerate(actions)}
    results = sorted(found["results"], key=lambda result: order.get(result["actionName"], len(order)))
    answers = read(results, resources)
    denied = list(dict.fromkeys(answer.action for answer in answers if not answer.allowed))
    if not denied or len(resources) == 1:
        return answers
    single = await _ask_each(component, subject, {(resource,): denied for resource in resources})
    keys = {answer.action: answer.missing_context_keys for answer in answers}
    allowed = [answer for answer in answers if answer.allowed]
    return [*allowed, *(_with_keys(answer, keys[answer.action]) for answer in single)]


def _with_keys(answer: Answer, keys: Sequence[str]) -> Answer:
    return replace(answer, missing_context_keys=tuple(dict.fromkeys([*answer.missing_context_keys, *keys])))
