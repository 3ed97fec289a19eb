"""`check_role`: asks IAM whether the role will be able to do all of it. It warns, and changes nothing."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi

from . import _checks, _naming, _simulation
from ._errors import SECRET, InvalidInputError, Problem, show
from ._lookups import ask
from ._policy import ANY
from ._simulation import Answer

_GET_ROLE: Final = "aws:iam/getRole:getRole"
_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_NO_SUCH_ROLE: Final = ("NoSuchEntity", "couldn't find resource", "empty result")
# How the AWS SDK for Go ends its messages; some codes come without "api error".
_AWS_ANSWER: Final = re.compile(r"RequestID: [^,]*, (?:api error )?(?P<answer>(?P<code>[A-Za-z]+): .*)$")
_MISSING: Final = ("IAM has no such role in the account of the provider", "write the name of an existing role")
_ELSEWHERE: Final = (
    "it is of another account than the provider's, where a role of the same name is another role",
    "give the component a provider of the role's account",
)


@dataclass(frozen=True)
class Role:
    """What IAM says of a role, and how a message may call it.

    Without an ARN it is not there yet or, with a `failure`, IAM could not be asked about it.
    """

    shown: str
    arn: str = ""
    boundary: str | None = None
    failure: str | None = None


def find(
    component: pulumi.Resource, owner: str, name: pulumi.Input[str], given: pulumi.Input[str]
) -> pulumi.Output[Role]:
    """Return what IAM says of the role, whose name was given in this way.

    Raises:
        InvalidInputError: The role is not there (but one that comes as an Output may not be there yet in preview), or
            its ARN is one of another account than the provider's.

    """
    may_be_new = isinstance(name, pulumi.Output) and pulumi.runtime.is_dry_run()
    both = pulumi.Output.all(name, given)

    async def look_up(name: str, given: str) -> Role:
        secret = await both.is_secret()
        role = Role(SECRET if secret else name)
        try:
            found = await ask(component, _GET_ROLE, {"name": name}, "arn")
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            if not any(sign in str(error) for sign in _NO_SUCH_ROLE):
                return replace(role, failure=_answer_of(error, secret=secret))
            if may_be_new:
                return role
            raise _refusal(owner, given, _MISSING, secret=secret) from None
        arn = found.get("arn", "")
        if arn and _checks.role_account(given) not in (None, _checks.role_account(arn)):
            raise _refusal(owner, given, _ELSEWHERE, secret=secret)
        return replace(role, arn=arn, boundary=found.get("permissionsBoundary") or None)

    return both.apply(lambda two: pulumi.Output.from_input(look_up(*two)))


def _refusal(owner: str, given: str, why: tuple[str, str], *, secret: bool) -> InvalidInputError:
    return InvalidInputError(owner, [Problem("role", SECRET if secret else show(given), *why)])


def denied_actions(
    component: pulumi.Resource, role: pulumi.Output[Role], policy_json: pulumi.Input[str], after: pulumi.Input[Any]
) -> pulumi.Output[Any]:
    """Return what the role will not be able to do once it has the policy; `None` where that could not be found out.

    Each cause is one warning on the component. Nothing is asked before `after` is known.
    """
    together = pulumi.Output.all(role, policy_json, after)

    async def check(found: Role, policy: str, _: object) -> list[str] | None:
        if found.failure is not None:
            _cannot_ask(component, found, found.failure)
            return None
        if not found.arn:
            return pulumi.UNKNOWN  # type: ignore[return-value]
        secret = await together.is_secret()
        try:
            answers = await _answers(component, found, policy)
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            _cannot_ask(component, found, _answer_of(error, secret=secret))
            return None
        for message in _simulation.explain(found.shown, answers, found.boundary, json.loads(policy), secret=secret):
            pulumi.log.warn(message, resource=component)
        return _simulation.denied_actions(answers)

    return together.apply(lambda three: pulumi.Output.from_input(check(*three)))


async def _answers(component: pulumi.Resource, role: Role, policy: str) -> list[Answer]:
    answers = await _simulate(component, role, policy, _simulation.questions(json.loads(policy)))
    denied: dict[str, list[str]] = {}
    for answer in answers if role.boundary else ():
        if not answer.allowed:
            denied.setdefault(answer.resource, []).append(answer.action)
    without_boundary = await _simulate(
        component, role, policy, denied, {"permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}
    )
    freed = {(answer.action, answer.resource) for answer in without_boundary if answer.allowed}
    return [replace(answer, denied_by_boundary=(answer.action, answer.resource) in freed) for answer in answers]


async def _simulate(
    component: pulumi.Resource,
    role: Role,
    policy: str,
    asked: Mapping[str, Sequence[str]],
    inputs: Mapping[str, Any] | None = None,
) -> list[Answer]:
    """Ask about all resources at once; each is a simulation of its own, as IAM crosses actions with resources."""

    async def simulate(resource: str, actions: Sequence[str]) -> list[Answer]:
        scope = {} if resource == ANY[0] else {"resourceArns": [resource]}
        subject = {"policySourceArn": role.arn, "actionNames": actions, "additionalPoliciesJsons": [policy]}
        found = await ask(component, _SIMULATE, {**subject, **scope, **(inputs or {})}, "results")
        return _simulation.read(found["results"], resource)

    several = await asyncio.gather(*(simulate(resource, actions) for resource, actions in asked.items()))
    return [answer for answers in several for answer in answers]


def _cannot_ask(component: pulumi.Resource, role: Role, answer: str) -> None:
    """Warn that nothing was found out, and say what to do about it."""
    way_out = "Run it again"
    if "AccessDenied" in answer:
        way_out = "Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it"
    answered = f" ({answer})" if answer else ""
    name = _naming.spell("check_role")
    message = f"{name} could not ask IAM about {role.shown}{answered}. {way_out}, or leave {name} out."
    pulumi.log.warn(message, resource=component)


def _answer_of(error: Exception, *, secret: bool) -> str:
    """Return AWS's code and message; the message repeats what was asked about, and is left out for a secret."""
    message = " ".join(str(error).split())
    answer = _AWS_ANSWER.search(message)
    if secret:
        return answer["code"] if answer else ""
    return answer["answer"] if answer else message
