"""From grants to the policy document: `policy_document`, a component's statements, and the size limit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, Unpack

import pulumi

from . import _lookups
from ._aws import INLINE_POLICIES_LIMIT, SizeLimit
from ._component import Component
from ._document import Grants, Statement, size, statements_for, to_json, to_policy
from ._errors import Problem, raise_problems
from ._grants import GrantArgs, GrantInputs, grant_problems, grants_of, read_grants
from ._inputs import InputReader, Unresolved, as_output
from ._outputs import apply_async
from ._preferences import Preferences

_NO_OUTPUT: Final = "call policy_document within Output.apply, or pass the Output to a component"


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
    inputs = read_grants(reader, no_output=_NO_OUTPUT)
    reader.finish(document_problems(inputs, INLINE_POLICIES_LIMIT, of_component=False))
    return to_policy(statements_for(grants_of(inputs.by_name)))


def document_problems(inputs: GrantInputs, limit: SizeLimit, *, of_component: bool = True) -> Iterator[Problem]:
    """Yield what is wrong between grants, and once all are known, a document with more than `limit` characters."""
    yield from grant_problems(inputs, of_component=of_component)
    if inputs.are_known:
        yield from _size_problems(statements_for(grants_of(inputs.by_name)), limit)


def granted_statements(
    component: Component, inputs: GrantInputs, limit: SizeLimit
) -> "pulumi.Output[tuple[Statement, ...]]":
    """Return the statements that a component grants, once all inputs have resolved and names are looked up."""
    if inputs.are_known:
        return pulumi.Output.from_input(statements_for(grants_of(inputs.by_name)))
    values = {name: as_output(value) for name, value in inputs.by_name.items()}
    resolved = pulumi.Output.all(pulumi.Output.all(**values), as_output(inputs.session_preferences))
    # The program may create the key in preferences that are an Output, and whatever the component depends on.
    may_be_new = isinstance(inputs.session_preferences, Unresolved) or bool(component.opts.depends_on)
    return apply_async(resolved, partial(_statements_of_resolved, component, limit, may_be_new=may_be_new))


async def _statements_of_resolved(
    component: Component,
    limit: SizeLimit,
    resolved: Sequence[Any],
    *,
    may_be_new: bool,
    secret: bool,
) -> tuple[Statement, ...]:
    values: Mapping[str, Any] = resolved[0]
    preferences: Preferences | None = resolved[1]
    problems = grant_problems(GrantInputs(values, preferences), of_component=True)
    raise_problems(component.owner, problems, secret=secret)
    grants = grants_of(values)
    if preferences:
        arns = await _lookups.look_up_arns(component, preferences, may_be_new=may_be_new, secret=secret)
        if arns is None:
            return pulumi.UNKNOWN  # type: ignore[return-value]
        grants = _with_preferences(grants, preferences, arns)
    statements = statements_for(grants)
    raise_problems(component.owner, _size_problems(statements, limit))
    return statements


def _with_preferences(grants: Grants, preferences: Preferences, arns: _lookups.Arns) -> Grants:
    return replace(
        grants,
        kms_key_arns=[*([arns.key] if arns.key else []), *grants.kms_key_arns],
        cloudwatch_log_group_arns=[arns.log_group] if arns.log_group else [],
        s3_log_bucket_arn=arns.bucket,
        s3_log_key_prefix=preferences.key_prefix,
    )


def _size_problems(statements: Iterable[Statement], limit: SizeLimit) -> Iterator[Problem]:
    characters = size(to_json(statements))
    if characters > limit.characters:
        rule = (
            f"it has {characters:,} characters without white space, and IAM takes {limit.characters:,} for {limit.of}"
        )
        remedy = "use fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
        yield Problem("the policy document", "", rule, remedy)
