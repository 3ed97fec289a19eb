"""The check of a component's roles: when IAM is asked, and what is told, raised and returned.

An advisory check asks once the policy is declared. In an update, a mandatory check asks before the write, so that it
can end the run.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import pulumi

from pulumi_ssm_perms import _invokes, _run
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import Statement, means
from pulumi_ssm_perms._errors import SECRET, NotAllowedError
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._outputs import Resolved, gathered, resolved, settled
from pulumi_ssm_perms._validators import EnforcementLevel

from . import _causes
from ._causes import Cause, Finding
from ._findings import Answer, Granted, Outcome, OwnPolicy, State, find, own_id, unnamed
from ._role import Role
from ._simulation import calls, simulate, simulate_as_it_is

P = TypeVar("P", bound="Policy")
T = TypeVar("T")

Denied = Mapping[str, Sequence[str]] | None
"""The denied actions by role name.

`None` without a check, if a role is not given the document, or if no denial is known and IAM did not answer.
"""
Outcomes = Mapping[str, Outcome]
"""What IAM says, by the path of the role's input; of roles that are not known, by an empty path."""

_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"
_OF_RESOURCES: Final = ("kms:", "s3:")
_NOTHING: Final = Resolved(None, known=False, secret=False)


@dataclass(frozen=True)
class Policy:
    """A declared policy. What --target leaves out has no document in a preview, and no id in an update."""

    # Its name in IAM.
    name: "pulumi.Output[str]"
    # By the path of each role's input, document and role name as Pulumi's state has them after the run.
    written: "Mapping[str, pulumi.Output[list[Any]]]"
    # By the same paths, the ids of what gives the role the policy. Those of what is to be created are not known.
    ids: "Mapping[str, pulumi.Output[Any]]"


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


@dataclass(frozen=True)
class _Subject:
    """What a check is about, as far as it is known: roles, the statements that they get, and the component's policy."""

    component: Component
    check: Check
    roles: Resolved
    statements: Resolved
    name: Resolved
    # What is written and the ids, by the paths of the roles; none before the policy is declared.
    declared: Mapping[str, tuple[Resolved, Resolved]] | None = None

    @property
    def by_path(self) -> Mapping[str, Role | None]:
        """The roles by the paths of their inputs."""
        return self.roles.value if self.roles.known else {"": None}

    @property
    def granted(self) -> Granted:
        """The statements. If they or the policy's name are secret, so is all that messages could name."""
        secret = self.roles.secret or self.statements.secret or self.name.secret
        return Granted(self.statements.value or (), secret)

    def own(self, path: str, role: Role | None) -> OwnPolicy:
        """Return the component's own policy on a role."""
        known = role is not None and bool(role.arn and self.name.value)
        policy_id = own_id(role, self.name.value, inline=self.check.inline) if role and known else ""
        return OwnPolicy(self._state(path, role), policy_id)

    def _state(self, path: str, role: Role | None) -> State:
        if self.declared is None:
            return State.UNDECLARED
        # Of roles that are not known, nothing is asked.
        written, id_ = self.declared.get(path, (_NOTHING, _NOTHING))
        document, name = written.value or ("", "")
        is_ours = role is not None and str(name).lower() == role.name.lower()
        if not is_ours or not means(document, self.granted.statements):
            return State.LEFT_OUT
        if id_.known:
            return State.WRITTEN
        return State.TO_CREATE if pulumi.runtime.is_dry_run() else State.LEFT_OUT


def declare_checked(
    component: Component,
    check: Check | None,
    roles: "pulumi.Output[Mapping[str, Role]]",
    statements: "pulumi.Output[tuple[Statement, ...]]",
    declare: Callable[[pulumi.Output[Any]], P],
) -> "tuple[P, pulumi.Output[Denied]]":
    """Declare the policy, once AWS has confirmed the roles. Return it, and what IAM denies with it.

    `declare` takes what the policy's document has to wait for. An advisory check, and one in a preview, asks after
    that, so that no question keeps the policy back. In an update, the document waits for a mandatory check as well.
    """
    if check is None:
        return declare(roles), pulumi.Output.from_input(None)
    before: pulumi.Output[Outcomes | None] = pulumi.Output.from_input(None)
    if check.mandatory and not pulumi.runtime.is_dry_run():
        exact: pulumi.Output[Any] = pulumi.Output.from_input(check.exact_name)
        before = settled(partial(_before_the_write, component, check), roles, statements, exact)
    policy = declare(pulumi.Output.all(roles, before))
    report = partial(_report, component, check, policy)
    written = [*policy.written.values(), *policy.ids.values()]
    return policy, settled(report, before, roles, statements, policy.name, *written)


