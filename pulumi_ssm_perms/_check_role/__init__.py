"""`check_role`: asks IAM whether a role will be able to do all that it is granted. It warns, and changes nothing.

The other files are: `_role` (what IAM says of the role), `_questions` (what to ask IAM's simulator), `_answers` (what
its answers mean) and `_warnings` (how they are said). Everything here is about one role; many are many calls.
"""

import json
from typing import Any

import pulumi

from . import _answers, _warnings
from ._questions import simulate
from ._role import Role, find

__all__ = ["Role", "denied_actions", "find"]


def denied_actions(
    component: pulumi.Resource, role: pulumi.Output[Role], policy_json: pulumi.Input[str], after: pulumi.Input[Any]
) -> pulumi.Output[Any]:
    """Return what the role will not be able to do once it has the policy; `None` where that could not be found out.

    Each cause is one warning on the component. Nothing is asked before `after` is known.
    """
    together = pulumi.Output.all(role, policy_json, after)

    async def check(found: Role, policy: str, _: object) -> list[str] | None:
        if found.failure is not None:
            pulumi.log.warn(_warnings.could_not_ask(found.shown, found.failure), resource=component)
            return None
        if not found.arn:
            return pulumi.UNKNOWN  # type: ignore[return-value]
        secret = await together.is_secret()
        try:
            answers = await simulate(component, found, policy)
        except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
            failure = _answers.failure(error, secret=secret)
            pulumi.log.warn(_warnings.could_not_ask(found.shown, failure), resource=component)
            return None
        causes = _answers.causes(answers, json.loads(policy))
        for warning in _warnings.explain(found.shown, causes, found.boundary, secret=secret):
            pulumi.log.warn(warning, resource=component)
        return _answers.denied_actions(answers)

    return together.apply(lambda three: pulumi.Output.from_input(check(*three)))
