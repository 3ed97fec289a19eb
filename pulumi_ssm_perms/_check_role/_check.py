"""The check of a component's roles: when IAM is asked, and what is told, raised and returned.

`advisory` warns. `mandatory` ends the run before the policy is written.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final, NamedTuple

import pulumi

from pulumi_ssm_perms import _invokes, _names, _run
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import Statement, document, to_json
from pulumi_ssm_perms._errors import SECRET, NotAllowedError
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._outputs import Resolved, after, settled

from . import _findings
from ._findings import INFORMATION, Cause, Finding, Outcome, Own, When
from ._role import Role
from ._simulation import EvaluationResult, simulate

Denied = Mapping[str, Sequence[str]] | None
"""The denied actions by role name; `None` without a check, or if none is known and IAM did not answer about a role."""

_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"


class Check(NamedTuple):
    """What a component is to check: whether a denial ends the run, and about which policy."""

    mandatory: bool
    inline: bool
    # Plain or an Output; without one, the name is generated.
    exact_name: object

    def own(self, component: Component, name: Resolved, roles: Collection[Role] = ()) -> Own:
        """Return the component's own policy, of this name, on these roles."""
        return Own(name, f"{component.name}{_names.SUFFIX}-", self.inline, roles)


@dataclass(frozen=True)
class _Asked:
    """What IAM says of each role; of one that is not known itself, by `None`."""

    outcomes: Mapping[Role | None, Outcome]

    def findings(self, statements: Resolved, own: Own) -> list[Finding]:
        """Return what follows once the component's own policy has the statements."""
        several = (_findings.find(*each, statements, own) for each in self.outcomes.items())
        return [finding for found in several for finding in found]


class Policy(NamedTuple):
    """The declared policy: its name in IAM, and the id of what puts it on a role, by the path of the role's input."""

    name: pulumi.Output[str]
    ids: Mapping[str, pulumi.Output[str]]


def declare_checked(
    component: Component,
    check: Check | None,
    roles: "pulumi.Output[Mapping[str, Role]]",
    statements: "pulumi.Output[tuple[Statement, ...]]",
    declare: Callable[[pulumi.Output[str]], Policy],
) -> "tuple[pulumi.Output[str], pulumi.Output[Denied]]":
    """Declare the policy, once AWS has confirmed the roles. Return its name in IAM, and what IAM denies with it.

    `declare` takes the document. An update asks IAM before that, as a preview does: what only the
    policy's present document allows, IAM then still names the policy for. The name decides what that is, so that the
    findings are made anew once it is known.

    An id is known only of what exists: in a preview, in Pulumi's state. Then IAM must name the policy, too.
    """
    confirmed = after(statements, roles).apply(lambda granted: to_json(document(granted)))
    if check is None:
        return declare(confirmed).name, pulumi.Output.from_input(None)
    exact: pulumi.Output[Any] = pulumi.Output.from_input(check.exact_name)
    asked = settled(partial(_ask_first, component, check), roles, statements, exact)
    name, ids = declare(confirmed if pulumi.runtime.is_dry_run() else after(confirmed, asked))
    report = partial(_report, component, check, [*ids])
    return name, settled(report, asked, roles, statements, name, *ids.values())


async def _ask(
    component: Component, roles: Resolved, statements: Resolved, among: Collection[Role] | None = None
) -> _Asked:
    every: Collection[Role | None] = among or (roles.value.values() if roles.known else [None])
    outcomes = await asyncio.gather(*(_outcome(component, role, statements.value) for role in every))
    return _Asked(dict(zip(every, outcomes, strict=True)))


async def _outcome(component: Component, role: Role | None, statements: Sequence[Statement] | None) -> Outcome:
    """Return what IAM says of a role; if something is not known, a preview asks later, and an update cannot."""
    try:
        if role and role.failure:
            return role.failure
        is_known = role and role.arn and statements
        region = await _invokes.of_provider(component, _invokes.GET_REGION, required=True) if is_known else None
        if not (role and statements and region):
            return None if pulumi.runtime.is_dry_run() else _invokes.Unanswered(_NO_VALUE)
        # IAM may show a new role late to its simulator, too.
        question = partial(simulate, component, role, statements, region)
        return await _invokes.ask_until_found(question, may_be_new=role.may_be_new)
    except _invokes.Unanswered as error:
        return error


