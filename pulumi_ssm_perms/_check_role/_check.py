"""The check of a component's roles: when IAM is asked, and what is told, raised and returned.

An advisory check asks once the policy is declared. A mandatory one asks an update before that, so that it can end it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import pulumi

from pulumi_ssm_perms import _invokes, _run
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._document import Statement, document, means, to_json
from pulumi_ssm_perms._errors import SECRET, NotAllowedError
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._outputs import Resolved, after, gathered, settled
from pulumi_ssm_perms._validators import EnforcementLevel

from . import _causes
from ._causes import Cause, Finding
from ._findings import Answer, Granted, Outcome, OwnPolicy, State, find, own_id, unnamed
from ._role import Role
from ._simulation import calls, simulate, simulate_as_it_is

P = TypeVar("P", bound="Policy")
T = TypeVar("T")

Denied = Mapping[str, Sequence[str]] | None
"""The denied actions by role name; `None` without a check, or if none is known and IAM did not answer about a role."""
Outcomes = Mapping[str, Outcome]
"""What IAM says, by the path of the role's input; of roles that are not known, by an empty path."""

_NO_VALUE: Final = "a value that the question needs is missing, because a resource has failed or does not exist"
_OF_RESOURCES: Final = ("kms:", "s3:")
_NOTHING: Final = Resolved(None, known=False, secret=False)


@dataclass(frozen=True)
class Policy:
    """A declared policy: its name in IAM, and by the path of each role's input, what puts it there.

    `written` is the document, and the role by its name in Pulumi's state. Of what a target leaves out, a preview knows
    neither, and an update both, but not the ids. Otherwise an id is unknown in a preview, of what is to be created.
    """

    name: "pulumi.Output[str]"
    written: "Mapping[str, pulumi.Output[list[Any]]]"
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
    declare: Callable[[pulumi.Output[str]], P],
) -> "tuple[P, pulumi.Output[Denied]]":
    """Declare the policy, once AWS has confirmed the roles. Return it, and what IAM denies with it.

    `declare` takes the document. An advisory check, and one in a preview, asks after that, so that no question keeps
    the policy back. In an update, a mandatory check asks before that, and the document waits for it.
    """
    confirmed = after(statements, roles).apply(lambda granted: to_json(document(granted)))
    if check is None:
        return declare(confirmed), pulumi.Output.from_input(None)
    before: pulumi.Output[Outcomes | None] = pulumi.Output.from_input(None)
    if check.mandatory and not pulumi.runtime.is_dry_run():
        exact: pulumi.Output[Any] = pulumi.Output.from_input(check.exact_name)
        before = settled(partial(_before_the_write, component, check), roles, statements, exact)
        confirmed = after(confirmed, before)
    policy = declare(confirmed)
    report = partial(_report, component, check, [*policy.ids])
    declared = [each for path in policy.ids for each in (policy.written[path], policy.ids[path])]
    return policy, settled(report, before, roles, statements, policy.name, *declared)


async def _before_the_write(
    component: Component, check: Check, roles: Resolved, statements: Resolved, name: Resolved
) -> Outcomes:
    """Ask, and end the run for what a mandatory check ends it for.

    IAM shows late what this run has made, so it is asked for ten seconds about roles that are denied something then.
    """
    subject = _Subject(component, check, roles, statements, name)

    def goes_on(path: str, role: Role | None, outcome: Outcome) -> bool:
        found = find(role, outcome, subject.own(path, role), subject.granted, preview=False)
        return not (role and role.may_be_new and any(each.denied and each.cause.value.way_out for each in found))

    outcomes = await gathered(
        {
            path: _until(partial(_ask, subject, role), partial(goes_on, path, role))
            for path, role in subject.by_path.items()
        }
    )
    findings = _found(subject, outcomes)
    if any(each.cause.value.way_out for each in findings):
        _tell(subject, findings, lambda finding: bool(finding.cause.value.way_out))
    return outcomes


