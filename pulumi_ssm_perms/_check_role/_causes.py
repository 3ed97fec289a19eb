"""What a check can find: each cause with its sentence, and findings as lines."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._errors import grouped, listed, with_input_names
from pulumi_ssm_perms._validators import AGENT_NAMES_THE_GROUP

from ._role import Role

ADVISORY: Final = 'With «check»="advisory", this is a warning.'
_HEARTBEAT: Final = f"{_document.UPDATE_INSTANCE_INFORMATION}, the heartbeat"
_NOT_REGISTERED: Final = "Without it, nodes do not register with Systems Manager (TargetNotConnected)"
_UNLESS_DEFAULT: Final = "ignore this if Default Host Management is on"
# {iam} is "IAM", or "With this component's policy, IAM"; {denies} is "denies" or "would deny".
_DENIES: Final = "{iam} {denies} {roles}"


class Cause(enum.Enum):
    """What IAM allows a role or why it doesn't, or why that is not known: a format for the facts of a finding."""

    ALLOWED = "{iam} {allows} {roles} all {count} actions in {region}{regions}{heartbeat}.{foreign}{unseen}"
    DENIED = (
        f"{_DENIES} {{calls}} in {{region}}: it is denied in {{policies}}. Make an exception there. If the Deny "
        "depends on more than the Region, start a session first: the simulator knows few keys of a real request. If "
        "this update deletes the Deny, Pulumi does so after this check."
    )
    BOUNDARY = (
        f"{_DENIES} {{calls}} in {{region}}: the permissions boundary {{boundary}} does not allow it, or "
        "denies it. Change the boundary so that it allows it.{not_told}"
    )
    SCP = (
        f"{_DENIES} {{calls}} in {{region}}, and no Deny in a policy explains it: an SCP may be the cause. The "
        "simulator knows few keys of a real request: start a session before you change an SCP.{not_told}"
    )
    MISSING = (
        f"{_DENIES} {{calls}} in {{region}}: no policy allows it, as IAM shows the role. If this run wrote this "
        "component's policy, run the command again; otherwise run `pulumi up --refresh`, which writes the policy where "
        "it was changed outside of Pulumi, or left out."
    )
    OWN_DENY = (
        "This component's own policy, as IAM shows it, denies {roles} {calls} in {region}. Unless this run writes the "
        "policy, run `pulumi up --refresh`, which removes that Deny."
    )
    NO_HEARTBEAT = (
        f"{_DENIES} {_HEARTBEAT}, in {{region}}: no policy allows it, or {{limits}} does not. {_NOT_REGISTERED}. Set "
        f"«allow_update_instance_information», or {_UNLESS_DEFAULT}.{{not_told}}"
    )
    HEARTBEAT_DENIED = (
        f"{_DENIES} {_HEARTBEAT}, in {{region}}: it is denied in {{policies}}. {_NOT_REGISTERED}. Make an exception "
        f"there, or {_UNLESS_DEFAULT}."
    )
    TAKEN_AWAY = (
        f"This update, or the next with `--refresh`, takes {_HEARTBEAT}, away from {{roles}}: only this component's "
        "policy allows it. Its nodes then lose their connection to Systems Manager (ConnectionLost). Leave "
        f"«allow_update_instance_information» on, or {_UNLESS_DEFAULT}."
    )
    UNREACHABLE_GROUP = (
        f"{{roles}} cannot write to the log group {{group}} of another account: {AGENT_NAMES_THE_GROUP}."
    )
    NOT_ASKED = "IAM could not be asked about {roles}{answer}. {remedy}."
    NOT_YET = (
        "IAM was not asked about {roles} in this preview, because the role, or something else that the answer depends "
        "on, is not known yet. `pulumi up` asks."
    )


DENIALS: Final = frozenset(
    {
        Cause.DENIED,
        Cause.BOUNDARY,
        Cause.SCP,
        Cause.MISSING,
        Cause.OWN_DENY,
        Cause.NO_HEARTBEAT,
        Cause.HEARTBEAT_DENIED,
    }
)
"""The causes that are denials."""
INFORMATION: Final = frozenset({Cause.ALLOWED, Cause.NOT_YET})
"""The causes that are no warnings."""
ENDING: Final = frozenset({Cause.DENIED, Cause.BOUNDARY, Cause.TAKEN_AWAY, Cause.NOT_ASKED})
"""What ends a run if the check is mandatory and the policy is not written yet."""


@dataclass(frozen=True)
class Finding:
    """A cause that concerns a role (`None` if not known), with the facts that its sentence has places for."""

    role: Role | None
    cause: Cause
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    # What it adds to the denied actions.
    denied_actions: tuple[str, ...] = ()


def lines(findings: Iterable[Finding]) -> Iterator[tuple[Cause, str]]:
    """Yield a line for the findings that have a sentence in common, with the names of their roles.

    The texts of AWS's failures name roles. So failures of one code share a line, which has the first one's text.
    """

    def key(finding: Finding) -> object:
        return finding.cause, finding.facts.get("code") or finding.cause.value.format(roles="", **finding.facts)

    for group in grouped(findings, key):
        names = list(dict.fromkeys(finding.role.shown for finding in group if finding.role))
        roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
        yield group[0].cause, with_input_names(group[0].cause.value).format(roles=roles, **group[0].facts)
