"""The warnings: why a role may not do what it is granted. One warning names all roles of one cause.

Warnings name an input as in the schema of the other languages, with Python's name behind it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._aws import ANY_RESOURCE, arn_account
from pulumi_ssm_perms._checks import AGENT_NAMES_THE_GROUP
from pulumi_ssm_perms._errors import SECRET, listed

from ._role import Role, Use
from ._simulation import Answer

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."
NO_ROLES: Final = (
    "roles is empty, so the policy is attached to no role. If a search made the list, it found nothing: check the "
    "search."
)


@dataclass(frozen=True)
class Finding:
    """What a warning says about a role, in this order: `before`, the role's name, `detail`, `after`.

    Findings that differ only in role and detail become one warning. `simulated` means that the simulator says so,
    `news` that nothing is wrong.
    """

    who: str = field(compare=False)
    before: str
    after: str
    detail: str = field(default="", compare=False)
    cause: str = ""
    simulated: bool = False
    news: bool = False


def merge(found: Sequence[Finding]) -> Iterator[tuple[Finding, str]]:
    """Yield one text for equal findings, with the names of their roles and the detail of the first."""
    roles: dict[Finding, list[str]] = {}
    for finding in found:
        roles.setdefault(finding, []).append(finding.who)
    for finding, who in roles.items():
        named = f"role {who[0]}" if len(who) == 1 else f"roles {listed(who)}"
        yield finding, f"{finding.before}{named}{finding.detail}{finding.after}"


def denied_actions(answers: Sequence[Answer]) -> list[str] | None:
    """Return what is denied, each action once; `None` if the simulator could not tell."""
    if any(answer.missing_context_keys for answer in answers):
        return None
    return list(dict.fromkeys(answer.action for answer in answers if not answer.allowed))


def explain(role: Role, answers: Sequence[Answer], policy: Mapping[str, Any], *, secret: bool) -> Iterator[Finding]:
    """Yield a warning for each cause of a denied action."""
    where = " for ECS Exec in tasks" if role.use is Use.TASKS else ""
    unsure = [answer for answer in answers if answer.missing_context_keys]
    denied = [answer for answer in answers if not answer.allowed and answer not in unsure]
    boundary = [answer for answer in denied if answer.denied_by_boundary]
    not_granted = _not_granted([answer for answer in denied if answer not in boundary], policy)
    if not_granted:
        yield Finding(role.shown, "", _no_heartbeat(role.use), simulated=True)
    if boundary:
        limit = "" if secret else f" {role.boundary}"
        blamed = f"the permissions boundary{limit} does not allow it. Allow it there, and look for a Deny there."
        yield Finding(
            role.shown, "", f" may not call {_list(boundary, secret=secret)}{where}: {blamed}", simulated=True
        )
    forbidden = [answer for answer in denied if answer not in boundary and answer not in not_granted]
    for policies in dict.fromkeys(answer.policies for answer in forbidden):
        calls = _list([answer for answer in forbidden if answer.policies == policies], secret=secret)
        blamed = _explicit(policies, secret=role.shown == SECRET) if policies else _UNTOLD
        yield Finding(role.shown, "", f" may not call {calls}{where}: {blamed}", simulated=True)
    if unsure:
        keys = ", ".join(dict.fromkeys(key for answer in unsure for key in answer.missing_context_keys))
        calls = _list(unsure, secret=secret)
        after = f" may call {calls}{where}: it depends on {keys}, which only a real request has."
        yield Finding(role.shown, "IAM's simulator could not tell whether ", after, simulated=True)


_UNTOLD: Final = (
    "the cause is an SCP of the organization, or an explicit deny that IAM does not name. Look for them, and make an "
    "exception there. If one has a condition that the simulator cannot know, such as one on the Region, real requests "
    "may pass."
)


def _explicit(policies: Sequence[str], *, secret: bool) -> str:
    named = SECRET if secret else listed(policies)
    return (
        f"it is denied in {named}. Make an exception there, unless the statement has a condition that real requests "
        "do not meet."
    )


def _not_granted(denied: Sequence[Answer], policy: Mapping[str, Any]) -> list[Answer]:
    """Return what no policy allows. This can only be the heartbeat: the document allows the rest."""
    granted = {action for statement in policy["Statement"] for action in statement["Action"]}
    implicitly = [answer for answer in denied if answer.decision == "implicitDeny"]
    # The document allows the channels, so only an SCP can deny them implicitly. That SCP denies the heartbeat as well:
    # most such SCPs are about Regions, and the simulator is told no Region.
    if any(answer.action in _document.CHANNEL_ACTIONS for answer in implicitly):
        return []
    return [answer for answer in implicitly if answer.action not in granted]


def _no_heartbeat(use: Use) -> str:
    tasks = " Tasks of ECS need no heartbeat." if use is Use.UNCERTAIN else ""
    return (
        f" may not call {_document.UPDATE_INSTANCE_INFORMATION}, the heartbeat: no policy of the role allows it, or an "
        "SCP of the organization blocks it. Nodes with this role do not register with Systems Manager "
        "(TargetNotConnected). Set allowUpdateInstanceInformation (allow_update_instance_information in Python), or "
        f"ignore this if Default Host Management is on.{tasks}"
    )


def other_accounts(role: Role, policy: Mapping[str, Any], *, secret: bool) -> Iterator[Finding]:
    """Yield policies of other accounts, which the simulator cannot see, and log groups that are out of reach."""
    keys = _foreign(role, _resources(policy, _document.DECRYPT))
    buckets = [each.partition("/")[0] for each in _resources(policy, _document.PUT_OBJECT_ACL)]
    policies = [f"the key policy of {_shown(key, secret=secret)}" for key in keys]
    policies += [f"the bucket policy of {_shown(bucket, secret=secret)}" for bucket in buckets]
    if policies:
        before = f"IAM cannot be asked about another account: {' and '.join(policies)} must allow "
        yield Finding(role.shown, before, " as well.", news=True)
    for group in _foreign(role, _resources(policy, "logs:PutLogEvents")):
        shown = _shown(group.removesuffix(":*"), secret=secret)
        after = f" cannot write to the log group {shown} of another account: {AGENT_NAMES_THE_GROUP}."
        yield Finding(role.shown, "", after)


def could_not_ask(who: str, failure: str, option: str) -> Finding:
    """Return the warning that IAM could not be asked about the role.

    `failure` is IAM's answer, and may contain the role's name. `option` is the input that asked for the check.
    """
    remedy = "Run it again"
    if "AccessDenied" in failure:
        remedy = "Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it"
    elsewhere = re.sub("_([a-z])", lambda letter: letter[1].upper(), option)
    answered = f" ({failure})" if failure else ""
    after = f". {remedy}, or leave {elsewhere} ({option} in Python) out."
    return Finding(who, "IAM could not be asked about ", after, detail=answered, cause=failure.partition(":")[0])


def _resources(policy: Mapping[str, Any], action: str) -> list[str]:
    """Return the resources on which the document allows this action."""
    granted = [statement["Resource"] for statement in policy["Statement"] if action in statement["Action"]]
    return [each for one in granted for each in ([one] if isinstance(one, str) else one)]


def _foreign(role: Role, arns: Sequence[str]) -> list[str]:
    return [arn for arn in arns if arn_account(arn) != arn_account(role.arn)]


def _shown(arn: str, *, secret: bool) -> str:
    return SECRET if secret else arn


def _list(answers: Sequence[Answer], *, secret: bool) -> str:
    texts = (
        answer.action
        if answer.resource == ANY_RESOURCE
        else f"{answer.action} on {_shown(answer.resource, secret=secret)}"
        for answer in answers
    )
    return ", ".join(dict.fromkeys(texts))
