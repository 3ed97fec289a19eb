"""From grants to the policy document: `policy_document`, a component's JSON, and the size limit."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Unpack

import pulumi

from . import _lookups
from ._aws import INLINE_POLICIES_LIMIT
from ._document import Grants, document, size, to_json
from ._errors import Problem, raise_problems
from ._grants import COMPONENT_GRANTS, GRANTS, GrantArgs, grant_problems, grants_of
from ._inputs import Inputs, Values, is_deferred, is_known, read
from ._outputs import then
from ._preferences import Preferences

_PLAIN: Final = "call policy_document within Output.apply, or pass the Output to a component"
_PLAIN_GRANTS: Final = {name: replace(spec, plain=_PLAIN) for name, spec in GRANTS.items()}


def policy_document(**grants: Unpack[GrantArgs]) -> dict[str, Any]:
    """Return the policy document that the components write, as a dict, without Pulumi.

    The statements are those of "Add Session Manager permissions to an existing IAM role" and "Create a custom IAM role
    for Session Manager" (AWS Systems Manager User Guide), in their order.

    Args:
        **grants: The inputs that `SessionManagerPermissionsArgs` and `SessionManagerManagedPolicyArgs` share, except
            `session_preferences`. They say what each input grants, and its default. An Output is refused.

    Raises:
        InvalidInputError: A value is wrong, or there is no such input. All problems are named.

    """
    inputs = read("policy_document", grants, _PLAIN_GRANTS)
    found = _build(inputs.values, INLINE_POLICIES_LIMIT, inputs.problems)
    inputs.validated()
    return dict(json.loads(found or "{}"))


class ComponentDocument:
    """The policy document of a component, of at most `limit` characters.

    It is built once: immediately from plain inputs, else when the inputs resolve.
    """

    def __init__(self, inputs: Inputs, limit: int) -> None:
        """Build the document if all inputs are plain. Problems between grants are added to the inputs' problems."""
        self._owner = inputs.owner
        self._limit = limit
        self._built = _build(inputs.values, limit, inputs.problems)

    def json(self, component: pulumi.Resource, values: Values) -> pulumi.Output[str]:
        """Return the document as compact JSON; names in session preferences are looked up in AWS."""
        if self._built:
            return pulumi.Output.from_input(self._built)
        inputs = {name: values[name] for name in COMPONENT_GRANTS}
        may_be_new = is_deferred(inputs["session_preferences"])

        async def build(inputs: Values, secret: bool) -> str:  # noqa: FBT001 - as `then` calls it
            problems = list(grant_problems(inputs))
            raise_problems(self._owner, problems, secret=secret)
            grants = grants_of(inputs)
            preferences: Preferences | None = inputs["session_preferences"]
            if preferences:
                lookup = _lookups.Lookup(component, self._owner, secret, may_be_new)
                arns = await lookup.arns(preferences)
                if arns is None:
                    return pulumi.UNKNOWN  # type: ignore[return-value]
                grants = _with_preferences(grants, preferences, arns)
            built = _json(grants, self._limit, problems)
            raise_problems(self._owner, problems)
            return built

        return then(pulumi.Output.all(**inputs), build)


def _build(values: Values, limit: int, problems: list[Problem]) -> str | None:
    """Return the document if all values are plain, and add the problems between them.

    `None` if a value is deferred or wrong, or if session preferences are set.
    """
    problems.extend(grant_problems(values))
    if values.get("session_preferences") is not None or not all(is_known(values[name]) for name in GRANTS):
        return None
    return _json(grants_of(values), limit, problems)


def _json(grants: Grants, limit: int, problems: list[Problem]) -> str:
    """Return the document as compact JSON, and add a problem if it is too long for IAM."""
    built = to_json(document(grants))
    characters = size(built)
    if characters > limit:
        whom = "all inline policies of a role" if limit == INLINE_POLICIES_LIMIT else "a managed policy"
        rule = f"it has {characters:,} characters without white space, and IAM takes {limit:,} for {whom}"
        remedy = "use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
        problems.append(Problem("the policy document", "", rule, remedy))
    return built


def _with_preferences(grants: Grants, preferences: Preferences, arns: Mapping[str, str]) -> Grants:
    key, log_group = arns.get("key"), arns.get("log_group")
    return replace(
        grants,
        kms_key_arns=[*([key] if key else []), *grants.kms_key_arns],
        cloudwatch_log_group_arns=[log_group] if log_group else [],
        s3_log_bucket_arn=arns.get("bucket"),
        s3_log_key_prefix=preferences.key_prefix,
    )
