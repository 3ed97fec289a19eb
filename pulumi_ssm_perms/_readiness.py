"""`check_role`: asks IAM whether the role will be able to do all of it. It warns, and changes nothing."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi

from . import _simulation
from ._errors import SECRET, InvalidInputError, Problem, show
from ._lookups import ask
from ._policy import ANY
from ._simulation import Answer

_GET_ROLE: Final = "aws:iam/getRole:getRole"
_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
_NO_SUCH_ROLE: Final = ("NoSuchEntity", "couldn't find resource", "empty result")


@dataclass(frozen=True)
class Role:
    """What IAM says of the role. Without an ARN, it is not there yet, or could not be asked about (`failure`)."""

    arn: str = ""
    boundary: str | None = None
    failure: str | None = None


def find(
    component: pulumi.Resource, owner: str, role: pulumi.Input[str], account: pulumi.Input[str | None]
) -> pulumi.Output[Role]:
    """Return what IAM says of the role.

    Raises:
        InvalidInputError: The role is not there (but one that comes as an Output may not be there yet in preview), or
            its ARN is one of another account than the provider's.

    """
    may_be_new = isinstance(role, pulumi.Output) and pulumi.runtime.is_dry_run()
    given = pulumi.Output.all(role, account)

    async def look_up(name: str, expected_account: str | None) -> Role:
        secret = await given.is_secret()
        shown = SECRET if secret else show(name)
        try:
            found = await ask(component, _GET_ROLE, {"name": name})
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            if not any(sign in str(error) for sign in _NO_SUCH_ROLE):
                return Role(failure=_answer_of(error, secret=secret))
            if may_be_new:
                return Role()
            rule, way_out = "IAM has no such role in the account of the provider", "write the name of an existing role"
            raise InvalidInputError(owner, [Problem("role", shown, rule, way_out)]) from None
        if expected_account not in (None, found["arn"].split(":")[4]):
            rule = "its ARN is of another account than the provider's, where a role of the same name is another role"
            way_out = "give the component a provider of the role's account"
            raise InvalidInputError(owner, [Problem("role", shown, rule, way_out)])
        return Role(arn=found["arn"], boundary=found.get("permissionsBoundary") or None)

    return given.apply(lambda pair: pulumi.Output.from_input(look_up(*pair)))


def denied_actions(
    component: pulumi.Resource, name: pulumi.Input[str], role: pulumi.Output[Role], policy_json: pulumi.Input[str]
) -> pulumi.Output[Any]:
    """Return what the role will not be able to do once it has the policy; `None` where that could not be found out.

    Each cause is one warning on the component.
    """
    together = pulumi.Output.all(name, role, policy_json)

    async def check(who: str, found: Role, policy: str) -> list[str] | None:
        if found.failure is not None:
            _cannot_ask(component, found.failure)
            return None
        if not found.arn:
            return pulumi.UNKNOWN  # type: ignore[return-value]
        secret = await together.is_secret()
        try:
            answers = await _answers(component, found, policy)
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            _cannot_ask(component, _answer_of(error, secret=secret))
            return None
        document = json.loads(policy)
        shown = SECRET if secret else who
        for message in _simulation.explain(shown, answers, found.boundary, document, secret=secret):
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
        found = await ask(component, _SIMULATE, {**subject, **scope, **(inputs or {})})
        return _simulation.read(found["results"], resource)

    several = await asyncio.gather(*(simulate(resource, actions) for resource, actions in asked.items()))
    return [answer for answers in several for answer in answers]


def _cannot_ask(component: pulumi.Resource, answer: str) -> None:
    """Warn that nothing was found out, and what to do about it."""
    message = (
        f"check_role could not ask IAM{answer}, so that nothing is known about the role. Let the deploying identity "
        "call iam:GetRole and iam:SimulatePrincipalPolicy on it, or leave check_role out."
    )
    pulumi.log.warn(message, resource=component)


def _answer_of(error: Exception, *, secret: bool) -> str:
    """Return AWS's answer on one line; it repeats what it was asked about."""
    return "" if secret else f" ({' '.join(str(error).split())})"
