"""What to ask IAM's policy simulator about a document, and what its answers mean, in words. Nothing here asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from . import _naming
from ._errors import SECRET
from ._policy import ANY, CHANNEL_ACTIONS, UPDATE_INSTANCE_INFORMATION

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "(IAM's simulator sees no key, bucket and endpoint policies and no RCPs.)"
_ANY: Final = ANY[0]


@dataclass(frozen=True)
class Answer:
    """The simulator's decision on one action and resource."""

    action: str
    resource: str
    allowed: bool
    decision: str
    missing_context_keys: Sequence[str] = ()
    denied_by_boundary: bool = False


def questions(policy: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return, for each resource of the document, the actions to ask about; the heartbeat is always among them."""
    asked: dict[str, list[str]] = {}
    for statement in policy["Statement"]:
        resources = statement["Resource"]
        for resource in [resources] if isinstance(resources, str) else resources:
            asked.setdefault(resource, []).extend(statement["Action"])
    asked.setdefault(_ANY, []).append(UPDATE_INSTANCE_INFORMATION)
    return {resource: list(dict.fromkeys(actions)) for resource, actions in asked.items()}


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


def explain(
    who: str, answers: Sequence[Answer], boundary: str | None, policy: Mapping[str, Any], *, secret: bool
) -> Iterator[str]:
    """Yield a message for each cause: what the role may not do, why, and what to do about it."""
    unsure = [answer for answer in answers if answer.missing_context_keys]
    denied = [answer for answer in answers if not answer.allowed and answer not in unsure]
    by_boundary = [answer for answer in denied if answer.denied_by_boundary]
    ungranted = _ungranted([answer for answer in denied if answer not in by_boundary], policy)
    forbidden = [answer for answer in denied if answer not in by_boundary and answer not in ungranted]
    if ungranted:
        yield (
            f"{who} may not call {UPDATE_INSTANCE_INFORMATION}: nodes with this role do not register with Systems "
            f"Manager (TargetNotConnected). Set {_naming.spell('allow_update_instance_information')}, or ignore this "
            f"where Default Host Management is on. {UNSEEN}"
        )
    if by_boundary:
        shown = "" if secret else f" {boundary}"
        yield (
            f"{who} may not call {_list(by_boundary, secret=secret)}: the role's permissions boundary{shown} does not "
            f"allow it. Allow it there as well. {UNSEEN}"
        )
    if forbidden:
        yield (
            f"{who} may not call {_list(forbidden, secret=secret)}: an explicit deny in one of the role's policies or "
            "an SCP of its organization forbids it. Make an exception there; but if it has a condition, such as one on "
            f"the Region, real requests may pass, which the simulator cannot know. {UNSEEN}"
        )
    if unsure:
        keys = ", ".join(dict.fromkeys(key for answer in unsure for key in answer.missing_context_keys))
        yield (
            f"IAM's simulator could not tell whether {who} may call {_list(unsure, secret=secret)}: it depends on "
            f"{keys}, which only a real request has. {UNSEEN}"
        )


def _ungranted(denied: Sequence[Answer], policy: Mapping[str, Any]) -> list[Answer]:
    """Return what is denied for want of a policy that allows it: the heartbeat, if anything."""
    granted = {action for statement in policy["Statement"] for action in statement["Action"]}
    implicitly = [answer for answer in denied if answer.decision == "implicitDeny"]
    # The document allows the channels, so that an SCP denies them, and one that does takes the heartbeat for the same
    # reason: most are about Regions, which the simulator has none of.
    if any(answer.action in CHANNEL_ACTIONS for answer in implicitly):
        return []
    return [answer for answer in implicitly if answer.action not in granted]


def denied_actions(answers: Sequence[Answer]) -> list[str] | None:
    """Return what is denied, each action once; `None` where the simulator could not tell."""
    if any(answer.missing_context_keys for answer in answers):
        return None
    return list(dict.fromkeys(answer.action for answer in answers if not answer.allowed))


def _list(answers: Sequence[Answer], *, secret: bool) -> str:
    texts = (
        answer.action if answer.resource == _ANY else f"{answer.action} on {SECRET if secret else answer.resource}"
        for answer in answers
    )
    return ", ".join(dict.fromkeys(texts))
