"""From grants to the policy document: `policy_document`, a component's JSON, and the size limit."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, Unpack

import pulumi

from . import _lookups
from ._aws import INLINE_POLICIES_LIMIT
from ._component import Component
from ._document import Grants, Statement, document, size, statements, to_json
from ._errors import Problem, raise_problems
from ._grants import PREFERENCES, GrantArgs, grant_problems, read_grants
from ._inputs import InputReader, is_known, is_output
from ._outputs import then
from ._preferences import Preferences

_PLAIN: Final = "call policy_document within Output.apply, or pass the Output to a component"


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
    reader = InputReader("policy_document", grants)
    built = plain_statements(reader, read_grants(reader, plain=_PLAIN), INLINE_POLICIES_LIMIT)
    reader.finish()
    # There are some: nothing is wrong, and nothing resolves later.
    return document(built or ())


def plain_statements(reader: InputReader, grants: Grants, limit: int) -> tuple[Statement, ...] | None:
    """Return the statements if all grants are plain, and add what is wrong between them to the reader's problems.

    IAM takes `limit` characters. Names in session preferences have to be looked up first, so there are none yet.
    """
    reader.problems.extend(grant_problems(grants))
    if grants.get(PREFERENCES) is not None or not all(map(is_known, grants.values())):
        return None
    built = statements(grants)
    reader.problems.extend(_size_problems(to_json(document(built)), limit))
    return built


def all_statements(
    component: Component, grants: Grants, plain: tuple[Statement, ...] | None, limit: int
) -> "pulumi.Output[tuple[Statement, ...]]":
    """Return the plain statements, or those of grants that resolve and of names that are looked up."""
    if plain is not None:
        return pulumi.Output.from_input(plain)
    are_output = is_output(grants[PREFERENCES])
    return then(pulumi.Output.all(**grants), partial(_resolved, component, limit, are_output=are_output))


async def _resolved(
    component: Component, limit: int, grants: Grants, *, are_output: bool, secret: bool
) -> tuple[Statement, ...]:
    raise_problems(component.owner, grant_problems(grants), secret=secret)
    preferences: Preferences | None = grants[PREFERENCES]
    if preferences:
        arns = await _lookups.arns(component, preferences, are_output=are_output, secret=secret)
        if arns is None:
            return pulumi.UNKNOWN  # type: ignore[return-value]
        grants = _with_preferences(grants, preferences, arns)
    built = statements(grants)
    raise_problems(component.owner, _size_problems(to_json(document(built)), limit))
    return built


def _with_preferences(grants: Grants, preferences: Preferences, arns: Mapping[str, str]) -> Grants:
    key, log_group = arns.get("key"), arns.get("log_group")
    return {
        **grants,
        "kms_key_arns": [*([key] if key else []), *grants["kms_key_arns"]],
        "cloudwatch_log_group_arns": [log_group] if log_group else [],
        "s3_log_bucket_arn": arns.get("bucket"),
        "s3_log_key_prefix": preferences.key_prefix,
    }


def _size_problems(built: str, limit: int) -> Iterator[Problem]:
    characters = size(built)
    if characters > limit:
        whom = "all inline policies of a role" if limit == INLINE_POLICIES_LIMIT else "a managed policy"
        rule = f"it has {characters:,} characters without white space, and IAM takes {limit:,} for {whom}"
        remedy = "use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
        yield Problem("the policy document", "", rule, remedy)
