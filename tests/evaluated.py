"""Whether a policy document allows a request, by an evaluator that is not ours: moto's, which its own services use.

moto has no documented name for it: `moto.iam.access_control` is used here alone, so that a new moto changes one file.
It takes a `.` in a resource for any character, on which no request of the tests depends.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult


def evaluator(document: Mapping[str, Any]) -> Callable[[str, str], bool]:
    """Return what says of an action and a resource whether the document lets its owner do it there."""
    policy = IAMPolicy(json.dumps(document))

    def allowed(action: str, resource: str) -> bool:
        return bool(policy.is_action_permitted(action, resource) == PermissionResult.PERMITTED)

    return allowed


def allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Return whether the document lets its owner do the action on the resource."""
    return evaluator(document)(action, resource)
