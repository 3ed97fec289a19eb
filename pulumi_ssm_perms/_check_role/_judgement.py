"""From what IAM says of the roles to what a check finds, and to the denied actions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account
from pulumi_ssm_perms._errors import SECRET, grouped, listed, show
from pulumi_ssm_perms._input_names import named

from ._causes import DENIALS, Cause, Finding, finding
from ._grantors import Grantors, OwnPolicy, grantors
from ._role import FoundRole, Role, Use
from ._simulation import Answer

_IMPLICIT: Final = "implicitDeny"


@dataclass(frozen=True)
class Asked:
    """What IAM says of each role with the document: answers, a failure, or `None` if a preview cannot ask yet.

    A role is `None` if it is not known itself; the document is empty if it is not known.
    """

    document: Mapping[str, Any]
    answers: Sequence[tuple[Role | None, Sequence[Answer] | str | None]]
    secret: bool


class Judgement(NamedTuple):
    """What a check finds, and the denied actions of each role that is denied something."""

    findings: list[Finding]
    denied: dict[Role, list[str]]


def judge(asked: Asked, own: OwnPolicy, option: str) -> Judgement:
    """Return what follows from IAM's answers once the component's own policy has the document."""
    judgement = Judgement([], {})
    for role, answers in asked.answers:
        if answers is None:
            judgement.findings.append(finding(role, Cause.NOT_YET))
        elif isinstance(answers, str):
            judgement.findings.append(_could_not_ask(role, answers, option))
        elif isinstance(role, FoundRole):
            causes = _causes(role, answers, asked.document, own)
            denied = [answer.action for answer, (cause, _) in zip(answers, causes, strict=True) if cause in DENIALS]
            if denied:
                judgement.denied[role] = list(dict.fromkeys(denied))
            hidden = own.secret or role.shown == SECRET
            judgement.findings.extend(_explained(role, answers, causes, hidden=hidden, secret=asked.secret))
        if isinstance(role, FoundRole) and asked.document:
            judgement.findings.extend(_other_accounts(role, asked.document, secret=asked.secret))
    return judgement


def _causes(
    role: FoundRole, answers: Sequence[Answer], document: Mapping[str, Any], own: OwnPolicy
) -> list[tuple[Cause, tuple[str, ...]]]:
    """Return the cause of each answer, and the policies to name with it."""
    by_scp = _denied_by_scp(answers)
    granted = {action for statement in document["Statement"] for action in statement["Action"]}

    def cause(answer: Answer) -> tuple[Cause, tuple[str, ...]]:
        # Only the heartbeat is asked about although the document may not grant it.
        of_others = answer.action not in granted
        by = Grantors((), own=False)
        if of_others and (answer.allowed or answer.denied_by_boundary):
            by = grantors(role, answer.policies, own)
        only_own = by.own and not by.others
        if answer.allowed and only_own:
            return Cause.TAKEN_AWAY_OR_TASKS if role.use is Use.UNCERTAIN else Cause.TAKEN_AWAY, ()
        if answer.missing_context_keys:
            return Cause.DEPENDS, ()
        if answer.allowed:
            return Cause.ALLOWED, by.others
        if answer.denied_by_boundary and not only_own:
            return Cause.BOUNDARY, ()
        if answer.decision == _IMPLICIT and of_others and not by_scp:
            return Cause.NO_HEARTBEAT_OR_TASKS if role.use is Use.UNCERTAIN else Cause.NO_HEARTBEAT, ()
        # An SCP's implicit deny may come with the policies that allow the action.
        explicit = () if answer.decision == _IMPLICIT else answer.policies
        return Cause.DENIED_IN if explicit else Cause.DENIED, explicit

    return [cause(answer) for answer in answers]


def _denied_by_scp(answers: Sequence[Answer]) -> bool:
    """Return whether an SCP denies what the document allows, and then the heartbeat as well.

    The document allows the channels, so only an SCP can deny them implicitly. Most such SCPs are about Regions, and the
    simulator is told no Region.
    """
    return any(
        answer.decision == _IMPLICIT and answer.action in _document.CHANNEL_ACTIONS
        for answer in answers
        if not answer.missing_context_keys and not answer.denied_by_boundary
    )


def _explained(
    role: FoundRole,
    answers: Sequence[Answer],
    causes: Sequence[tuple[Cause, tuple[str, ...]]],
    *,
    hidden: bool,
    secret: bool,
) -> Iterator[Finding]:
    """Yield a finding for each cause of a denial or a doubt, or one that says that all is allowed."""
    if all(cause is Cause.ALLOWED for cause, _ in causes):
        by = list(dict.fromkeys(show(policy) for _, policies in causes for policy in policies))
        heartbeat = f" (the heartbeat by {SECRET if hidden else listed(by)})" if by else ""
        count = str(len({answer.action for answer in answers}))
        yield finding(role, Cause.ALLOWED, count=count, grantors=heartbeat)
        return
    order = list(Cause)
    told = grouped(zip(causes, answers, strict=True), lambda pair: pair[0])
    for pairs in sorted(told, key=lambda pairs: order.index(pairs[0][0][0])):
        (cause, policies), concerned = pairs[0][0], [answer for _, answer in pairs]
        if cause is not Cause.ALLOWED:
            yield finding(
                role,
                cause,
                calls=f"{_calls(concerned, secret=secret)}{' for ECS Exec in tasks' if role.use is Use.TASKS else ''}",
                boundary="" if secret else f" {role.boundary}",
                policies=SECRET if hidden else listed(policies),
                keys=listed(list(dict.fromkeys(key for answer in concerned for key in answer.missing_context_keys))),
            )


def _other_accounts(role: FoundRole, document: Mapping[str, Any], *, secret: bool) -> Iterator[Finding]:
    """Yield policies of other accounts, which the simulator cannot see, and log groups that are out of reach."""
    keys = _foreign(role, _resources(document, _document.DECRYPT))
    buckets = [each.partition("/")[0] for each in _resources(document, _document.PUT_OBJECT_ACL)]
    policies = [f"the key policy of {_shown(key, secret=secret)}" for key in keys]
    policies += [f"the bucket policy of {_shown(bucket, secret=secret)}" for bucket in buckets]
    if policies:
        yield finding(role, Cause.OTHER_ACCOUNT, policies=listed(policies, " and "))
    for group in _foreign(role, _resources(document, "logs:PutLogEvents")):
        yield finding(role, Cause.UNREACHABLE_GROUP, group=_shown(group.removesuffix(":*"), secret=secret))


def _could_not_ask(role: Role | None, failure: str, option: str) -> Finding:
    """Return the finding that IAM could not be asked. `failure` is its answer, and may contain the role's name."""
    cause = Cause.MAY_NOT_ASK if "AccessDenied" in failure else Cause.NOT_ASKED
    found = finding(role, cause, answer=f" ({failure})" if failure else "", option=named(f"«{option}»"))
    return found._replace(key=failure.partition(":")[0])


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
