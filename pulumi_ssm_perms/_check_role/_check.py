"""The check of a component's roles: when IAM is asked, and what is told, raised and returned.

`check_role` and `check_roles` warn. `require_allowed` ends the run before the policy is written.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, NamedTuple

import pulumi

from pulumi_ssm_perms import _invokes, _run
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._errors import SECRET, NotAllowedError
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._outputs import Resolved, after, resolved, settled

from . import _causes
from ._causes import Cause, Finding, Kind
from ._grantors import OwnPolicy
from ._judgement import Asked, Failure, Outcome, judge
from ._role import FoundRole, Role, UnansweredRole
from ._simulation import simulate

Denied = Mapping[str, Sequence[str]] | None
"""The denied actions by role name; `None` without a check, or if none is known and IAM did not answer about a role."""

_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"
_ENDING: Final = frozenset(cause for cause in Cause if cause.value.ends_run)
_DENIALS: Final = frozenset(cause for cause in Cause if cause.value.kind is Kind.DENIAL)


class Check(NamedTuple):
    """What a component is to check: whether all must be allowed, and about which policy."""

    required: bool
    inline: bool
    # Plain or an Output; without one, the name is generated.
    exact_name: object

    @property
    def option(self) -> str:
        """The input that asks for it."""
        return "require_allowed" if self.required else "check_role" if self.inline else "check_roles"


def declare_checked(
    component: Component,
    check: Check | None,
    roles: "pulumi.Output[Mapping[str, Role]]",
    document: pulumi.Output[str],
    declare: Callable[[pulumi.Output[str]], pulumi.Output[str]],
) -> "tuple[pulumi.Output[str], pulumi.Output[Denied]]":
    """Declare the policy, once AWS has confirmed the roles. Return its name in IAM, and what IAM denies with it.

    `declare` takes the document and returns the name. IAM is asked after that: the name is known then, so that nothing
    is taken for allowed which only the policy's present document allows. In an update in which all must be allowed, IAM
    is asked before, and the document waits for it; then only an exact name is known.
    """
    confirmed = after(document, roles)
    if check is None:
        return declare(confirmed), pulumi.Output.from_input(None)
    first: pulumi.Output[Asked] | None = None
    if check.required and not pulumi.runtime.is_dry_run():
        before: pulumi.Output[Any] = pulumi.Output.from_input(check.exact_name)
        first = settled(partial(_ask_until_allowed, component, check, before), roles, document)
        confirmed = after(confirmed, settled(partial(_require, component, check, before), first))
    name = declare(confirmed)
    asked = after(first, name) if first else settled(partial(_ask, component), after(roles, name), document)
    return name, settled(partial(_report, component, check, name), asked)


async def _ask(component: Component, roles: Resolved, document_json: Resolved) -> Asked:
    """Return what IAM says, or of a value that is not known why it says nothing."""
    secret = roles.secret or document_json.secret
    every: list[Role | None] = list(roles.value.values()) if roles.known else [None]
    if not (roles.known and document_json.known):
        return Asked(None, [(role, _no_value()) for role in every], secret)
    document = json.loads(document_json.value)
    outcomes = await asyncio.gather(*(_outcome(component, role, document, secret=secret) for role in every))
    return Asked(document, list(zip(every, outcomes, strict=True)), secret)


def _no_value() -> Outcome:
    """Return why nothing can be asked: a preview asks later, an update cannot."""
    return None if pulumi.runtime.is_dry_run() else Failure(_NO_VALUE)


async def _outcome(component: Component, role: Role | None, document: Mapping[str, Any], *, secret: bool) -> Outcome:
    if isinstance(role, UnansweredRole):
        return Failure(role.failure)
    if not isinstance(role, FoundRole):
        return _no_value()
    try:
        # IAM may show a new role late to its simulator, too.
        return await _invokes.ask_until_found(lambda: simulate(component, role, document), may_be_new=role.may_be_new)
    except _invokes.Unanswered as error:
        return Failure(_invokes.reason(error, secret=secret))


async def _ask_until_allowed(
    component: Component, check: Check, name: "pulumi.Output[Any]", roles: Resolved, document_json: Resolved
) -> Asked:
    """Ask again, for ten seconds, about roles that are denied something: IAM shows late what this run has made."""
    asked, own = await _ask(component, roles, document_json), await _own_policy(check, name)
    for pause in _invokes.pauses():
        findings, _ = judge(asked, own, check.option)
        ending = [each.role for each in findings if each.cause in _ENDING & _DENIALS]
        denied = [role for role in ending if role and role.may_be_new]
        if not denied:
            break
        await asyncio.sleep(pause)
        questions = (_outcome(component, role, asked.document or {}, secret=asked.secret) for role in denied)
        newer = dict[Role | None, Outcome](zip(denied, await asyncio.gather(*questions), strict=True))
        asked = replace(asked, outcomes=[(role, newer.get(role, outcome)) for role, outcome in asked.outcomes])
    return asked


async def _require(component: Component, check: Check, name: "pulumi.Output[Any]", asked: Resolved) -> None:
    """End an update before the policy is declared if not all is allowed."""
    findings, denied = judge(asked.value, await _own_policy(check, name), check.option)
    if any(finding.cause in _ENDING for finding in findings):
        _tell(component, findings, _ENDING, denied)


async def _report(component: Component, check: Check, name: "pulumi.Output[Any]", asked: Resolved) -> Denied:
    """Tell what is found with the policy's name, and return what is denied; end a preview if not all is allowed."""
    outcomes = asked.value.outcomes
    findings, denied = judge(asked.value, await _own_policy(check, name), check.option)
    ends: Collection[Cause] = ()
    # An update has ended before, except for a heartbeat that it takes out of a policy with a generated name.
    if check.required and pulumi.runtime.is_dry_run():
        # The program may change a denial before it comes to this component, and the update asks again. But it does not
        # know a generated name then, so that only a preview sees what is taken away.
        may_change = any(role is None or role.may_be_new for role, _ in outcomes)
        ends = _ENDING - (_DENIALS - {Cause.TAKEN_AWAY}) if may_change else _ENDING
    if not outcomes:
        pulumi.log.warn(_causes.NO_ROLES, resource=component.resource)
    _tell(component, findings, ends, denied)
    if any(outcome is None for _, outcome in outcomes):
        return pulumi.UNKNOWN  # type: ignore[return-value]
    if not denied and any(isinstance(outcome, Failure) for _, outcome in outcomes):
        return None
    return {role.name: actions for role, actions in denied.items()}


async def _own_policy(check: Check, name: "pulumi.Output[Any]") -> OwnPolicy:
    known = await resolved(name)
    return OwnPolicy(check.inline, known.value, known.secret)


def _tell(
    component: Component,
    findings: Sequence[Finding],
    ends: Collection[Cause],
    denied: Mapping[Role, Sequence[str]],
) -> None:
    """Log the findings, and once in a run what the simulator does not see; raise those that end the run."""
    run, resource = _run.current(), component.resource
    errors: list[str] = []
    for cause, text in _causes.lines(findings):
        if cause in ends:
            errors.append(" ".join(filter(None, [text, named(cause.value.remedy)])))
        elif cause.value.kind is Kind.INFORMATION:
            pulumi.log.info(text, resource=resource)
        else:
            pulumi.log.warn(text, resource=resource)
    if not run.noted and any(finding.cause.value.kind in (Kind.DENIAL, Kind.DOUBT) for finding in findings):
        run.noted = True
        pulumi.log.info(_causes.UNSEEN, resource=resource)
    if errors:
        names = {SECRET if role.secret else role.name: actions for role, actions in denied.items()}
        raise NotAllowedError(component.owner, errors, names)
