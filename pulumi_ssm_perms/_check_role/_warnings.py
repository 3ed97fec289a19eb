"""The words of the warnings: what a role may not do, why, and what to do about it.

An input is named as the schema of the other languages has it, with Python's name behind it, so that all read the same.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pulumi_ssm_perms._aws import ANY_RESOURCE
from pulumi_ssm_perms._document import UPDATE_INSTANCE_INFORMATION
from pulumi_ssm_perms._errors import SECRET

from ._answers import Answer, Causes

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "(IAM's simulator sees no key, bucket and endpoint policies and no RCPs.)"


def explain(who: str, causes: Causes, boundary: str | None, *, secret: bool) -> Iterator[str]:
    """Yield a warning for each cause that there is; `who` is the role, and `boundary` the ARN of its boundary."""
    if causes.not_granted:
        yield _not_granted(who)
    if causes.boundary:
        shown = "" if secret else f" {boundary}"
        yield (
            f"{who} may not call {_list(causes.boundary, secret=secret)}: the role's permissions boundary{shown} does "
            f"not allow it. Allow it there as well. {UNSEEN}"
        )
    if causes.forbidden:
        yield (
            f"{who} may not call {_list(causes.forbidden, secret=secret)}: an explicit deny in one of the role's "
            "policies or an SCP of its organization forbids it. Make an exception there; but if it has a condition, "
            f"such as one on the Region, real requests may pass, which the simulator cannot know. {UNSEEN}"
        )
    if causes.unsure:
        keys = ", ".join(dict.fromkeys(key for answer in causes.unsure for key in answer.missing_context_keys))
        yield (
            f"IAM's simulator could not tell whether {who} may call {_list(causes.unsure, secret=secret)}: it depends "
            f"on {keys}, which only a real request has. {UNSEEN}"
        )


def could_not_ask(who: str, failure: str) -> str:
    """Return the warning that IAM could not be asked about the role; `failure` is what it answered instead."""
    remedy = "Run it again"
    if "AccessDenied" in failure:
        remedy = "Let the deploying identity call iam:GetRole and iam:SimulatePrincipalPolicy on it"
    answered = f" ({failure})" if failure else ""
    name = "checkRole (check_role in Python)"
    return f"IAM could not be asked about {who}{answered}. {remedy}, or leave {name} out."


def _not_granted(who: str) -> str:
    return (
        f"{who} may not call {UPDATE_INSTANCE_INFORMATION}: nodes with this role do not register with Systems Manager "
        "(TargetNotConnected). Set allowUpdateInstanceInformation (allow_update_instance_information in Python), or "
        f"ignore this where Default Host Management is on. {UNSEEN}"
    )


def _list(answers: Sequence[Answer], *, secret: bool) -> str:
    texts = (
        answer.action
        if answer.resource == ANY_RESOURCE
        else f"{answer.action} on {SECRET if secret else answer.resource}"
        for answer in answers
    )
    return ", ".join(dict.fromkeys(texts))
