"""`check_role` and `check_roles`: ask IAM whether roles will be able to do all that they are granted, and warn.

The other files are: `_role` (what IAM says of a role), `_trust` (what a role is for), `_questions` (what to ask IAM's
simulator), `_asking` (asking, a few at a time), `_answers` (what the answers mean) and `_warnings` (how they are said).
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from . import _answers, _warnings
from ._questions import simulate
from ._role import Role, Wanted, find

__all__ = ["Role", "Wanted", "denied_actions", "find"]

Denied = Mapping[str, Sequence[str]] | None


def denied_actions(
    component: pulumi.Resource, option: str, roles: pulumi.Output[Sequence[Role]], policy_json: pulumi.Input[str]
) -> pulumi.Output[Any]:
    """Return, by role name, what the roles will not be able to do once they have the policy.

    Roles that may do all are left out. It is `None` where something could not be found out, and unknown where a role
    does not exist yet. Each cause is one warning on the component; `option` is the input that asked for it.
    """
    together = pulumi.Output.all(roles, policy_json)

    async def check(found: Sequence[Role], policy: str) -> Denied:
        if any(role.failure is None and not role.arn for role in found):
            return pulumi.UNKNOWN  # type: ignore[return-value]
        secret = await together.is_secret()
        judged = await asyncio.gather(*(_judge(component, option, role, policy, secret=secret) for role in found))
        for warning in _warnings.merged([told for _, told in judged]):
            pulumi.log.warn(warning, resource=component)
        if any(denied is None for denied, _ in judged):
            return None
        return {role.name: denied for role, (denied, _) in zip(found, judged, strict=True) if denied}

    return together.apply(lambda two: pulumi.Output.from_input(check(*two)))


async def _judge(
    component: pulumi.Resource, option: str, role: Role, policy_json: str, *, secret: bool
) -> tuple[Sequence[str] | None, Sequence[_warnings.Finding]]:
    """Return what a role may not do, `None` where that could not be found out, and what there is to be said."""
    if role.failure is not None:
        return None, [_warnings.could_not_ask(role.shown, role.failure, option)]
    try:
        answers = await simulate(component, role, policy_json)
    except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
        failure = _answers.failure(error, secret=secret)
        return None, [_warnings.could_not_ask(role.shown, failure, option)]
    causes = _answers.causes(answers, json.loads(policy_json))
    told = _warnings.explain(role.shown, causes, role.boundary, role.use, secret=secret)
    return _answers.denied_actions(answers), list(told)
