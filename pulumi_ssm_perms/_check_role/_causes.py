"""What a check can find: each cause with its text and its weight, and findings as lines."""

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
STILL_THERE: Final = (
    "Pulumi deletes last, so a policy that this update deletes still denies it: run `pulumi up` once without "
    "«require_allowed», or delete that policy first (--target)."
)
_HEARTBEAT: Final = f"{_document.UPDATE_INSTANCE_INFORMATION}, the heartbeat"
_NO_HEARTBEAT: Final = (
    f"{{roles}} may not call {_HEARTBEAT}: no policy of the role allows it, or an SCP of the organization blocks it. "
    "Nodes with this role do not register with Systems Manager (TargetNotConnected). Set "
    "«allow_update_instance_information», or ignore this if Default Host Management is on."
)
_TAKEN_AWAY: Final = (
    f"This update takes {_HEARTBEAT}, away from {{roles}}: only this component's policy allows it. Nodes with this "
    "role lose their connection to Systems Manager (ConnectionLost). Leave «allow_update_instance_information» on, or "
    "ignore this if Default Host Management is on."
)
_OR_TASKS: Final = "Tasks of ECS need no heartbeat."


class Kind(enum.Enum):
    """What a cause says of the role."""

    INFORMATION = enum.auto()
    DENIAL = enum.auto()
    # The simulator cannot tell.
    DOUBT = enum.auto()
    # In another account, which the simulator is not asked about.
    ELSEWHERE = enum.auto()
    NO_ANSWER = enum.auto()


class Row(NamedTuple):
    """A cause: its text with places for facts, its kind, and whether it ends a run in which all must be allowed."""

    text: str
    kind: Kind
    ends_run: bool = False
    # What an error says beside the text.
    remedy: str = ""


class Cause(enum.Enum):
    """What IAM allows a role or why it doesn't, or why that is unknown."""

    ALLOWED = Row("IAM allows {roles} all {count} actions{grantors}.", Kind.INFORMATION)
    NO_HEARTBEAT = Row(_NO_HEARTBEAT, Kind.DENIAL, ends_run=True)
    NO_HEARTBEAT_OR_TASKS = Row(f"{_NO_HEARTBEAT} {_OR_TASKS}", Kind.DENIAL)
    TAKEN_AWAY = Row(_TAKEN_AWAY, Kind.DENIAL, ends_run=True)
    TAKEN_AWAY_OR_TASKS = Row(f"{_TAKEN_AWAY} {_OR_TASKS}", Kind.DENIAL)
    BOUNDARY = Row(
        "{roles} may not call {calls}: the permissions boundary{boundary} does not allow it. Allow it there, and look "
        "for a Deny there.",
        Kind.DENIAL,
        ends_run=True,
    )
    DENIED_IN = Row(
        "{roles} may not call {calls}: it is denied in {policies}. Make an exception there, unless the statement has a "
        "condition that real requests do not meet.",
        Kind.DENIAL,
        ends_run=True,
        remedy=STILL_THERE,
    )
    DENIED = Row(
        "{roles} may not call {calls}: the cause is an SCP of the organization, or an explicit deny that IAM does not "
        "name. Look for them, and make an exception there. If one has a condition that the simulator cannot know, such "
        "as one on the Region, real requests may pass.",
        Kind.DENIAL,
        ends_run=True,
        remedy=STILL_THERE,
    )
    DEPENDS = Row(
        "IAM's simulator could not tell whether {roles} may call {calls}: it depends on {keys}, which only a real "
        "request has.",
        Kind.DOUBT,
    )
    OTHER_ACCOUNT = Row(
        "IAM cannot be asked about another account: {policies} must allow {roles} as well.", Kind.INFORMATION
    )
    UNREACHABLE_GROUP = Row(
        f"{{roles}} cannot write to the log group {{group}} of another account: {AGENT_NAMES_THE_GROUP}.",
        Kind.ELSEWHERE,
    )
    NOT_ASKED = Row(
        "IAM could not be asked about {roles}{answer}. Run it again, or leave {option} out.",
        Kind.NO_ANSWER,
        ends_run=True,
    )
    MAY_NOT_ASK = Row(
        "IAM could not be asked about {roles}{answer}. Let the deploying identity call iam:GetRole and "
        "iam:SimulatePrincipalPolicy on it, or leave {option} out.",
        Kind.NO_ANSWER,
        ends_run=True,
    )
    NOT_YET = Row(
        "IAM was not asked about {roles} in this preview, because the role, or something else that the answer depends "
        "on, does not exist yet. `pulumi up` asks.",
        Kind.INFORMATION,
    )


class Finding(NamedTuple):
    """A cause that concerns a role (`None` if the role is not known), with the facts that its text has places for."""

    role: Role | None
    cause: Cause
    facts: Mapping[str, str]
    # Findings of one cause with the same key become one line, with the facts of the first.
    key: str


def make_finding(role: Role | None, cause: Cause, **facts: str) -> Finding:
    """Return a finding that shares its line with those of the same text."""
    return Finding(role, cause, facts, key=cause.value.text.format(roles="", **facts))


def lines(findings: Iterable[Finding]) -> Iterator[tuple[Cause, str]]:
    """Yield a line for the findings of each cause and key, with the names of their roles."""
    for group in grouped(findings, lambda finding: (finding.cause, finding.key)):
        names = [finding.role.shown for finding in group if finding.role]
        roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
        yield group[0].cause, named(group[0].cause.value.text).format(roles=roles, **group[0].facts)