async def _report(component: Component, check: Check, paths: Sequence[str], *resolved: Resolved) -> Denied:
    """Tell what is found with the policy as it is declared, and return what is denied; end a mandatory preview."""
    before, roles, statements, name, *declared = resolved
    by_path = dict(zip(paths, zip(declared[::2], declared[1::2], strict=True), strict=True))
    subject = _Subject(component, check, roles, statements, name, by_path)
    asked = before.value or await gathered({path: _ask(subject, role) for path, role in subject.by_path.items()})
    outcomes = await gathered({path: _confirmed(subject, path, outcome) for path, outcome in asked.items()})
    findings = _found(subject, outcomes)
    ends: Callable[[Finding], bool] = _ends_preview if check.mandatory and pulumi.runtime.is_dry_run() else _never
    _tell(subject, findings, ends)
    causes = {each.cause for each in findings}
    if Cause.NOT_YET in causes:
        return pulumi.UNKNOWN  # type: ignore[return-value]
    denied = _denied(findings, lambda role: role.name)
    return None if Cause.NOT_WRITTEN in causes or (not denied and Cause.NOT_ASKED in causes) else denied


def _ends_preview(finding: Finding) -> bool:
    """Return whether a finding ends a mandatory preview.

    The program may change a denial before it comes to this component, and the update asks again. But that does not know
    a generated name, so that only a preview ends for a heartbeat that is taken away.
    """
    may_change = finding.role is None or finding.role.may_be_new
    is_denial = bool(finding.denied) and finding.cause is not Cause.TAKEN_AWAY
    return bool(finding.cause.value.way_out) and not (is_denial and may_change)


def _never(_: Finding) -> bool:
    return False


async def _ask(subject: _Subject, role: Role | None) -> Outcome:
    """Return what IAM says of a role; if something is not known, a preview asks later, and an update cannot."""
    if role and role.failure:
        return role.failure
    component, statements = subject.component, subject.statements.value
    if not (role and role.arn and statements):
        return None if pulumi.runtime.is_dry_run() else _invokes.Unanswered(_NO_VALUE)

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
    """Return what IAM says once it is asked whether the own policy is on the role, with this document.

    It is asked for ten seconds in an update, as it shows a write late.
    """
    role = subject.by_path[path]
    if role is None or not isinstance(outcome, Answer):
        return outcome
    own, preview = subject.own(path, role), pulumi.runtime.is_dry_run()
    answer = await _without_own_denials(subject, role, own, outcome)
    if not isinstance(answer, Answer):
        return answer
    about = [each.call for each in unnamed(answer, own, subject.granted, preview=preview)]

    async def question() -> Outcome:
        return replace(answer, as_it_is=await simulate_as_it_is(subject.component, role, about))

    def is_there(outcome: Outcome) -> bool:
        return preview or not isinstance(outcome, Answer) or all(each.allowed for each in outcome.as_it_is)

    return await _until(lambda: _answered(question()), is_there) if about else answer


async def _without_own_denials(subject: _Subject, role: Role, own: OwnPolicy, answer: Answer) -> Outcome:
    """Return the answer once the own policy denies nothing, if this update has written it: before, it may have."""
    about = [each.call for each in answer.results if not each.allowed and own.alone(each)]
    if not about or pulumi.runtime.is_dry_run() or own.state is not State.WRITTEN:
        return answer

    async def question() -> Outcome:
        newer = {each.call: each for each in await simulate(subject.component, role, subject.granted.statements, about)}
        return Answer([newer.get(each.call, each) for each in answer.results])

    def is_over(outcome: Outcome) -> bool:
        results = outcome.results if isinstance(outcome, Answer) else ()
        return not any(not each.allowed and own.alone(each) for each in results)

    return await _until(lambda: _answered(question()), is_over)


async def _until(question: Callable[[], Coroutine[Any, Any, T]], is_settled: Callable[[T], bool]) -> T:
    """Ask, and ask again for ten seconds until the answer is settled."""
    pauses = _invokes.pauses()
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


def _tell(subject: _Subject, findings: Sequence[Finding], ends: Callable[[Finding], bool]) -> None:
    """Log the findings, and once in a run what the simulator does not see; raise those that end the run."""
    run, resource = _run.current(), subject.component.resource
    ending = [each for each in findings if ends(each)]
    for cause, text in _causes.lines([each for each in findings if each not in ending]):
        (pulumi.log.warn if cause.value.warns else pulumi.log.info)(text, resource=resource)
    answered = any(each.cause not in (Cause.NOT_ASKED, Cause.NOT_YET) for each in findings)
    if answered and not run.noted and any(action.startswith(_OF_RESOURCES) for action in subject.granted.actions):
        run.noted = True
        pulumi.log.info(_causes.UNSEEN, resource=resource)
    if ending:
        errors = [f"{text} {named(cause.value.way_out)}" for cause, text in _causes.lines(ending)]
        names = _denied(findings, lambda role: SECRET if role.secret else role.name)
        raise NotAllowedError(subject.component.owner, errors, names)