async def _before_the_write(
    component: Component, check: Check, roles: Resolved, statements: Resolved, name: Resolved
) -> Outcomes:
    """Ask, and end the run for what a mandatory check ends it for.

    IAM shows late what this run has made, so it is asked for ten seconds about roles that are denied something then.
    """
    subject = _Subject(component, check, roles, statements, name)

    def is_final(path: str, role: Role | None, outcome: Outcome) -> bool:
        found = find(role, outcome, subject.own(path, role), subject.granted, preview=False)
        return not (role and role.may_be_new and any(each.denied and each.cause.value.ends for each in found))

    outcomes = await gathered(
        {
            path: _until(partial(_ask_about, subject, role), partial(is_final, path, role), _invokes.pauses())
            for path, role in subject.by_path.items()
        }
    )
    findings = _found(subject, outcomes)
    ending = [each for each in findings if each.cause.value.ends]
    if ending:
        _tell(subject, findings, ending)
    return outcomes


async def _report(component: Component, check: Check, policy: Policy, *results: Resolved) -> Denied:
    """Tell what is found with the policy as it is declared, and return what is denied; end a mandatory preview."""
    before, roles, statements, name, *_ = results
    declared = {path: (await resolved(policy.written[path]), await resolved(policy.ids[path])) for path in policy.ids}
    subject = _Subject(component, check, roles, statements, name, declared)
    asked = before.value or await gathered({path: _ask_about(subject, role) for path, role in subject.by_path.items()})
    outcomes = await gathered({path: _confirmed(subject, path, outcome) for path, outcome in asked.items()})
    findings = _found(subject, outcomes)
    may_end = check.mandatory and pulumi.runtime.is_dry_run()
    _tell(subject, findings, [each for each in findings if may_end and _ends_preview(each)])
    causes = {each.cause for each in findings}
    if Cause.NOT_YET in causes:
        return pulumi.UNKNOWN  # type: ignore[return-value]
    denied = _denied(findings, lambda role: role.name)
    is_known = denied or not causes & {Cause.NOT_ASKED, Cause.NOT_CONFIRMED}
    return denied if is_known and Cause.NOT_WRITTEN not in causes else None


def _ends_preview(finding: Finding) -> bool:
    """Return whether a finding ends a mandatory preview.

    The program may change a denial before it comes to this component, and the update asks again. But an update does not
    know a generated name, so only a preview ends for a heartbeat that is taken away.
    """
    may_change = finding.role is None or finding.role.may_be_new
    is_denial = bool(finding.denied) and finding.cause is not Cause.TAKEN_AWAY
    return finding.cause.value.ends and not (is_denial and may_change)


async def _ask_about(subject: _Subject, role: Role | None) -> Outcome:
    """Return what IAM says of a role; if something is not known, a preview asks later, and an update cannot."""
    if role and role.failure:
        return role.failure
    component, statements = subject.component, subject.statements.value
    if not (role and role.arn and statements):
        return None if pulumi.runtime.is_dry_run() else _invokes.Unanswered(_NO_VALUE, repeats_nothing=True)

    async def question() -> Outcome:
        region = await _invokes.of_provider(component, _invokes.GET_REGION, required=True)
        return Answer(await simulate(component, role, statements, calls(role, statements, region))) if region else None

    # IAM may show a new role late to its simulator, too.
    return await _answered(_invokes.ask_until_found(question, may_be_new=role.may_be_new))


