"""What to ask IAM's policy simulator about a role and a document, and asking it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pulumi

from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION
from pulumi_ssm_perms._lookups import ask

from ._answers import Answer, read
from ._role import Role

_SIMULATE: Final = "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation"
_ALLOW_ALL: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def questions(policy: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return, for each resource of the document, the actions to ask about; the heartbeat is always among them."""
    asked: dict[str, list[str]] = {}
    for statement in policy["Statement"]:
        resources = statement["Resource"]
        for resource in [resources] if isinstance(resources, str) else resources:
            asked.setdefault(resource, []).extend(statement["Action"])
    asked.setdefault(ANY_RESOURCE, []).append(UPDATE_INSTANCE_INFORMATION)
    return {resource: list(dict.fromkeys(actions)) for resource, actions in asked.items()}


async def simulate(component: pulumi.Resource, role: Role, policy_json: str) -> list[Answer]:
    """Return the answer about each action and resource of the document, once the role has it.

    Only a second question, with a boundary that allows everything, tells whether the role's own boundary denies.
    """
    answers = await _ask_each(component, role, policy_json, questions(json.loads(policy_json)))
    denied: dict[str, list[str]] = {}
    for answer in answers if role.boundary else ():
        if not answer.allowed:
            denied.setdefault(answer.resource, []).append(answer.action)
    unbounded = {"permissionsBoundaryPoliciesJsons": [_ALLOW_ALL]}
    without_boundary = await _ask_each(component, role, policy_json, denied, unbounded)
    freed = {(answer.action, answer.resource) for answer in without_boundary if answer.allowed}
    return [replace(answer, denied_by_boundary=(answer.action, answer.resource) in freed) for answer in answers]


async def _ask_each(
    component: pulumi.Resource,
    role: Role,
    policy_json: str,
    asked: Mapping[str, Sequence[str]],
    inputs: Mapping[str, Any] | None = None,
) -> list[Answer]:
    """Ask about all resources at once; each is a simulation of its own, as IAM crosses actions with resources."""

    async def ask_about(resource: str, actions: Sequence[str]) -> list[Answer]:
        scope = {} if resource == ANY_RESOURCE else {"resourceArns": [resource]}
        subject = {"policySourceArn": role.arn, "actionNames": actions, "additionalPoliciesJsons": [policy_json]}
        found = await ask(component, _SIMULATE, {**subject, **scope, **(inputs or {})}, "results")
        return read(found["results"], resource)

    several = await asyncio.gather(*(ask_about(resource, actions) for resource, actions in asked.items()))
    return [answer for answers in several for answer in answers]
