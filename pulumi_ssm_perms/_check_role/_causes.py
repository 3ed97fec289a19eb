"""What a check can find: each cause with its text, and findings as lines."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._errors import grouped, listed
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._validators import AGENT_NAMES_THE_GROUP

from ._role import Role

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."
ADVISORY: Final = 'With «check»="advisory", this is a warning.'
_HEARTBEAT: Final = f"{_document.UPDATE_INSTANCE_INFORMATION}, the heartbeat"
_NOT_REGISTERED: Final = "Without it, nodes do not register with Systems Manager (TargetNotConnected)."
_UNLESS_DEFAULT: Final = "ignore this if Default Host Management is on"
_CHANGED: Final = "the policy was changed outside of Pulumi: run `pulumi up --refresh`"


Level = Literal["info", "warning", "error"]


def _info(text: str) -> tuple[str, Level]:
    return text, "info"


def _error(text: str) -> tuple[str, Level]:
    return text, "error"


class Cause(enum.Enum):
    """What IAM allows a role or why it doesn't, or why that is not known.

    An error ends the run if the check is mandatory and the policy is not written yet; otherwise it is a warning.
    """

    def __init__(self, text: str, level: Level = "warning") -> None:
        # A format string, filled from the facts of a finding.
        self.text = text
        self.level = level

    ALLOWED = _info("IAM allows {roles} all {count} actions{asked} in {region}{resources}{heartbeat}.")
    NOT_TOLD = _info(
        "IAM was not told {keys}, which conditions in policies of {roles} are about: a real request may be decided "
        "otherwise."
    )
    NO_HEARTBEAT = (
        f"{{roles}} may not call {_HEARTBEAT}, in {{region}}: no policy allows it. {_NOT_REGISTERED} Set "
        f"«allow_update_instance_information», or {_UNLESS_DEFAULT}.{{not_told}}"
    )
    HEARTBEAT_DENIED = (
        f"{{roles}} may not call {_HEARTBEAT}, in {{region}}: {{why}}. {_NOT_REGISTERED} {{change}}, or "
        f"{_UNLESS_DEFAULT}.{{not_told}}"
    )
    TAKEN_AWAY = _error(
        f"This update, or the next with `--refresh`, takes {_HEARTBEAT}, away from {{roles}}: only this component's "
        "policy allows it. Nodes then lose their connection to Systems Manager (ConnectionLost). Leave "
        f"«allow_update_instance_information» on, or {_UNLESS_DEFAULT}."
    )
    BOUNDARY = _error("{roles} may not call {calls} in {region}: {why}. {change}.{not_told}")
    DENIED = _error(
        "{roles} may not call {calls} in {region}: {why}. {change}. If this update deletes such a Deny, Pulumi does so "
        "after this check.{not_told}"
    )
    SCP = (
        "IAM's simulator denies {roles} {calls} in {region}, and no Deny in a policy explains it, so an "
        "SCP{boundary} may be the cause. The simulator does not know most keys of a real request: start a session "
        "before you change an SCP.{heartbeat}"
    )
    OWN_DENY = (
        "{roles} may not call {calls} in {region}: this component's own policy, as IAM shows it, denies it. Unless "
        f"this run writes the policy, {_CHANGED}."
    )
    NOT_SHOWN = (
        "IAM does not show {calls} in this component's policy on {roles}. If this run writes the policy, IAM shows it "
        f"later; otherwise, {_CHANGED}."
    )
    ONLY_OTHERS = _info(
        "{roles} may call {calls} by {policies}, and IAM does not name this component's policy for it: before you "
        "remove any of these policies, run `pulumi up --refresh`."
    )
    NOT_WRITTEN = (
        "This run does not write this component's policy to {roles} as the program declares it, so IAM cannot be asked "
        "about it: --target or --exclude leaves the policy out, a transform changes it, or a write has failed."
    )
    OTHER_ACCOUNT = _info("IAM cannot be asked about another account: {policies} must allow {roles} as well.")
    UNREACHABLE_GROUP = (
        f"{{roles}} cannot write to the log group {{group}} of another account: {AGENT_NAMES_THE_GROUP}."
    )
    NOT_ASKED = _error("IAM could not be asked about {roles}{answer}. {remedy}.")
    NOT_CONFIRMED = "IAM could not be asked whether this component's policy is on {roles}{answer}. {remedy}."
    NOT_YET = _info(
        "IAM was not asked about {roles} in this preview, because the role, or something else that the answer depends "
        "on, does not exist yet. `pulumi up` asks."
    )


@dataclass(frozen=True)
class Finding:
    """A cause that concerns a role (`None` if the role is not known), with the facts that its text has places for."""

    role: Role | None
    cause: Cause
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    # What it adds to the denied actions.
    denied: tuple[str, ...] = ()


def lines(findings: Iterable[Finding]) -> Iterator[tuple[Cause, str]]:
    """Yield a line for the findings that have a text in common, with the names of their roles.

    The texts of AWS's failures name roles. So failures of one code share a line, which has the first one's text.
    """

    def key(finding: Finding) -> object:
        return finding.cause, finding.facts.get("code") or finding.cause.text.format(roles="", **finding.facts)

    for group in grouped(findings, key):
        names = list(dict.fromkeys(finding.role.shown for finding in group if finding.role))
        roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
        yield group[0].cause, named(group[0].cause.text).format(roles=roles, **group[0].facts)
