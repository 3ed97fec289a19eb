"""From grants to a policy document: `policy_document` of plain values, `policy_json` of a component's inputs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Unpack

import pulumi

from . import _lookups
from ._aws import INLINE_POLICIES_LIMIT
from ._document import document, to_json
from ._errors import raise_problems
from ._grants import COMPONENT_GRANTS, GRANTS, GrantArgs
from ._inputs import Values, combine, is_deferred, read
from ._preferences import Preferences
from ._rules import grant_problems, size_problems

_PLAIN: Final = "call policy_document within Output.apply, or give the Output to a component"
_PLAIN_GRANTS: Final = {name: replace(spec, plain=_PLAIN) for name, spec in GRANTS.items()}


def policy_document(**grants: Unpack[GrantArgs]) -> dict[str, Any]:
    """Return the policy document that the components write, as a dict, without Pulumi.

    The statements are those of "Add Session Manager permissions to an existing IAM role" and "Create a custom IAM role
    for Session Manager" (AWS Systems Manager User Guide), in their order.

    Args:
        **grants: The inputs that `SessionManagerPermissionsArgs` and `SessionManagerManagedPolicyArgs` share, which say
            what each grants and its default; but no `session_preferences`. All are plain values: an Output is refused.

    Raises:
        InvalidInputError: A value is wrong, or there is no such input; all wrong ones are named, as by the components.

    """
    values = read("policy_document", grants, _PLAIN_GRANTS, lambda v: grant_problems(v, INLINE_POLICIES_LIMIT))
    return document(values)


def policy_json(component: pulumi.Resource, owner: str, values: Values, limit: int) -> str | pulumi.Output[str]:
    """Return the component's document as JSON; as an Output where an input is one, or where AWS is asked for names.

    `limit` is the size that IAM allows for it.
    """
    grants = {name: values[name] for name in COMPONENT_GRANTS}
    preferences_deferred = is_deferred(grants["session_preferences"])
    checked = not any(map(is_deferred, grants.values()))

    def build(values: Values, *, secret: bool) -> str | pulumi.Output[str]:
        if not checked:
            raise_problems(owner, grant_problems(values, limit, secret=secret))
        preferences: Preferences | None = values["session_preferences"]
        if preferences is None:
            return to_json(document(values))
        arns = _lookups.arns(component, owner, preferences, deferred=preferences_deferred, secret=secret)
        return arns.apply(lambda found: _with_preferences(owner, values, preferences, found, limit))

    return combine(grants, build)  # type: ignore[no-any-return]


def _with_preferences(
    owner: str, values: Values, preferences: Preferences, arns: Mapping[str, str | None], limit: int
) -> str:
    key, log_group = arns["key"], arns["log_group"]
    grants: Values = {
        **values,
        "kms_key_arns": [*([key] if key else []), *values["kms_key_arns"]],
        "cloudwatch_log_group_arns": [log_group] if log_group else [],
        "s3_log_bucket_arn": arns["bucket"],
        "s3_log_key_prefix": preferences.key_prefix,
    }
    policy = to_json(document(grants))
    raise_problems(owner, size_problems(policy, limit))
    return policy