async def _answered(question: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Return the answer to a question. A failure of any kind is one, so that none ends an advisory run."""
    try:
        return await question
    except _invokes.Unanswered as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever an answer holds, the check is not worth the run
        return _invokes.Unanswered(f"{type(error).__name__}: {error}")


async def _confirmed(subject: _Subject, path: str, outcome: Outcome) -> Outcome:
    """Return the answer with what IAM says of the own policy: whether it is on the role, with this document.

    IAM shows a write late, so in an update it is asked for ten seconds, with both questions together.
    """
    role = subject.by_path[path]
    if role is None or not isinstance(outcome, Answer):
        return outcome
    own, pauses = subject.own(path, role), _invokes.pauses()
    answer = await _without_own_denials(subject, role, own, outcome, pauses)
    return answer if answer.failure else await _as_it_is(subject, role, own, answer, pauses)


async def _without_own_denials(
    subject: _Subject, role: Role, own: OwnPolicy, answer: Answer, pauses: Iterator[float]
) -> Answer:
    """Return the answer once the own policy denies nothing, if this update has written it: before, it may have."""
    about = [each.call for each in answer.results if not each.allowed and own.alone(each)]
    if not about or pulumi.runtime.is_dry_run() or own.state is not State.WRITTEN:
        return answer

    async def question() -> Outcome:
        newer = {each.call: each for each in await simulate(subject.component, role, subject.granted.statements, about)}
        return replace(answer, results=[newer.get(each.call, each) for each in answer.results])

    def is_over(outcome: Outcome) -> bool:
        results = outcome.results if isinstance(outcome, Answer) else ()
        return not any(not each.allowed and own.alone(each) for each in results)

    return _after(answer, await _until(lambda: _answered(question()), is_over, pauses))


async def _as_it_is(subject: _Subject, role: Role, own: OwnPolicy, answer: Answer, pauses: Iterator[float]) -> Answer:
    """Return the answer with the results without the document, of what IAM does not name the own policy for."""
    preview = pulumi.runtime.is_dry_run()
    about = [each.call for each in unnamed(answer, own, subject.granted, preview=preview)]
    if not about:
        return answer

    async def question() -> Outcome:
        return replace(answer, as_it_is=await simulate_as_it_is(subject.component, role, about))

    def is_there(outcome: Outcome) -> bool:
        return preview or not isinstance(outcome, Answer) or all(each.allowed for each in outcome.as_it_is)

    return _after(answer, await _until(lambda: _answered(question()), is_there, pauses))


def _after(answer: Answer, next_one: Outcome) -> Answer:
    """Return the next answer; without one, the answer that IAM has given before, and why it has given no other."""
    return next_one if isinstance(next_one, Answer) else replace(answer, failure=next_one)


async def _until(
    question: Callable[[], Coroutine[Any, Any, T]], is_settled: Callable[[T], bool], pauses: Iterator[float]
) -> T:
    """Ask, and ask again after each pause that is left, until the answer is settled."""
    while True:
        answer = await question()
        pause = None if is_settled(answer) else next(pauses, None)
        if pause is None:
            return answer
        await asyncio.sleep(pause)


def _found(subject: _Subject, outcomes: Outcomes) -> list[Finding]:
    preview = pulumi.runtime.is_dry_run()
    several = [
        find(role, outcomes[path], subject.own(path, role), subject.granted, preview=preview)
        for path, role in subject.by_path.items()
    ]
    return [finding for findings in several for finding in findings]


def _denied(findings: Sequence[Finding], name: Callable[[Role], str]) -> dict[str, list[str]]:
    denied: dict[str, dict[str, None]] = {}
    for each in findings:
        if each.role and each.denied:
            denied.setdefault(name(each.role), {}).update(dict.fromkeys(each.denied))
    return {role: [*actions] for role, actions in denied.items()}


def _tell(subject: _Subject, findings: Sequence[Finding], ending: Sequence[Finding]) -> None:
    """Log the findings, and once in a run what the simulator does not see; raise those that end the run."""
    run, resource = _run.current(), subject.component.resource
    # A run that ends writes nothing, so that nothing is allowed by it.
    told = [each for each in findings if each not in ending and not (ending and each.cause is Cause.ALLOWED)]
    for cause, text in _causes.lines(told):
        (pulumi.log.warn if cause.value.warns else pulumi.log.info)(text, resource=resource)
    answered = any(each.cause not in (Cause.NOT_ASKED, Cause.NOT_YET) for each in findings)
    if answered and not run.noted and any(action.startswith(_OF_RESOURCES) for action in subject.granted.actions):
        run.noted = True
        pulumi.log.info(_causes.UNSEEN, resource=resource)
    if ending:
        errors = [f"{text} {named(cause.value.way_out)}" for cause, text in _causes.lines(ending)]
        names = _denied(findings, lambda role: SECRET if role.secret else role.name)
        raise NotAllowedError(subject.component.owner, errors, names)
