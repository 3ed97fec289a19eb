"""From what IAM says of the roles to what a check finds, and to the denied actions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Union

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account
from pulumi_ssm_perms._errors import SECRET, grouped, listed, show
from pulumi_ssm_perms._input_names import named

from ._causes import Cause, Finding, Kind, make_finding
from ._grantors import OwnPolicy, grantors
from ._role import FoundRole, Role, Use
from ._simulation import Answer


class Failure(NamedTuple):
    """Why there is no answer, in the words of AWS; empty if these may repeat a secret."""

    text: str


Outcome = Union[list[Answer], Failure, None]
"""What IAM says of a role with the document; `None` if a preview cannot ask yet."""


@dataclass(frozen=True)
class Asked:
    """What IAM says of each role. A role that is not known itself is `None`, and so is a document."""

    document: Mapping[str, Any] | None
    outcomes: Sequence[tuple[Role | None, Outcome]]
    secret: bool


class Judgement(NamedTuple):
    """What a check finds, and the denied actions of each role that is denied something."""

    findings: list[Finding]
    denied: dict[Role, list[str]]


class _Judged(NamedTuple):
    """The cause of an answer, and the policies to name with it."""

    answer: Answer
    cause: Cause
    policies: tuple[str, ...] = ()


def judge(asked: Asked, own: OwnPolicy, option: str) -> Judgement:
    """Return what follows from IAM's answers once the component's own policy has the document."""
    judgement = Judgement([], {})
    for role, outcome in asked.outcomes:
        if outcome is None:
            judgement.findings.append(make_finding(role, Cause.NOT_YET))
        if isinstance(outcome, Failure):
            judgement.findings.append(_could_not_ask(role, outcome, option))
        if not isinstance(role, FoundRole) or not asked.document:
            continue
        if isinstance(outcome, list):
            judged = _judged(role, outcome, asked.document, own)
            denied = [each.answer.action for each in judged if each.cause.value.kind is Kind.DENIAL]
            if denied:
                judgement.denied[role] = list(dict.fromkeys(denied))
            hidden = own.secret or role.secret
            judgement.findings.extend(_explained(role, judged, hidden=hidden, secret=asked.secret))
        judgement.findings.extend(_other_accounts(role, asked.document, secret=asked.secret))
    return judgement


def _judged(role: FoundRole, answers: Sequence[Answer], document: Mapping[str, Any], own: OwnPolicy) -> list[_Judged]:
    """Return the cause of each answer."""
    granted = {action for statement in document["Statement"] for action in statement["Action"]}
    by_scp = _denied_by_scp(answers)
    return [
        _of_granted(answer) if answer.action in granted else _of_heartbeat(role, answer, own, by_scp=by_scp)
        for answer in answers
    ]


def _of_granted(answer: Answer) -> _Judged:
    """Return the cause of the answer about an action that the document grants."""
    if answer.missing_context_keys:
        return _Judged(answer, Cause.DEPENDS)
    if answer.allowed:
        return _Judged(answer, Cause.ALLOWED)
    if answer.denied_by_boundary:
        return _Judged(answer, Cause.BOUNDARY)
    return _Judged(answer, Cause.DENIED_IN if answer.denied_in else Cause.DENIED, answer.denied_in)


def _of_heartbeat(role: FoundRole, answer: Answer, own: OwnPolicy, *, by_scp: bool) -> _Judged:
    """Return the cause of the answer about the heartbeat, which the document does not grant, so another policy must."""
    others, is_own = grantors(role, answer.allowed_by, own)
    only_own = is_own and not others
    or_tasks = role.use is Use.UNCERTAIN
    if answer.allowed and only_own:
        return _Judged(answer, Cause.TAKEN_AWAY_OR_TASKS if or_tasks else Cause.TAKEN_AWAY)
    if answer.missing_context_keys:
        return _Judged(answer, Cause.DEPENDS)
    if answer.allowed:
        return _Judged(answer, Cause.ALLOWED, others)
    by_nobody = answer.is_implicit and not by_scp and not answer.denied_by_boundary
    if by_nobody or (answer.denied_by_boundary and only_own):
        return _Judged(answer, Cause.NO_HEARTBEAT_OR_TASKS if or_tasks else Cause.NO_HEARTBEAT)
    return _of_granted(answer)


def _denied_by_scp(answers: Sequence[Answer]) -> bool:
    """Return whether an SCP denies what the document allows, and then the heartbeat as well.

    The document allows the channels, so only an SCP can deny them implicitly. Most such SCPs are about Regions, and the
    simulator is told no Region.
    """
    return any(
        answer.is_implicit and answer.action in _document.CHANNEL_ACTIONS
        for answer in answers
        if not answer.missing_context_keys and not answer.denied_by_boundary
    )


def _explained(role: FoundRole, judged: Sequence[_Judged], *, hidden: bool, secret: bool) -> Iterator[Finding]:
    """Yield a finding for each cause of a denial or a doubt, or one that says that all is allowed.

    Policies are not named if they are `hidden`, nor resources if the grants are `secret`.
    """
    if all(each.cause is Cause.ALLOWED for each in judged):
        by = list(dict.fromkeys(show(policy) for each in judged for policy in each.policies))
        heartbeat = f" (the heartbeat by {SECRET if hidden else listed(by)})" if by else ""
        yield make_finding(
            role, Cause.ALLOWED, count=str(len({each.answer.action for each in judged})), grantors=heartbeat
        )
        return
    order = list(Cause)
    told = grouped(
        (each for each in judged if each.cause is not Cause.ALLOWED), lambda each: (each.cause, each.policies)
    )
    for group in sorted(told, key=lambda group: order.index(group[0].cause)):
        answers = [each.answer for each in group]
        yield make_finding(
            role,
            group[0].cause,
            calls=f"{_calls(answers, secret=secret)}{' for ECS Exec in tasks' if role.use is Use.TASKS else ''}",
            boundary="" if secret else f" {role.boundary}",
            policies=SECRET if hidden else listed(group[0].policies),
            keys=listed(list(dict.fromkeys(key for answer in answers for key in answer.missing_context_keys))),
        )


def _other_accounts(role: FoundRole, document: Mapping[str, Any], *, secret: bool) -> Iterator[Finding]:
    """Yield policies of other accounts, which the simulator cannot see, and log groups that are out of reach."""
    keys = _foreign(role, _resources(document, _document.DECRYPT))
    buckets = [each.partition("/")[0] for each in _resources(document, _document.PUT_OBJECT_ACL)]
    policies = [f"the key policy of {_shown(key, secret=secret)}" for key in keys]
    policies += [f"the bucket policy of {_shown(bucket, secret=secret)}" for bucket in buckets]
    if policies:
        yield make_finding(role, Cause.OTHER_ACCOUNT, policies=listed(policies, " and "))
    for group in _foreign(role, _resources(document, "logs:PutLogEvents")):
        yield make_finding(role, Cause.UNREACHABLE_GROUP, group=_shown(group.removesuffix(":*"), secret=secret))


def _could_not_ask(role: Role | None, failure: Failure, option: str) -> Finding:
    """Return the finding that IAM could not be asked. Failures of one code share a line, as their texts name roles."""
    cause = Cause.MAY_NOT_ASK if "AccessDenied" in failure.text else Cause.NOT_ASKED
    facts = {"answer": f" ({failure.text})" if failure.text else "", "option": named(f"«{option}»")}
    return Finding(role, cause, facts, key=failure.text.partition(":")[0])


def _resources(document: Mapping[str, Any], action: str) -> list[str]:
    """Return the resources on which the document allows this action."""
    granted = [statement["Resource"] for statement in document["Statement"] if action in statement["Action"]]
    return [each for one in granted for each in ([one] if isinstance(one, str) else one)]


def _foreign(role: FoundRole, arns: Sequence[str]) -> list[str]:
    return [arn for arn in arns if arn_account(arn) != arn_account(role.arn)]


def _shown(arn: str, *, secret: bool) -> str:
    return SECRET if secret else arn


def _calls(answers: Sequence[Answer], *, secret: bool) -> str:
    def called(answer: Answer) -> str:
        on = "" if answer.resource == ANY_RESOURCE else f" on {_shown(answer.resource, secret=secret)}"
        return f"{answer.action}{on}"

    return listed(list(dict.fromkeys(map(called, answers))))
