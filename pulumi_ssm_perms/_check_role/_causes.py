"""What a check can find: each cause with its text, its severity and whether it ends a run, and findings as lines."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._errors import grouped, listed
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._validators import AGENT_NAMES_THE_GROUP

from ._role import Role

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."
NO_ROLES: Final = (
    "roles is empty, so the policy is attached to no role. If a search made the list, it found nothing: check the "
    "search."
)
_HEARTBEAT: Final = f"{_document.UPDATE_INSTANCE_INFORMATION}, the heartbeat"


class Cause(enum.Enum):
    """What IAM allows a role or why it doesn't, or why that is unknown: the text, with places for facts."""

    ALLOWED = "IAM allows {roles} all {count} actions{grantors}."
    NO_HEARTBEAT = (
        f"{{roles}} may not call {_HEARTBEAT}: no policy of the role allows "
        "it, or an SCP of the organization blocks it. Nodes with this role do not register with Systems Manager "
        "(TargetNotConnected). Set «allow_update_instance_information», or ignore this if Default Host Management is "
        "on."
    )
    NO_HEARTBEAT_OR_TASKS = f"{NO_HEARTBEAT} Tasks of ECS need no heartbeat."
    TAKEN_AWAY = (
        f"This update takes {_HEARTBEAT}, away from {{roles}}: only this component's policy allows it. Nodes with this "
        "role lose their connection to Systems Manager (ConnectionLost). Leave «allow_update_instance_information» on, "
        "or ignore this if Default Host Management is on."
    )
    TAKEN_AWAY_OR_TASKS = f"{TAKEN_AWAY} Tasks of ECS need no heartbeat."
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
    NOT_YET = (
        "IAM was not asked about {roles} in this preview, because the role, or something else that the answer depends "
        "on, does not exist yet. `pulumi up` asks."
    )


ENDS_RUN: Final[Mapping[Cause, bool]] = {
    Cause.ALLOWED: False,
    Cause.NO_HEARTBEAT: True,
    Cause.NO_HEARTBEAT_OR_TASKS: False,
    Cause.TAKEN_AWAY: True,
    Cause.TAKEN_AWAY_OR_TASKS: False,
    Cause.BOUNDARY: True,
    Cause.DENIED_IN: True,
    Cause.DENIED: True,
    Cause.DEPENDS: False,
    Cause.OTHER_ACCOUNT: False,
    Cause.UNREACHABLE_GROUP: False,
    Cause.NOT_ASKED: True,
    Cause.MAY_NOT_ASK: True,
    Cause.NOT_YET: False,
}
"""Whether a cause ends a run in which all must be allowed (`require_allowed`)."""

INFORMATION: Final = frozenset({Cause.ALLOWED, Cause.OTHER_ACCOUNT, Cause.NOT_YET})
DENIALS: Final = frozenset(
    {
        Cause.NO_HEARTBEAT,
        Cause.NO_HEARTBEAT_OR_TASKS,
        Cause.TAKEN_AWAY,
        Cause.TAKEN_AWAY_OR_TASKS,
        Cause.BOUNDARY,
        Cause.DENIED_IN,
        Cause.DENIED,
    }
)
# After these, a line says what the simulator does not see.
UNCERTAIN: Final = DENIALS | {Cause.DEPENDS}
_STILL_THERE: Final = (
    " Pulumi deletes last, so a policy that this update deletes still denies it: run `pulumi up` once without "
    "«require_allowed», or delete that policy first (--target)."
)
REMEDIES: Final[Mapping[Cause, str]] = {Cause.DENIED_IN: _STILL_THERE, Cause.DENIED: _STILL_THERE}
"""What an error says beside the text of its cause."""


class Finding(NamedTuple):
    """A cause that concerns a role, with the facts that its text has places for."""

    role: Role | None
    cause: Cause
    facts: Mapping[str, str]
    # Findings of one cause with the same key become one line, with the facts of the first.
    key: str


def finding(role: Role | None, cause: Cause, **facts: str) -> Finding:
    """Return a finding, whose line it shares with others of the same text."""
    return Finding(role, cause, facts, key=cause.value.format(roles="", **facts))


def merge(findings: Iterable[Finding]) -> Iterator[tuple[Cause, str]]:
    """Yield the text for findings of the same cause, with the names of their roles."""
    for several in grouped(findings, lambda finding: (finding.cause, finding.key)):
        who = [finding.role.shown for finding in several if finding.role]
        roles = f"role{'s' if len(who) > 1 else ''} {listed(who)}" if who else "the role"
        yield several[0].cause, named(several[0].cause.value).format(roles=roles, **several[0].facts)


def ends_run(*, may_change: bool) -> frozenset[Cause]:
    """Return the causes that end a run in which all must be allowed.

    A denial does not end a preview if the program may change the answer before it comes to the component.
    """
    ends = frozenset(cause for cause, ends in ENDS_RUN.items() if ends)
    return ends - DENIALS if may_change else ends
