"""Judges: what IAM's answers mean for the update that a preview shows. Pure; findings are data."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

from ._document import UPDATE_INSTANCE_INFORMATION
from ._invoke import InvokeError
from ._simulator import Answers, Decision, PolicyName, Question, Verdict


class Line(Enum):
    """What a line of the check says."""

    DENY = auto()
    UNEXPLAINED = auto()
    HEARTBEAT_DENIED = auto()
    HEARTBEAT_LOST = auto()
    OVERWRITTEN = auto()
    NO_ROLE = auto()
    NO_ROLE_YET = auto()
    ROLE_UNASKED = auto()
    UNASKED = auto()
    NOT_KNOWN_YET = auto()
    NOTHING_DENIED = auto()


class Plan(NamedTuple):
    """What a preview knows of the update."""

    policy_name: str | None
    policy_is_inline: bool
    # What the component registered in its last run, if the policy is new or replaced. `None`: it stays the same one.
    last_outputs: Mapping[str, Any] | None
    # The policy will grant the heartbeat.
    keeps_heartbeat: bool
    # The input. `False` says that nodes need no heartbeat from the role; `None` that it is not set or not known.
    heartbeat_setting: bool | None
    may_create_roles: bool


class Finding(NamedTuple):
    """One thing to say about a role."""

    line: Line
    questions: Sequence[Question] = ()
    action: str = ""
    policies: Sequence[PolicyName] = ()
    boundary: str = ""
    error: InvokeError | None = None


def judge(answers: Answers, plan: Plan) -> list[Finding]:
    """Return what to say about a role: denials, or that there are none, and then what this update takes away."""
    if error := answers.role_error:
        if not error.is_not_found:
            return [Finding(Line.ROLE_UNASKED, error=error)]
        return [Finding(Line.NO_ROLE_YET if plan.may_create_roles else Line.NO_ROLE)]
    findings = [
        Finding(Line.UNASKED, [question], action, error=error)
        for question, error in answers.failures
        for action in question.actions
    ]
    if answers.verdicts:
        questions = [verdict.question for verdict in answers.verdicts]
        findings += [*_denials(answers, plan)] or [Finding(Line.NOTHING_DENIED, questions)]
        findings += _losses(answers, plan)
    return findings or [Finding(Line.NOT_KNOWN_YET)]


def _denials(answers: Answers, plan: Plan) -> Iterator[Finding]:
    """Yield what IAM would deny.

    IAM names the policies that deny explicitly, a boundary among them, and never an SCP.
    """
    for verdict in answers.verdicts:
        is_granted = _is_granted(verdict, plan)
        if verdict.decision is Decision.ALLOWED or not (is_granted or plan.heartbeat_setting is not False):
            continue
        is_explicit = verdict.decision is Decision.EXPLICIT_DENY
        about = ([verdict.question], verdict.action)
        if is_explicit and verdict.policies:
            yield Finding(Line.DENY, *about, verdict.policies)
        elif is_granted or is_explicit:
            yield Finding(Line.UNEXPLAINED, *about, boundary="" if is_explicit else answers.boundary)
        else:
            yield Finding(Line.HEARTBEAT_DENIED, *about)


def _losses(answers: Answers, plan: Plan) -> Iterator[Finding]:
    """Yield what this update takes away: a policy of somebody else's, and the role's last heartbeat."""
    own, former = _own_and_former(answers.name, plan)
    seen = {policy for verdict in answers.verdicts for policy in verdict.policies}
    overwrites = own.is_inline and own in seen and own != former
    if overwrites:
        yield Finding(Line.OVERWRITTEN, policies=[own])
    lost = {former, own} if overwrites else {former}
    for verdict in answers.verdicts:
        is_ungranted = verdict.decision is Decision.ALLOWED and not (_is_granted(verdict, plan) or plan.keeps_heartbeat)
        if is_ungranted and verdict.policies and lost.issuperset(verdict.policies):
            yield Finding(Line.HEARTBEAT_LOST, [verdict.question], verdict.action, verdict.policies)


def _own_and_former(role_name: str, plan: Plan) -> tuple[PolicyName, PolicyName]:
    """Return the policy that the update writes, and the one that the component has on the role. `""`: unknown."""
    own = PolicyName(plan.policy_name or "", plan.policy_is_inline)
    if plan.last_outputs is None:
        return own, own
    last = plan.last_outputs
    was_elsewhere = own.is_inline and str(last.get("role_name")).lower() != role_name.lower()
    return own, own._replace(name="" if was_elsewhere else str(last.get("policy_name", "")))


def _is_granted(verdict: Verdict, plan: Plan) -> bool:
    """Return whether the component grants the action: only the heartbeat is asked about without being granted."""
    return verdict.action != UPDATE_INSTANCE_INFORMATION or bool(plan.heartbeat_setting)
