"""The check of a component's roles: when IAM is asked, and what is told, raised and returned.

Each check asks once the policy is declared. In an update, a mandatory check also asks before the write, so that it can
end the run.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import pulumi

from pulumi_ssm_perms import _invokes, _run
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import Statement
from pulumi_ssm_perms._errors import SECRET, NotAllowedError
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._outputs import Resolved, resolved, settled
from pulumi_ssm_perms._validators import EnforcementLevel

from . import _causes
from ._causes import Cause, Finding
from ._findings import Answer, Outcome, find, unnamed
from ._role import Role
from ._simulation import Simulation, simulate, simulate_as_it_is
from ._subject import Subject, subjects

P = TypeVar("P", bound="Policy")
T = TypeVar("T")

Denied = Mapping[str, Sequence[str]] | None
"""The denied actions by role name.

`None` without a check, if a role is not given the document, or if no denial is known and IAM did not answer.
"""

_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"
# What follows after an update while IAM shows the component's own policy as it was before.
_SHOWN_LATE: Final = frozenset({Cause.OWN_DENY, Cause.NOT_SHOWN, Cause.TAKEN_AWAY})
_OF_RESOURCES: Final = ("kms:", "s3:")


@dataclass(frozen=True)
class Policy:
    """A declared policy. What --target leaves out has no document in a preview, and no id in an update."""

    # Its name in IAM.
    name: "pulumi.Output[str]"
    # By the path of each role's input, what Pulumi's state has after the run: document and role name, and the ids of
    # what gives the role the policy. Those of what is to be created are not known.
    state: "Mapping[str, tuple[pulumi.Output[list[Any]], pulumi.Output[Any]]]"


class Check(NamedTuple):
    """What a component is to check: whether a denial ends the run, and about which policy."""

    mandatory: bool
    inline: bool
    # Plain or an Output; without one, the name is generated.
    exact_name: object

    @classmethod
    def at(cls, level: EnforcementLevel, *, inline: bool, exact_name: object) -> "Check | None":
        """Return the check of an enforcement level; `None` if it is disabled."""
        return None if level == "disabled" else cls(level == "mandatory", inline, exact_name)


def declare_checked(
    component: Component,
    check: Check | None,
    roles: pulumi.Output[Mapping[str, Role]],
    statements: pulumi.Output[tuple[Statement, ...]],
    declare: Callable[[pulumi.Output[Any]], P],
) -> tuple[P, pulumi.Output[Denied]]:
    """Declare the policy, once AWS has confirmed the roles. Return it, and what IAM denies with it.

    `declare` takes what the policy's document has to wait for. An advisory check, and one in a preview, asks after
    that, so that no question keeps the policy back. In an update, the document waits for a mandatory check as well.
    """
    if check is None:
        return declare(roles), pulumi.Output.from_input(None)
    passed: pulumi.Output[None] = pulumi.Output.from_input(None)
    if check.mandatory and not pulumi.runtime.is_dry_run():
        exact: pulumi.Output[Any] = pulumi.Output.from_input(check.exact_name)
        passed = settled(partial(_before_the_write, component, check), roles, statements, exact)
    policy = declare(pulumi.Output.all(roles, passed))
    report = partial(_report, component, check, policy)
    state = [output for outputs in policy.state.values() for output in outputs]
    return policy, settled(report, roles, statements, policy.name, passed, *state)


async def _before_the_write(
    component: Component, check: Check, roles: Resolved, statements: Resolved, name: Resolved
) -> None:
    """Ask, and end the run for what a mandatory check ends it for."""
    about = subjects(roles, statements, name, inline=check.inline)
    findings = await _find(component, about, lambda each: _may_be_new(each) and each.cause.level == "error")
    if ending := [each for each in findings if each.cause.level == "error"]:
        _tell(component, about, findings, ending)


async def _report(component: Component, check: Check, policy: Policy, *results: Resolved) -> Denied:
    """Tell what is found with the policy as it is declared, and return what is denied; end a mandatory preview.

    A mandatory check asks once more here, because the run may have changed the roles since its question.
    """
    roles, statements, name, *_ = results
    declared = {path: (await resolved(written), await resolved(id_)) for path, (written, id_) in policy.state.items()}
    about = subjects(roles, statements, name, declared, inline=check.inline)
    findings = await _find(component, about, lambda each: _may_be_new(each) or each.cause in _SHOWN_LATE)
    may_end = check.mandatory and pulumi.runtime.is_dry_run()
    _tell(component, about, findings, [each for each in findings if may_end and _ends_preview(each)])
    causes = {each.cause for each in findings}
    if Cause.NOT_YET in causes:
        return pulumi.UNKNOWN  # type: ignore[return-value]
    denied = _denied(findings)
    is_known = denied or not causes & {Cause.NOT_ASKED, Cause.NOT_CONFIRMED}
    return denied if is_known and Cause.NOT_WRITTEN not in causes else None


def _may_be_new(finding: Finding) -> bool:
    """Return whether it is a denial to a role that this run may have made, which IAM shows late with its policies."""
    return finding.role is not None and finding.role.may_be_new and bool(finding.denied)


def _ends_preview(finding: Finding) -> bool:
    """Return whether a finding ends a mandatory preview.

    The program may change a denial before it comes to this component, and the update asks again. But an update does not
    know a generated name, so only a preview ends for a heartbeat that is taken away.
    """
    return finding.cause.level == "error" and (finding.cause is Cause.TAKEN_AWAY or not _may_be_new(finding))


async def _find(component: Component, about: Iterable[Subject], may_pass: Callable[[Finding], bool]) -> list[Finding]:
    several = await asyncio.gather(*(_find_of_one(component, each, may_pass) for each in about))
    return [finding for findings in several for finding in findings]


async def _find_of_one(component: Component, subject: Subject, may_pass: Callable[[Finding], bool]) -> list[Finding]:
    """Return what follows from IAM's answer; an update asks again, for ten seconds, while any of it may pass."""
    pauses: Iterator[float] = iter(()) if pulumi.runtime.is_dry_run() else _invokes.pauses()
    findings = find(subject, await _ask(component, subject))
    while any(map(may_pass, findings)) and (pause := next(pauses, None)) is not None:
        await asyncio.sleep(pause)
        findings = find(subject, await _ask(component, subject))
    return findings


