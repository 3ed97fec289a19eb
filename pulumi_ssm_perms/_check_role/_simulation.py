"""What IAM's policy simulator says of a role and a document: the questions, asking them, and reading the answers."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from pulumi_ssm_perms import _lookups
from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION

from ._role import Role, Use

_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_ANY: Final = (ANY_RESOURCE,)


class Question(NamedTuple):
    """Actions to ask about, on each of these resources."""

    resources: tuple[str, ...]
    actions: tuple[str, ...]


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


async def simulate(component: Component, role: Role, document: Mapping[str, Any]) -> list[Answer]:
    """Return the answer about each action and resource of the document, as if the role had it.

    Only a second question, with a boundary that allows everything, tells whether the role's own boundary denies.
    """
    subject = {"policySourceArn": role.arn, "additionalPoliciesJsons": [json.dumps(document, separators=(",", ":"))]}
    on_any, *scoped = _questions(document, heartbeat=role.use is not Use.TASKS)
    answers = await _answers(component, subject, on_any, scoped)
    if not role.boundary:
        return answers
    unbounded = {**subject, "permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}
    without_boundary = await _ask_each(component, unbounded, list(_denied(answers, [*scoped, on_any])))
    freed = {(answer.action, answer.resource) for answer in without_boundary if answer.allowed}
    return [replace(answer, denied_by_boundary=(answer.action, answer.resource) in freed) for answer in answers]


def _questions(document: Mapping[str, Any], *, heartbeat: bool) -> list[Question]:
    """Return a question for each set of resources of the document: first the one on `*`, which the channels are on.

    With `heartbeat`, it also asks about that action.
    """
    asked: dict[tuple[str, ...], list[str]] = {_ANY: []}
    for statement in document["Statement"]:
        resources = statement["Resource"]
        key = (resources,) if isinstance(resources, str) else tuple(resources)
        asked.setdefault(key, []).extend(statement["Action"])
    if heartbeat:
        asked[_ANY].append(UPDATE_INSTANCE_INFORMATION)
    return [Question(resources, tuple(dict.fromkeys(actions))) for resources, actions in asked.items()]


async def _answers(
    component: Component, subject: Mapping[str, Any], on_any: Question, scoped: Sequence[Question]
) -> list[Answer]:
    """Return the answers to all questions, each with the context keys that its action misses on `*`.

    IAM may report missing context keys only in per-resource results, which the AWS provider drops. For `*` they are at
    the top level. So the question on `*` names every action, which costs no call.
    """
    every = tuple(dict.fromkeys(action for question in (on_any, *scoped) for action in question.actions))
    anywhere, named = await asyncio.gather(
        _ask(component, subject, Question(_ANY, every)), _ask_each(component, subject, scoped)
    )
    keys = {answer.action: answer.missing_context_keys for answer in anywhere}
    asked = [answer for answer in anywhere if answer.action in on_any.actions]
    return [*asked, *(_with_keys(answer, keys[answer.action]) for answer in named)]


def _denied(answers: Sequence[Answer], asked: Sequence[Question]) -> Iterator[Question]:
    """Yield the questions again, with the denied actions and resources only."""
    for resources, actions in asked:
        found = [each for each in answers if not each.allowed and each.resource in resources and each.action in actions]
        if found:
            again = dict.fromkeys(each.resource for each in found)
            yield Question(tuple(again), tuple(dict.fromkeys(each.action for each in found)))


async def _ask_each(component: Component, subject: Mapping[str, Any], asked: Sequence[Question]) -> list[Answer]:
    several = await asyncio.gather(*(_ask(component, subject, question) for question in asked))
    return [answer for answers in several for answer in answers]


async def _ask(component: Component, subject: Mapping[str, Any], question: Question) -> list[Answer]:
    """Ask about all resources in one call.

    If any is denied, ask per resource, because IAM reports only the strictest decision.
    """
    resources, actions = question
    scope = {} if resources == _ANY else {"resourceArns": list(resources)}
    arguments = {**subject, "actionNames": list(actions), **scope}
    found = await _lookups.ask_in_turn(component, _SIMULATE, arguments, "results")
    answers = list(_read(found.get("results") or (), question))
    denied = tuple(dict.fromkeys(answer.action for answer in answers if not answer.allowed))
    if not denied or len(resources) == 1:
        return answers
    single = await _ask_each(component, subject, [Question((resource,), denied) for resource in resources])
    keys = {answer.action: answer.missing_context_keys for answer in answers}
    allowed = [answer for answer in answers if answer.action not in denied]
    return [*allowed, *(_with_keys(answer, keys[answer.action]) for answer in single)]


def _read(results: Sequence[Mapping[str, Any]], question: Question) -> Iterator[Answer]:
    """Yield the answer about each action and resource.

    If IAM answers once for each action, the resource is a template, and the decision is the strictest one. If IAM
    answers once for each action and resource, the resource is the one in the question.
    """
    resources, actions = question
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
