"""What a check tells: why a role may not do what it is granted. One warning names all roles of one cause."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account
from pulumi_ssm_perms._errors import SECRET, listed
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._validators import AGENT_NAMES_THE_GROUP

from ._role import Role, Use
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


@dataclass(frozen=True)
class Finding:
    """A cause that concerns a role, with the facts that its text has places for."""

    who: str
    cause: Cause
    facts: Mapping[str, str]
    # Findings with the same cause and the same text here become one warning, with the facts of the first.
    same: str


def _finding(role: Role, cause: Cause, **facts: str) -> Finding:
    return Finding(role.shown, cause, facts, str(facts))


def merge(found: Sequence[Finding]) -> Iterator[tuple[Cause, str]]:
    """Yield the text for findings of the same cause, with the names of their roles."""
    by_cause: dict[tuple[Cause, str], list[Finding]] = {}
    for finding in found:
        by_cause.setdefault((finding.cause, finding.same), []).append(finding)
    for first, *others in by_cause.values():
        roles = f"roles {listed([each.who for each in (first, *others)])}" if others else f"role {first.who}"
        yield first.cause, named(first.cause.value).format(roles=roles, **first.facts)


def denied_actions(answers: Sequence[Answer]) -> list[str] | None:
    """Return what is denied, each action once; `None` if the simulator could not tell."""
    if any(answer.missing_context_keys for answer in answers):
        return None
    return list(dict.fromkeys(answer.action for answer in answers if not answer.allowed))


def explain(role: Role, answers: Sequence[Answer], document: Mapping[str, Any], *, secret: bool) -> Iterator[Finding]:
    """Yield a finding for each cause of a denied action, or one that says that all are allowed."""

    def calls(of: Sequence[Answer]) -> str:
        return f"{_calls(of, secret=secret)}{' for ECS Exec in tasks' if role.use is Use.TASKS else ''}"

    if all(answer.allowed and not answer.missing_context_keys for answer in answers):
        yield _finding(role, Cause.ALLOWED, count=str(len({answer.action for answer in answers})))
    unsure = [answer for answer in answers if answer.missing_context_keys]
    denied = [answer for answer in answers if not answer.allowed and answer not in unsure]
    boundary = [answer for answer in denied if answer.denied_by_boundary]
    not_granted = _not_granted([answer for answer in denied if answer not in boundary], document)
    if not_granted:
        yield _finding(role, Cause.NO_HEARTBEAT_OR_TASKS if role.use is Use.UNCERTAIN else Cause.NO_HEARTBEAT)
    if boundary:
        yield _finding(role, Cause.BOUNDARY, calls=calls(boundary), boundary="" if secret else f" {role.boundary}")
    forbidden = [answer for answer in denied if answer not in boundary and answer not in not_granted]
    for policies in dict.fromkeys(answer.policies for answer in forbidden):
        of_these = calls([answer for answer in forbidden if answer.policies == policies])
        if policies:
            shown = SECRET if role.shown == SECRET else listed(policies)
            yield _finding(role, Cause.DENIED_IN, calls=of_these, policies=shown)
        else:
            yield _finding(role, Cause.DENIED, calls=of_these)
    if unsure:
        keys = listed(list(dict.fromkeys(key for answer in unsure for key in answer.missing_context_keys)))
        yield _finding(role, Cause.DEPENDS, calls=calls(unsure), keys=keys)


def _not_granted(denied: Sequence[Answer], document: Mapping[str, Any]) -> list[Answer]:
    """Return what no policy allows. This can only be the heartbeat: the document allows the rest."""
    granted = {action for statement in document["Statement"] for action in statement["Action"]}
    implicitly = [answer for answer in denied if answer.decision == "implicitDeny"]
    # The document allows the channels, so only an SCP can deny them implicitly. That SCP denies the heartbeat as well:
    # most such SCPs are about Regions, and the simulator is told no Region.
    if any(answer.action in _document.CHANNEL_ACTIONS for answer in implicitly):
        return []
    return [answer for answer in implicitly if answer.action not in granted]


def other_accounts(role: Role, document: Mapping[str, Any], *, secret: bool) -> Iterator[Finding]:
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
    facts = {"answer": f" ({failure})" if failure else "", "option": named(f"«{option}»")}
    return Finding(role.shown, cause, facts, failure.partition(":")[0])


def _resources(document: Mapping[str, Any], action: str) -> list[str]:
    """Return the resources on which the document allows this action."""
    granted = [statement["Resource"] for statement in document["Statement"] if action in statement["Action"]]
    return [each for one in granted for each in ([one] if isinstance(one, str) else one)]


def _foreign(role: Role, arns: Sequence[str]) -> list[str]:
    return [arn for arn in arns if arn_account(arn) != arn_account(role.arn)]


def _shown(arn: str, *, secret: bool) -> str:
    return SECRET if secret else arn


def _calls(answers: Sequence[Answer], *, secret: bool) -> str:
    def called(answer: Answer) -> str:
        on = "" if answer.resource == ANY_RESOURCE else f" on {_shown(answer.resource, secret=secret)}"
        return f"{answer.action}{on}"

    return listed(list(dict.fromkeys(map(called, answers))))
