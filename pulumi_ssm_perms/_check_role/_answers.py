"""What the answers of IAM and its policy simulator mean. Nothing here asks, and nothing here warns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pulumi_ssm_perms._document import CHANNEL_ACTIONS

# How the AWS SDK for Go ends its messages; some codes come without "api error".
_AWS_ERROR: Final = re.compile(r"RequestID: [^,]*, (?:api error )?(?P<error>(?P<code>[A-Za-z]+): .*)$")


@dataclass(frozen=True)
class Answer:
    """The simulator's decision on one action and resource."""

    action: str
    resource: str
    allowed: bool
    decision: str
    missing_context_keys: Sequence[str] = ()
    denied_by_boundary: bool = False


@dataclass(frozen=True)
class Causes:
    """The answers that do not allow, each under its cause.

    Attributes:
        not_granted: No policy of the role allows it. This can be the heartbeat only, as the document allows the rest.
        boundary: The role's permissions boundary does not allow it.
        forbidden: An explicit deny or an SCP forbids it.
        unsure: The simulator could not tell, as it depends on what only a real request has.

    """

    not_granted: Sequence[Answer]
    boundary: Sequence[Answer]
    forbidden: Sequence[Answer]
    unsure: Sequence[Answer]


def read(results: Sequence[Mapping[str, Any]], resource: str) -> list[Answer]:
    """Return the answers about one resource; a result's own resource is a template, and is not looked at."""
    return [
        Answer(
            action=result["actionName"],
            resource=resource,
            allowed=result["allowed"],
            decision=result["decision"],
            missing_context_keys=tuple(result.get("missingContextKeys") or ()),
        )
        for result in results
    ]


def causes(answers: Sequence[Answer], policy: Mapping[str, Any]) -> Causes:
    """Return why the answers do not allow what they do not allow; `policy` is the document that was asked about."""
    unsure = [answer for answer in answers if answer.missing_context_keys]
    denied = [answer for answer in answers if not answer.allowed and answer not in unsure]
    boundary = [answer for answer in denied if answer.denied_by_boundary]
    not_granted = _not_granted([answer for answer in denied if answer not in boundary], policy)
    forbidden = [answer for answer in denied if answer not in boundary and answer not in not_granted]
    return Causes(not_granted, boundary, forbidden, unsure)


def _not_granted(denied: Sequence[Answer], policy: Mapping[str, Any]) -> list[Answer]:
    granted = {action for statement in policy["Statement"] for action in statement["Action"]}
    implicitly = [answer for answer in denied if answer.decision == "implicitDeny"]
    # The document allows the channels, so only an SCP can deny them implicitly. It denies the heartbeat as well: most
    # such SCPs are about Regions, and the simulator is told no Region.
    if any(answer.action in CHANNEL_ACTIONS for answer in implicitly):
        return []
    return [answer for answer in implicitly if answer.action not in granted]


def denied_actions(answers: Sequence[Answer]) -> list[str] | None:
    """Return what is denied, each action once; `None` where the simulator could not tell."""
    if any(answer.missing_context_keys for answer in answers):
        return None
    return list(dict.fromkeys(answer.action for answer in answers if not answer.allowed))


def failure(error: Exception, *, secret: bool) -> str:
    """Return AWS's code and message; the message repeats what was asked about, and is left out for a secret."""
    message = " ".join(str(error).split())
    found = _AWS_ERROR.search(message)
    if secret:
        return found["code"] if found else ""
    return found["error"] if found else message
