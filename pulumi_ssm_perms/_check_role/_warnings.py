"""What a check tells: why a role may not do what it is granted. One warning names all roles of one cause."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account
from pulumi_ssm_perms._errors import SECRET, grouped, listed
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._validators import AGENT_NAMES_THE_GROUP

from ._role import FoundRole, Role, Use
from ._simulation import Answer

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."
NO_ROLES: Final = (
    "roles is empty, so the policy is attached to no role. If a search made the list, it found nothing: check the "
    "search."
)


class Cause(enum.Enum):
    """What IAM allows a role or why it doesn't, or why that is unknown: the text, with places for facts."""

    ALLOWED = "IAM allows {roles} all {count} actions."
    NO_HEARTBEAT = (
        f"{{roles}} may not call {_document.UPDATE_INSTANCE_INFORMATION}, the heartbeat: no policy of the role allows "
        "it, or an SCP of the organization blocks it. Nodes with this role do not register with Systems Manager "
        "(TargetNotConnected). Set «allow_update_instance_information», or ignore this if Default Host Management is "
        "on."
    )
    NO_HEARTBEAT_OR_TASKS = f"{NO_HEARTBEAT} Tasks of ECS need no heartbeat."
    BOUNDARY = (
        "{roles} may not call {calls}: the permissions boundary{boundary} does not allow it. Allow it there, and look "
        "for a Deny there."
    )
    DENIED_IN = (
        "{roles} may not call {calls}: it is denied in {policies}. Make an exception there, unless the statement has a "
        "condition that real requests do not meet."
    )
    DENIED = (
        "{roles} may not call {calls}: the cause is an SCP of the organization, or an explicit deny that IAM does not "
        "name. Look for them, and make an exception there. If one has a condition that the simulator cannot know, such "
        "as one on the Region, real requests may pass."
    )
    DEPENDS = (
        "IAM's simulator could not tell whether {roles} may call {calls}: it depends on {keys}, which only a real "
        "request has."
    )
    OTHER_ACCOUNT = "IAM cannot be asked about another account: {policies} must allow {roles} as well."
    UNREACHABLE_GROUP = (
        f"{{roles}} cannot write to the log group {{group}} of another account: {AGENT_NAMES_THE_GROUP}."
    )
    NOT_ASKED = "IAM could not be asked about {roles}{answer}. Run it again, or leave {option} out."
    MAY_NOT_ASK = (
        "IAM could not be asked about {roles}{answer}. Let the deploying identity call iam:GetRole and "
        "iam:SimulatePrincipalPolicy on it, or leave {option} out."
    )


INFORMATION: Final = (Cause.ALLOWED, Cause.OTHER_ACCOUNT)
# After the others, a line says what the simulator does not see.
ENOUGH_SAID: Final = (Cause.ALLOWED, Cause.OTHER_ACCOUNT, Cause.UNREACHABLE_GROUP, Cause.NOT_ASKED, Cause.MAY_NOT_ASK)


_ORDER: Final = {cause: position for position, cause in enumerate(Cause)}
_IMPLICIT: Final = "implicitDeny"


class Finding(NamedTuple):
    """A cause that concerns a role, with the facts that its text has places for."""

    who: str
    cause: Cause
    facts: Mapping[str, str]
    # Findings of one cause with the same key become one line, with the facts of the first.
    key: str


def _finding(role: Role, cause: Cause, **facts: str) -> Finding:
    return Finding(role.shown, cause, facts, key=cause.value.format(roles="", **facts))


def merge(findings: Sequence[Finding]) -> Iterator[tuple[Cause, str]]:
    """Yield the text for findings of the same cause, with the names of their roles."""
    for first, *others in grouped(findings, lambda finding: (finding.cause, finding.key)):
        roles = f"roles {listed([each.who for each in (first, *others)])}" if others else f"role {first.who}"
        yield first.cause, named(first.cause.value).format(roles=roles, **first.facts)


def denied_actions(answers: Sequence[Answer]) -> list[str] | None:
    """Return what is denied, each action once; `None` if the simulator could not tell."""
    if any(answer.missing_context_keys for answer in answers):
        return None
    return list(dict.fromkeys(answer.action for answer in answers if not answer.allowed))


def explain(
    role: FoundRole, answers: Sequence[Answer], document: Mapping[str, Any], *, secret: bool
) -> Iterator[Finding]:
    """Yield a finding for each cause of a denied action, or one that says that all are allowed."""
    causes: dict[tuple[Cause, tuple[str, ...]], list[Answer]] = {}
    for answer in answers:
        cause = _cause(answer, role, document, by_scp=_denied_by_scp(answers))
        causes.setdefault((cause, answer.policies if cause is Cause.DENIED_IN else ()), []).append(answer)
    if len(causes) > 1:
        causes.pop((Cause.ALLOWED, ()), None)
    for (cause, policies), of_cause in sorted(causes.items(), key=lambda item: _ORDER[item[0][0]]):
        yield _finding(
            role,
            cause,
            count=str(len({answer.action for answer in answers})),
            calls=f"{_calls(of_cause, secret=secret)}{' for ECS Exec in tasks' if role.use is Use.TASKS else ''}",
            boundary="" if secret else f" {role.boundary}",
            policies=SECRET if role.shown == SECRET else listed(policies),
            keys=listed(list(dict.fromkeys(key for answer in of_cause for key in answer.missing_context_keys))),
        )


def _cause(answer: Answer, role: FoundRole, document: Mapping[str, Any], *, by_scp: bool) -> Cause:
    if answer.missing_context_keys:
        return Cause.DEPENDS
    if answer.allowed:
        return Cause.ALLOWED
    if answer.denied_by_boundary:
        return Cause.BOUNDARY
    # What no policy allows can only be the heartbeat: the document allows the rest.
    if answer.decision == _IMPLICIT and not by_scp and not _resources(document, answer.action):
        return Cause.NO_HEARTBEAT_OR_TASKS if role.use is Use.UNCERTAIN else Cause.NO_HEARTBEAT
    return Cause.DENIED_IN if answer.policies else Cause.DENIED


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


def other_accounts(role: FoundRole, document: Mapping[str, Any], *, secret: bool) -> Iterator[Finding]:
    """Yield policies of other accounts, which the simulator cannot see, and log groups that are out of reach."""
    keys = _foreign(role, _resources(document, _document.DECRYPT))
    buckets = [each.partition("/")[0] for each in _resources(document, _document.PUT_OBJECT_ACL)]
    policies = [f"the key policy of {_shown(key, secret=secret)}" for key in keys]
    policies += [f"the bucket policy of {_shown(bucket, secret=secret)}" for bucket in buckets]
    if policies:
        yield _finding(role, Cause.OTHER_ACCOUNT, policies=listed(policies, " and "))
    for group in _foreign(role, _resources(document, "logs:PutLogEvents")):
        yield _finding(role, Cause.UNREACHABLE_GROUP, group=_shown(group.removesuffix(":*"), secret=secret))


def could_not_ask(role: Role, failure: str, option: str) -> Finding:
    """Return the finding that IAM could not be asked about the role.

    `failure` is IAM's answer, and may contain the role's name. `option` is the input that asked for the check.
    """
    cause = Cause.MAY_NOT_ASK if "AccessDenied" in failure else Cause.NOT_ASKED
    finding = _finding(role, cause, answer=f" ({failure})" if failure else "", option=named(f"«{option}»"))
    return finding._replace(key=failure.partition(":")[0])


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