async def _ask_first(
    component: Component, check: Check, roles: Resolved, statements: Resolved, name: Resolved
) -> _Asked:
    """Return what IAM says; with a mandatory check, end an update before the policy is declared if not all is allowed.

    Roles that are denied something, and that this run may have made, are asked about again for ten seconds: IAM shows
    late what is new.
    """
    if not check.mandatory or pulumi.runtime.is_dry_run():
        return await _ask(component, roles, statements)
    asked, pauses = await _ask(component, roles, statements), _invokes.pauses()
    while True:
        findings = asked.findings(statements, check.own(component, name))
        again = {each.role for each in findings if each.denied and each.role and each.role.may_be_new}
        pause = next(pauses, None) if again else None
        if pause is None:
            break
        await asyncio.sleep(pause)
        asked = _Asked({**asked.outcomes, **(await _ask(component, roles, statements, again)).outcomes})
    if any(each.ends(When.BEFORE_THE_WRITE) for each in findings):
        _tell(component, statements, findings, When.BEFORE_THE_WRITE)
    return asked


async def _ask_again(component: Component, asked: _Asked, statements: Resolved, own: Own) -> _Asked:
    """Ask about the roles for which IAM does not name the policy as it was written, for ten seconds: it shows it late.

    The channels are enough to tell whether the policy is on a role, if it denies nothing itself.
    """
    for pause in chain([0.0], _invokes.pauses()):
        findings = asked.findings(statements, own)
        late = {cause: {each.role for each in findings if each.cause is cause} for cause in Cause}
        wrong = late[Cause.LOST] | late[Cause.CHANGED] | late[Cause.OWN_DENIES]
        roles = [each for each in asked.outcomes if each and each in wrong]
        if not roles:
            break
        await asyncio.sleep(pause)
        about = statements if late[Cause.OWN_DENIES] else statements._replace(value=statements.value[:1])
        again = await _ask(component, Resolved(None, known=True, secret=False), about, roles)
        granted = {action for each in about.value for action in each.actions}
        merged = {role: _merged(asked.outcomes[role], each, granted) for role, each in again.outcomes.items()}
        asked = _Asked({**asked.outcomes, **merged})
    return asked


def _merged(before: Outcome, again: Outcome, granted: Collection[str]) -> Outcome:
    """Return results with the newer ones of granted actions: what the update takes away stays as it was."""
    if not isinstance(before, list) or not isinstance(again, list):
        return again

    def call(result: EvaluationResult) -> object:
        return result.region, result.resource, result.action

    newer = {call(each): each for each in again if each.action in granted}
    return [newer.get(call(each), each) for each in before]


async def _report(component: Component, check: Check, paths: Sequence[str], *resolved: Resolved) -> Denied:
    """Tell what is found with the policy's name, and return what is denied; end a preview if not all is allowed."""
    asked, roles, statements, name, *ids = resolved
    there = [path for path, each in zip(paths, ids, strict=True) if each.known]
    own = check.own(component, name, {roles.value[path] for path in there} if roles.known else ())
    preview = pulumi.runtime.is_dry_run()
    found = asked.value if preview else await _ask_again(component, asked.value, statements, own)
    findings = found.findings(statements, own)
    if not found.outcomes:
        pulumi.log.warn(_findings.NO_ROLES, resource=component.resource)
    # An update has ended before, except for a heartbeat that it takes out of a policy with a generated name.
    when = When.PREVIEW if preview else When.AFTER_THE_WRITE
    _tell(component, statements, findings, when if check.mandatory else None)
    causes = {each.cause for each in findings}
    if Cause.NOT_YET in causes:
        return pulumi.UNKNOWN  # type: ignore[return-value]
    denied = _denied(findings, lambda role: role.name)
    return None if not denied and Cause.NOT_ASKED in causes else denied


def _denied(findings: Iterable[Finding], name: Callable[[Role], str]) -> dict[str, list[str]]:
    denied: dict[str, dict[str, None]] = {}
    for each in findings:
        if each.role and each.denied:
            denied.setdefault(name(each.role), {}).update(dict.fromkeys(each.denied))
    return {role: [*actions] for role, actions in denied.items()}


def _tell(component: Component, statements: Resolved, findings: Sequence[Finding], when: When | None) -> None:
    """Log the findings, and once in a run what the simulator does not see; raise those that end the run."""
    run, resource = _run.current(), component.resource
    errors: list[str] = []
    for group, text in _findings.lines(findings):
        cause = group[0].cause
        if when and any(each.ends(when) for each in group):
            more = {Cause.DENIED: named(_findings.STILL_DENIED), Cause.LOST: _findings.STILL_THERE}.get(cause, "")
            errors.append(f"{text} {more}".strip())
        else:
            (pulumi.log.info if cause in INFORMATION else pulumi.log.warn)(text, resource=resource)
    answered = any(each.cause not in (Cause.NOT_ASKED, Cause.NOT_YET) for each in findings)
    if not run.noted and answered and _findings.has_policies(statements.value):
        run.noted = True
        pulumi.log.info(_findings.UNSEEN, resource=resource)
    if errors:
        names = _denied(findings, lambda role: SECRET if role.secret else role.name)
        raise NotAllowedError(component.owner, errors, names)
