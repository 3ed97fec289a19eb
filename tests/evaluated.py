"""Whether a policy document allows a request, by an evaluator that is not ours: moto's, which its own services use.

moto has no documented name for it: `moto.iam.access_control` is used here alone, so that a new moto changes one file.
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult


def allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Return whether the document lets its owner do the action on the resource."""
    result = IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)
    return bool(result == PermissionResult.PERMITTED)
