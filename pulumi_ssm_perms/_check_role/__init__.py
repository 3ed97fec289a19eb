"""`check_role` and `check_roles`: ask IAM whether roles exist and can do all that they are granted, and warn."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pulumi

from pulumi_ssm_perms import _invokes, _run
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._outputs import gathered, then
from pulumi_ssm_perms._roles import RoleInput

from . import _role, _warnings
from ._role import FoundRole, MissingRole, Role, UnansweredRole, UnknownRole
from ._simulation import simulate

__all__ = ["Denied", "MissingRole", "Role", "check", "look_up"]

Denied = Mapping[str, Sequence[str]] | None
"""The denied actions by role name; `None` if unknown, or without a check."""


async def look_up(
    component: Component, roles: Mapping[str, RoleInput], outputs: Collection[str], *, secret: bool
) -> Mapping[str, Role]:
    """Return what IAM says of the roles, by the path of their input.

    The program may create a role whose path is in `outputs`, and each one if the component depends on something.
    """
    if not await _invokes.dependencies_exist(component):
        return {path: UnknownRole(role.name, "") for path, role in roles.items()}
    may_be_new = roles if component.opts.depends_on else outputs
    return await gathered(
        {
            path: _role.look_up(component, role.name, may_be_new=path in may_be_new, secret=secret)
            for path, role in roles.items()
        }
    )


def check(
    component: Component, option: str, roles: "pulumi.Output[Mapping[str, Role]]", document_json: pulumi.Output[str]
) -> "pulumi.Output[Denied]":
    """Return the actions that IAM denies the roles, as if they had the document, and warn of them.

    Roles without a denied action are left out. `None` if IAM could not tell. Unknown in a preview if a role does not
    exist yet. Each cause is one warning on the component. `option` is the input that asks for the check.
    """

    async def judged(both: Sequence[Any], *, secret: bool) -> Denied:
        found: Mapping[str, Role] = both[0]
        if any(isinstance(role, UnknownRole) for role in found.values()):
            return pulumi.UNKNOWN  # type: ignore[return-value]
        document = json.loads(both[1])
        # A missing one has ended the run.
        there = [role for role in found.values() if isinstance(role, (FoundRole, UnansweredRole))]
        judgements = await asyncio.gather(*(_judge(component, option, role, document, secret=secret) for role in there))
        if not found:
            pulumi.log.warn(_warnings.NO_ROLES, resource=component.resource)
        _tell(component, [finding for _, findings in judgements for finding in findings])
        if any(denied is None for denied, _ in judgements):
            return None
        return {role.name: denied for role, (denied, _) in zip(there, judgements, strict=True) if denied}

    return then(pulumi.Output.all(roles, document_json), judged)


async def _judge(
    component: Component,
    option: str,
    role: FoundRole | UnansweredRole,
    document: Mapping[str, Any],
    *,
    secret: bool,
) -> tuple[list[str] | None, list[_warnings.Finding]]:
    """Return the denied actions (`None` if unknown) and what there is to tell."""
    if isinstance(role, UnansweredRole):
        return None, [_warnings.could_not_ask(role, role.failure, option)]
    elsewhere = list(_warnings.other_accounts(role, document, secret=secret))
    try:
        answers = await simulate(component, role, document)
    except _invokes.Unanswered as error:
        failure = _invokes.reason(error, secret=secret)
        return None, [_warnings.could_not_ask(role, failure, option), *elsewhere]
    told = list(_warnings.explain(role, answers, document, secret=secret))
    return _warnings.denied_actions(answers), [*told, *elsewhere]


def _tell(component: Component, findings: Sequence[_warnings.Finding]) -> None:
    """Log the findings, and once in a run what the simulator does not see."""
    run = _run.current()
    for cause, text in _warnings.merge(findings):
        log = pulumi.log.info if cause in _warnings.INFORMATION else pulumi.log.warn
        log(text, resource=component.resource)
    if not run.noted and any(finding.cause not in _warnings.ENOUGH_SAID for finding in findings):
        run.noted = True
        pulumi.log.info(_warnings.UNSEEN, resource=component.resource)
