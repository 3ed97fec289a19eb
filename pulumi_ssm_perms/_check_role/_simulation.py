"""What IAM's policy simulator says of a role and a document: asking it, and reading its answers."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION, to_json

from ._role import FoundRole, Use

_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_ANY: Final = (ANY_RESOURCE,)


class Question(NamedTuple):
    """Actions to ask about, on each of these resources."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


class Answer(NamedTuple):
    """The simulator's decision on one action and resource, and the ids of the policies that deny or allow it.

    If the role's boundary denies, `allowed_by` are the policies that would allow it otherwise.
    """

    action: str
    resource: str
    decision: str
    allowed: bool
    denied_in: tuple[str, ...] = ()
    allowed_by: tuple[str, ...] = ()
    missing_context_keys: tuple[str, ...] = ()
    denied_by_boundary: bool = False

    @property
    def is_implicit(self) -> bool:
        """Whether nothing allows it, or an SCP or a boundary does not."""
        return self.decision == "implicitDeny"

    @property
    def call(self) -> tuple[str, str]:
        """What was asked about."""
        return self.action, self.resource

    def with_keys(self, keys: Iterable[str]) -> "Answer":
        """Return the answer with more context keys that the simulator misses."""
        return self._replace(missing_context_keys=tuple(dict.fromkeys([*self.missing_context_keys, *keys])))


async def simulate(component: Component, role: FoundRole, document: Mapping[str, Any]) -> list[Answer]:
    """Return the answer about each action and resource of the document, as if the role had it, and the heartbeat.

    Tasks of ECS need no heartbeat.
    """
    subject = {"policySourceArn": role.arn, "additionalPoliciesJsons": [to_json(document)]}
    on_any, *scoped = _questions(document, heartbeat=role.use is not Use.TASKS)
    # IAM may tell missing context keys only in the results of single resources, which the AWS provider drops. On `*`
    # there are no such results. So the question on `*` names every action, which costs no call.
    every = tuple(dict.fromkeys(action for question in (on_any, *scoped) for action in question.actions))
    ask = partial(_ask, component, subject)
    anywhere, *named = await asyncio.gather(ask(Question(every, _ANY)), *map(ask, scoped))
    keys = {answer.action: answer.missing_context_keys for answer in anywhere}
    answers = [
        *(answer for answer in anywhere if answer.action in on_any.actions),
        *(answer.with_keys(keys[answer.action]) for several in named for answer in several),
    ]
    if not role.boundary:
        return answers
    hidden = _hidden_by_boundary(role, document, [*scoped, on_any], answers)
    return await _without_boundary(component, subject, hidden, answers)


def _questions(document: Mapping[str, Any], *, heartbeat: bool) -> list[Question]:
    """Return a question for each set of resources of the document: first the one on `*`, which the channels are on."""
    asked: dict[tuple[str, ...], list[str]] = {_ANY: []}
    for statement in document["Statement"]:
        resources = statement["Resource"]
        key = (resources,) if isinstance(resources, str) else tuple(resources)
        asked.setdefault(key, []).extend(statement["Action"])
    if heartbeat:
        asked[_ANY].append(UPDATE_INSTANCE_INFORMATION)
    return [Question(tuple(dict.fromkeys(actions)), resources) for resources, actions in asked.items()]


def _hidden_by_boundary(
    role: FoundRole, document: Mapping[str, Any], questions: Sequence[Question], answers: Sequence[Answer]
) -> Iterator[Question]:
    """Yield what a boundary hides: whether it is what denies, and whether it allows as an attached policy, too.

    By itself a boundary grants nothing, but IAM may name it among the policies that allow. That matters for the
    heartbeat, if the document does not grant it.
    """
    yield from _denied(questions, answers)
    boundary = str(role.boundary).rpartition("/")[2]
    granted = any(UPDATE_INSTANCE_INFORMATION in statement["Action"] for statement in document["Statement"])
    heartbeat = (answer for answer in answers if answer.action == UPDATE_INSTANCE_INFORMATION and answer.allowed)
    if not granted and any(boundary in answer.allowed_by for answer in heartbeat):
        yield Question((UPDATE_INSTANCE_INFORMATION,), _ANY)