async def _ask(component: Component, subject: Subject) -> Outcome:
    """Return what IAM says of a role; if something is not known, a preview asks later, and an update cannot."""
    role = subject.role
    if role and role.failure:
        return role.failure
    if not (role and role.arn and subject.statements):
        return None if pulumi.runtime.is_dry_run() else _invokes.Unanswered(_NO_VALUE, repeats_nothing=True)

    async def question() -> Simulation | None:
        region = await _invokes.of_provider(component, _invokes.GET_REGION, required=True)
        return await simulate(component, role, subject.statements, region) if region else None

    # IAM may show a new role late to its simulator, too.
    simulated = await _answered(_invokes.ask_until_found(question, may_be_new=role.may_be_new))
    if simulated is None or isinstance(simulated, _invokes.Unanswered):
        return simulated
    about = [each.call for each in unnamed(subject, simulated)]
    found = await _answered(simulate_as_it_is(component, role, about))
    # On one line, as coverage does not see one that only a failed question leads to.
    return Answer(simulated, failure=found) if isinstance(found, _invokes.Unanswered) else Answer(simulated, found)


async def _answered(question: Coroutine[Any, Any, T]) -> T | _invokes.Unanswered:
    """Return the answer to a question. A failure of any kind is one, so that none ends an advisory run."""
    try:
        return await question
    except _invokes.Unanswered as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever an answer holds, the check is not worth the run
        return _invokes.Unanswered(f"{type(error).__name__}: {error}")


def _denied(findings: Iterable[Finding]) -> dict[str, list[str]]:
    denied: dict[str, dict[str, None]] = {}
    for each in findings:
        if each.role and each.denied:
            name = SECRET if each.role.secret else each.role.name
            denied.setdefault(name, {}).update(dict.fromkeys(each.denied))
    return {role: [*actions] for role, actions in denied.items()}


def _tell(
    component: Component, about: Iterable[Subject], findings: Sequence[Finding], ending: Sequence[Finding]
) -> None:
    """Log the findings, and once in a run what the simulator does not see; raise those that end the run."""
    run, resource = _run.current(), component.resource
    # A run that ends writes nothing, so that nothing is allowed by it.
    told = [each for each in findings if each not in ending and not (ending and each.cause is Cause.ALLOWED)]
    for cause, text in _causes.lines(told):
        (pulumi.log.info if cause.level == "info" else pulumi.log.warn)(text, resource=resource)
    answered = any(each.cause not in (Cause.NOT_ASKED, Cause.NOT_YET) for each in findings)
    actions = {action for each in about for action in each.actions}
    if answered and not run.noted and any(action.startswith(_OF_RESOURCES) for action in actions):
        run.noted = True
        pulumi.log.info(_causes.UNSEEN, resource=resource)
    if ending:
        errors = [f"{text} {named(_causes.ADVISORY)}" for _, text in _causes.lines(ending)]
        raise NotAllowedError(component.owner, errors, _denied(findings))
