"""What a check can find: each cause with its text, and findings as lines."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pulumi_ssm_perms import _document
from pulumi_ssm_perms._errors import grouped, listed
from pulumi_ssm_perms._input_names import named
from pulumi_ssm_perms._validators import AGENT_NAMES_THE_GROUP

from ._role import Role

# "Testing IAM policies with the IAM policy simulator" (IAM User Guide).
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."
_HEARTBEAT: Final = f"{_document.UPDATE_INSTANCE_INFORMATION}, the heartbeat"
_NOT_REGISTERED: Final = "Nodes with this role do not register with Systems Manager (TargetNotConnected)."
_UNLESS_DEFAULT: Final = "ignore this if Default Host Management is on"
_ADVISORY: Final = 'With «check»="advisory", this is a warning.'


class Row(NamedTuple):
    """A cause: its text with places for facts, and what is done about it."""

    text: str
    # Whether it is a warning; otherwise it is information.
    warns: bool = True
    # Whether it ends a run before the policy is written, if the check is mandatory; then an error adds the way out.
    ends: bool = False
    way_out: str = ""


class Cause(enum.Enum):
    """What IAM allows a role or why it doesn't, or why that is not known."""

    ALLOWED = Row("IAM allows {roles} all {count} actions{asked} in {region}{resources}{heartbeat}.", warns=False)
    NOT_TOLD = Row(
        "IAM was not told {keys}, which policies of {roles} depend on: a Deny that depends on such a key was not "
        "applied.",
        warns=False,
    )
    NO_HEARTBEAT = Row(
        f"{{roles}} may not call {_HEARTBEAT}, in {{region}}: no policy of the role allows it, or an SCP of the "
        f"organization denies it. {_NOT_REGISTERED} Set «allow_update_instance_information», or "
        f"{_UNLESS_DEFAULT}.{{not_told}}"
    )
    HEARTBEAT_DENIED = Row(
        f"{{roles}} may not call {_HEARTBEAT}, in {{region}}: {{why}}. {_NOT_REGISTERED} {{change}}, or "
        f"{_UNLESS_DEFAULT}.{{not_told}}"
    )
    TAKEN_AWAY = Row(
        f"This update, or the next with `--refresh`, takes {_HEARTBEAT}, away from {{roles}}: only this component's "
        "policy allows it. Nodes with this role lose their connection to Systems Manager (ConnectionLost). Leave "
        f"«allow_update_instance_information» on, or {_UNLESS_DEFAULT}.",
        ends=True,
        way_out=_ADVISORY,
    )
    BOUNDARY = Row(
        "{roles} may not call {calls} in {region}: {why}. {change}.{not_told}",
        ends=True,
        way_out=_ADVISORY,
    )
    DENIED = Row(
        "{roles} may not call {calls} in {region}: {why}. {change}.{not_told}",
        ends=True,
        way_out=f"If this update deletes that policy, it does so last, after this check. {_ADVISORY}",
    )
    SCP = Row(
        "IAM's simulator says that an SCP{boundary} denies {roles} {calls} in {region}. It judges SCPs without most "
        "keys of a real request: start a session before you change an SCP."
    )
    OWN_DENY = Row(
        "{roles} may not call {calls} in {region}: this component's own policy, as IAM shows it, denies it. Unless "
        "this run writes the policy, it was changed outside of Pulumi: `pulumi up --refresh`."
    )
    NOT_SHOWN = Row(
        "IAM does not show {calls} in this component's policy on {roles} yet. If this run wrote it, run again; "
        "otherwise it was taken away or changed outside of Pulumi: `pulumi up --refresh`."
    )
    NOT_THERE = Row(
        "IAM does not show {calls} in this component's policy on {roles}. Unless this update writes it, it was taken "
        "away or changed outside of Pulumi: `pulumi up --refresh`."
    )
    ONLY_OTHERS = Row(
        "IAM names only {policies} for {calls} of {roles}, not this component's policy: before you remove any of them, "
        "run `pulumi up --refresh`.",
        warns=False,
    )
    NOT_WRITTEN = Row(
        "This run does not write this document to {roles}, so IAM can't say what it will allow. `pulumi up` "
        "without --target and --exclude writes it, unless a transform changes the policy."
    )
    OTHER_ACCOUNT = Row(
        "IAM cannot be asked about another account: {policies} must allow {roles} as well.", warns=False
    )
    UNREACHABLE_GROUP = Row(
        f"{{roles}} cannot write to the log group {{group}} of another account: {AGENT_NAMES_THE_GROUP}."
    )
    NOT_ASKED = Row("IAM could not be asked about {roles}{answer}. {remedy}.", ends=True, way_out=_ADVISORY)
    NOT_CONFIRMED = Row("IAM could not be asked whether this component's policy is on {roles}{answer}. {remedy}.")
    NOT_YET = Row(
        "IAM was not asked about {roles} in this preview, because the role, or something else that the answer depends "
        "on, does not exist yet. `pulumi up` asks.",
        warns=False,
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
        return finding.cause, finding.facts.get("code") or finding.cause.value.text.format(roles="", **finding.facts)

    for group in grouped(findings, key):
        names = list(dict.fromkeys(finding.role.shown for finding in group if finding.role))
        roles = f"role{'s' if len(names) > 1 else ''} {listed(names)}" if names else "the role"
        yield group[0].cause, named(group[0].cause.value.text).format(roles=roles, **group[0].facts)
