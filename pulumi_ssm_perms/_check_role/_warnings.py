"""The words of the warnings: what roles may not do, why, and what to do; roles of one cause are named together.

An input is named as the schema of the other languages has it, with Python's name behind it, so that all read the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION
from pulumi_ssm_perms._errors import SECRET, listed

from ._answers import Answer, Causes
from ._trust import Use

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "(IAM's simulator sees no key, bucket and endpoint policies and no RCPs.)"


@dataclass(frozen=True)
class Finding:
    """What is said about a role: its name stands between `before` and `after`, followed by a detail of its own.

    What two findings do not have in common besides is their `cause`.
    """

    who: str = field(compare=False)
    before: str
    after: str
    detail: str = field(default="", compare=False)
    cause: str = ""


def merged(told: Sequence[Sequence[Finding]]) -> Iterator[str]:
    """Yield a warning for each finding, with the names of its roles; the detail is that of the first."""
    roles: dict[Finding, list[str]] = {}
    for of_one_role in told:
        for finding in of_one_role:
            roles.setdefault(finding, []).append(finding.who)
    for finding, who in roles.items():
        yield f"{finding.before}{listed(who)}{finding.detail}{finding.after}"


def explain(who: str, causes: Causes, boundary: str | None, use: Use, *, secret: bool) -> Iterator[Finding]:
    """Yield a warning for each cause that there is; `who` is the role, and `boundary` the ARN of its boundary."""
    where = " for ECS Exec in tasks" if use is Use.TASKS else ""
    if causes.not_granted:
        yield Finding(who, "", _not_granted(use))
    if causes.boundary:
        shown = "" if secret else f" {boundary}"
        calls = _list(causes.boundary, secret=secret)
        blamed = f"the permissions boundary{shown} does not allow it. Allow it there as well."
        yield Finding(who, "", f" may not call {calls}{where}: {blamed} {UNSEEN}")
    if causes.forbidden:
        candidates = (
            "the cause is an explicit deny in a policy, an SCP of the organization, or a condition that the simulator "
            "cannot know, such as one on the Region, so that real requests may pass. Look for the first two, and make "
            "an exception there."
        )
        calls = _list(causes.forbidden, secret=secret)
        yield Finding(who, "", f" may not call {calls}{where}: {candidates} {UNSEEN}")
    if causes.unsure:
        keys = ", ".join(dict.fromkeys(key for answer in causes.unsure for key in answer.missing_context_keys))
        calls = _list(causes.unsure, secret=secret)
        after = f" may call {calls}{where}: it depends on {keys}, which only a real request has. {UNSEEN}"
        yield Finding(who, "IAM's simulator could not tell whether ", after)


def could_not_ask(who: str, failure: str, option: str) -> Finding:
    """Return the warning that IAM could not be asked about the role; `failure` is what it answered instead.

    `option` is the input that asked for it. What is one failure for several roles may say each role's name.
    """
    remedy = "Run it again"
    if "AccessDenied" in failure:
        remedy = "Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it"
    elsewhere = re.sub("_([a-z])", lambda letter: letter[1].upper(), option)
    answered = f" ({failure})" if failure else ""
    after = f". {remedy}, or leave {elsewhere} ({option} in Python) out."
    return Finding(who, "IAM could not be asked about ", after, detail=answered, cause=failure.partition(":")[0])


def _not_granted(use: Use) -> str:
    tasks = " Tasks of ECS need no heartbeat." if use is Use.UNCERTAIN else ""
    return (
        f" may not call {UPDATE_INSTANCE_INFORMATION}, the heartbeat: no policy of the role allows it, or an SCP of "
        "the organization does not. Nodes with this role do not register with Systems Manager (TargetNotConnected). "
        "Set allowUpdateInstanceInformation (allow_update_instance_information in Python), or ignore this where "
        f"Default Host Management is on.{tasks} {UNSEEN}"
    )


def _list(answers: Sequence[Answer], *, secret: bool) -> str:
    texts = (
        answer.action
        if answer.resource == ANY_RESOURCE
        else f"{answer.action} on {SECRET if secret else answer.resource}"
        for answer in answers
    )
    return ", ".join(dict.fromkeys(texts))
