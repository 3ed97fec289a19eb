"""Judges: what IAM's answers mean for the update that a preview shows. Pure; findings are data."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ._document import UPDATE_INSTANCE_INFORMATION
from ._invoke import InvokeError
from ._lines import Finding, Line
from ._simulator import Answers, Decision, PolicyName, Verdict


class Plan(NamedTuple):
    """What a preview knows of the update."""

    policy_name: str | None
    policy_is_inline: bool
    # What the component registered in its last run, if the policy is new or replaced: nothing if the old policy is
    # retained. `None`: it stays the same one.
    last_outputs: Mapping[str, Any] | None
    # The policy will grant the heartbeat.
    keeps_heartbeat: bool
    # The input. `False` says that nodes need no heartbeat from the role; `None` that it is not set or not known.
    heartbeat_setting: bool | None
    may_create_roles: bool


def judge(answers: Answers, plan: Plan) -> list[Finding]:
    """Return what to say about a role: denials, or that there are none, and then what this update takes away."""
    if error := answers.error:
        if not error.is_not_found:
            return [Finding(Line.ROLE_UNASKED, error=error)]
        return [Finding(Line.NO_ROLE_YET if plan.may_create_roles else Line.NO_ROLE)]
    lost = _lost_policies(answers, plan)
    findings = [*_denials_and_failures(answers, plan), *_losses(answers, plan, lost)]
    decided = [verdict.question for verdict in answers.verdicts if isinstance(verdict.decision, Decision)]
    if decided and all(finding.error for finding in findings):
        sources = [policy for verdict in _ungranted(answers, plan) for policy in verdict.policies]
        others = [policy for policy in sources if policy not in lost]
        findings.append(Finding(Line.NOTHING_DENIED, decided, policies=others, unasked=answers.unasked))
    return findings or [Finding(Line.NOT_KNOWN_YET)]


def _denials_and_failures(answers: Answers, plan: Plan) -> Iterator[Finding]:
    """Yield what IAM would deny, and what it could not be asked.

    IAM names the policies that deny explicitly, a boundary among them, and never an SCP.
    """
    own, former = _own_and_former(answers.name, plan)
    for verdict in answers.verdicts:
        about = ([verdict.question], verdict.action)
        is_granted = _is_granted(verdict, plan)
        is_explicit = verdict.decision is Decision.EXPLICIT_DENY
        if isinstance(verdict.decision, InvokeError):
            yield Finding(Line.UNASKED, *about, error=verdict.decision)
        elif verdict.decision is Decision.ALLOWED or (plan.heartbeat_setting is False and not is_granted):
            continue
        elif is_explicit and verdict.policies:
            is_own = own == former and verdict.policies == [own]
            yield Finding(Line.OWN_DENY if is_own else Line.DENY, *about, verdict.policies)
        elif is_granted or is_explicit:
            yield Finding(Line.UNEXPLAINED, *about, boundary="" if is_explicit else answers.boundary)
        else:
            yield Finding(Line.HEARTBEAT_DENIED, *about)


def _losses(answers: Answers, plan: Plan, lost: set[PolicyName]) -> Iterator[Finding]:
    """Yield what this update takes away: a policy of somebody else's, and the role's last heartbeat."""
    if len(lost) > 1:
        yield Finding(Line.OVERWRITTEN, policies=[_own_and_former(answers.name, plan)[0]])
    for verdict in _ungranted(answers, plan):
        if verdict.policies and lost.issuperset(verdict.policies):
            yield Finding(Line.HEARTBEAT_LOST, [verdict.question], verdict.action, verdict.policies)


def _ungranted(answers: Answers, plan: Plan) -> list[Verdict]:
    """Return the verdict on a heartbeat that IAM allows, and that the component will not grant."""
    allowed = [verdict for verdict in answers.verdicts if verdict.decision is Decision.ALLOWED]
    return [verdict for verdict in allowed if not (_is_granted(verdict, plan) or plan.keeps_heartbeat)]


def _lost_policies(answers: Answers, plan: Plan) -> set[PolicyName]:
    """Return the policies that this update changes or deletes: the component's, and one that it overwrites."""
    own, former = _own_and_former(answers.name, plan)
    seen = {policy for verdict in answers.verdicts for policy in verdict.policies}
    return {former, own} if own.is_inline and own in seen else {former}


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