async def _without_boundary(
    component: Component, subject: Mapping[str, Any], questions: Iterable[Question], answers: Sequence[Answer]
) -> list[Answer]:
    """Ask again, with a boundary that allows everything, and return the answers with what that shows.

    What is denied all the same is denied by something else, which is then the cause.
    """
    unbounded = {**subject, "permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}
    several = await asyncio.gather(*(_ask(component, unbounded, each) for each in questions))
    again = {answer.call: answer for each in several for answer in each}

    def seen(answer: Answer) -> Answer:
        other = again.get(answer.call, answer)
        if not other.allowed:
            return other.with_keys(answer.missing_context_keys)
        return answer._replace(denied_by_boundary=not answer.allowed, allowed_by=other.allowed_by)

    return list(map(seen, answers))


def _denied(questions: Sequence[Question], answers: Sequence[Answer]) -> Iterator[Question]:
    """Yield the questions again, with the denied actions and resources only."""
    for actions, resources in questions:
        denied = [
            each for each in answers if not each.allowed and each.action in actions and each.resource in resources
        ]
        if denied:
            again = dict.fromkeys(each.action for each in denied), dict.fromkeys(each.resource for each in denied)
            yield Question(*map(tuple, again))


async def _ask(component: Component, subject: Mapping[str, Any], question: Question) -> list[Answer]:
    """Ask about all resources in one call, and about each if any is denied: IAM tells only the strictest decision."""
    actions, resources = question
    scope = {} if resources == _ANY else {"resourceArns": list(resources)}
    arguments = {**subject, "actionNames": list(actions), **scope}
    results = (await _invokes.ask_in_turn(component, _SIMULATE, arguments, "results")).get("results") or ()
    answers = [_answer(action, resource, question, results) for action in actions for resource in resources]
    denied = {answer.action: answer.missing_context_keys for answer in answers if not answer.allowed}
    if not denied or len(resources) == 1:
        return answers
    single = [Question(tuple(denied), (resource,)) for resource in resources]
    again = await asyncio.gather(*(_ask(component, subject, each) for each in single))
    return [
        *(answer for answer in answers if answer.action not in denied),
        *(answer.with_keys(denied[answer.action]) for several in again for answer in several),
    ]


def _answer(action: str, resource: str, question: Question, results: Sequence[Mapping[str, Any]]) -> Answer:
    """Return the strictest answer about an action on a resource.

    If IAM answers once for each action, the resource in its answer is a template. If it answers once for each action
    and resource, the resource is one of the question.
    """
    about = [each for each in results if _part(each, "actionName") == action]
    if any(each.get("resourceArn") in question.resources for each in about):
        about = [each for each in about if each.get("resourceArn") == resource]
    if not about:
        raise _invokes.Unanswered(f"IAM's simulator has not answered about {action}")
    strictest = next((each for each in about if not _part(each, "allowed")), about[0])
    allowed, decision = _part(strictest, "allowed"), _part(strictest, "decision")
    matched: Sequence[Mapping[str, str]] = strictest.get("matchedStatements") or ()
    policies = tuple(dict.fromkeys(each["sourcePolicyId"] for each in matched if each.get("sourcePolicyId")))
    return Answer(
        action,
        resource,
        decision,
        allowed,
        # What an SCP denies implicitly may come with the policies that allow it.
        denied_in=policies if decision == "explicitDeny" else (),
        allowed_by=policies if allowed else (),
        missing_context_keys=tuple(
            dict.fromkeys(key for each in about for key in each.get("missingContextKeys") or ())
        ),
    )


def _part(result: Mapping[str, Any], name: str) -> Any:
    """Return a part that each result of the AWS provider has; mocks may leave it out."""
    if name not in result:
        raise _invokes.Unanswered("; ".join(_invokes.without_answer(_SIMULATE, f"results, each with {name}")))
    return result[name]
