"""From grants to the policy document: `policy_document`, a component's JSON, and the size limit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Unpack

import pulumi

from . import _lookups
from ._aws import INLINE_POLICIES_LIMIT
from ._component import Component
from ._document import Grants, document, size, to_json
from ._errors import Problem, raise_problems
from ._grants import GRANTS, PREFERENCES, GrantArgs, GrantValues, grant_problems, grants_of, plain_grants
from ._inputs import SPEC, is_deferred, read
from ._outputs import then
from ._preferences import Preferences

_PLAIN: Final = "call policy_document within Output.apply, or pass the Output to a component"


@dataclass(frozen=True)
class _Inputs:
    """The inputs of `policy_document`."""

    grants: GrantValues = field(metadata={SPEC: {name: replace(grant, plain=_PLAIN) for name, grant in GRANTS.items()}})


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
    valid = read(
        "policy_document", grants, _Inputs, lambda given: document_problems(given.grants, INLINE_POLICIES_LIMIT)
    )
    return document(grants_of(valid.grants))


def document_problems(values: GrantValues, limit: int) -> Iterator[Problem]:
    """Yield the problems between plain grants, and that of a document of more than `limit` characters."""
    yield from grant_problems(values)
    if grants := plain_grants(values):
        yield from _size_problems(to_json(document(grants)), limit)


def document_json(component: Component, values: GrantValues, limit: int) -> pulumi.Output[str]:
    """Return the document as compact JSON: at once from plain grants, else when they resolve."""
    if grants := plain_grants(values):
        return pulumi.Output.from_input(to_json(document(grants)))
    are_output = is_deferred(values.get(PREFERENCES))
    return then(pulumi.Output.all(**values), partial(_resolved, component, limit, are_output=are_output))


async def _resolved(component: Component, limit: int, values: GrantValues, *, are_output: bool, secret: bool) -> str:
    """Return the document of grants that have resolved. Names in session preferences are looked up in AWS."""
    raise_problems(component.owner, grant_problems(values), secret=secret)
    grants = grants_of(values)
    preferences: Preferences | None = values.get(PREFERENCES)
    if preferences:
        arns = await _lookups.Lookup(component, secret, are_output).arns(preferences)
        if arns is None:
            return pulumi.UNKNOWN  # type: ignore[return-value]
        grants = _with_preferences(grants, preferences, arns)
    built = to_json(document(grants))
    raise_problems(component.owner, _size_problems(built, limit))
    return built


def _size_problems(built: str, limit: int) -> Iterator[Problem]:
    characters = size(built)
    if characters > limit:
        whom = "all inline policies of a role" if limit == INLINE_POLICIES_LIMIT else "a managed policy"
        rule = f"it has {characters:,} characters without white space, and IAM takes {limit:,} for {whom}"
        remedy = "use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
        yield Problem("the policy document", "", rule, remedy)


def _with_preferences(grants: Grants, preferences: Preferences, arns: Mapping[str, str]) -> Grants:
    key, log_group = arns.get("key"), arns.get("log_group")
    return replace(
        grants,
        kms_key_arns=[*([key] if key else []), *grants.kms_key_arns],
        cloudwatch_log_group_arns=[log_group] if log_group else [],
        s3_log_bucket_arn=arns.get("bucket"),
        s3_log_key_prefix=preferences.key_prefix,
    )
