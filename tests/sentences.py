"""What a check says, written out: as it is said after the write, and `planned` for what is said before it."""

from typing import Final

from tests.answers import GROUP_THERE, HEARTBEAT
from tests.documents import CHANNEL_ACTIONS
from tests.world import CORE, LIMIT, Said

ALL_CHANNELS: Final = ", ".join(CHANNEL_ACTIONS)
ALLOWED: Final = "- IAM allows "
UNSEEN: Final = " Its simulator does not see key policies and bucket policies."


def planned(line: str) -> str:
    """Return what is said before the write: what IAM would do."""
    for does, would in (("IAM allows ", "would allow "), ("IAM denies ", "would deny ")):
        line = line.replace(does, f"With this component's policy, IAM {would}")
    return line


def lines_of(said: Said, *, before: bool, ends: bool = False) -> list[str]:
    """Return what is printed. A run that ends does not say that anything is allowed, because it writes no policy."""
    lines = [line for line in said.lines if not (ends and line.startswith(ALLOWED))]
    return sorted(map(planned, lines) if before else lines)


def ok(count: int, by: str | None = f"'{CORE}'", *, role: str = "role 'web'", where: str = "eu-west-1") -> str:
    """Return what is said if all is allowed."""
    heartbeat = f" (the heartbeat by {by}, which must stay)" if by else ""
    return f"{ALLOWED}{role} all {count} actions in {where}{heartbeat}."


def not_told(keys: str) -> str:
    """Return what is said of keys that IAM was not told."""
    return f" IAM was not told {keys}: a real request may be decided otherwise." if keys else ""


def denied(calls: str, by: str, *, roles: str = "role 'web'", region: str = "eu-west-1") -> str:
    """Return what is said of what policies deny."""
    return (
        f"IAM denies {roles} {calls} in {region}: it is denied in {by}. Make an exception there. If the Deny depends "
        "on more than the Region, start a session first: the simulator knows few keys of a real request. If this "
        "update deletes the Deny, Pulumi does so after this check."
    )


def bounded(calls: str, region: str = "eu-west-1", keys: str = "", limit: str = LIMIT) -> str:
    """Return what is said of what the boundary denies, or leaves out."""
    return (
        f"IAM denies role 'web' {calls} in {region}: the permissions boundary {limit} does not allow it, or "
        f"denies it. Change the boundary so that it allows it.{not_told(keys)}"
    )


def by_scp(calls: str = ALL_CHANNELS, region: str = "eu-west-1", keys: str = "") -> str:
    """Return what is said of what neither a policy nor the boundary explains."""
    return (
        f"IAM denies role 'web' {calls} in {region}, and no Deny in a policy explains it: an SCP may be the cause. The "
        "simulator knows few keys of a real request: start a session before you change an SCP."
        f"{not_told(keys)}"
    )


def missing(calls: str = ALL_CHANNELS, region: str = "eu-west-1", role: str = "role 'web'") -> str:
    """Return what is said after the write of what no policy allows."""
    return (
        f"IAM denies {role} {calls} in {region}: no policy allows it, as IAM shows the role. If this run wrote this "
        "component's policy, run the command again; otherwise run `pulumi up --refresh`, which writes the policy where "
        "it was changed outside of Pulumi, or left out."
    )


def own_deny(calls: str, region: str = "eu-west-1") -> str:
    """Return what is said of what only the component's own policy denies."""
    return (
        f"This component's own policy, as IAM shows it, denies role 'web' {calls} in {region}. Unless this run writes "
        "the policy, run `pulumi up --refresh`, which removes that Deny."
    )


def silent(roles: str = "role 'web'", region: str = "eu-west-1", keys: str = "", limit: str = "") -> str:
    """Return what is said if nobody allows the heartbeat."""
    limits = f"the permissions boundary {limit} or an SCP" if limit else "an SCP"
    return (
        f"IAM denies {roles} {HEARTBEAT}, the heartbeat, in {region}: no policy allows it, or {limits} does not. "
        "Without it, nodes do not register with Systems Manager (TargetNotConnected). Set "
        f"allow_update_instance_information, or ignore this if Default Host Management is on.{not_told(keys)}"
    )


def silenced(by: str, region: str = "eu-west-1") -> str:
    """Return what is said if somebody denies the heartbeat."""
    return (
        f"IAM denies role 'web' {HEARTBEAT}, the heartbeat, in {region}: it is denied in {by}. Without it, nodes do "
        "not register with Systems Manager (TargetNotConnected). Make an exception there, or ignore this if Default "
        "Host Management is on."
    )


TAKEN_AWAY: Final = (
    f"This update, or the next with `--refresh`, takes {HEARTBEAT}, the heartbeat, away from role 'web': only this "
    "component's policy allows it. Its nodes then lose their connection to Systems Manager (ConnectionLost). "
    "Leave allow_update_instance_information on, or ignore this if Default Host Management is on."
)
OTHER_ACCOUNTS: Final = " It cannot be asked about {}, of another account."
UNREACHABLE: Final = (
    f"role 'web' cannot write to the log group {GROUP_THERE} of another account: the agent sends only the group's "
    "name, so its logs go to the group of that name in the role's own account."
)
NOT_YET: Final = (
    "- IAM was not asked about {} in this preview, because the role, or something else that the answer depends on, "
    "is not known yet. `pulumi up` asks."
)
AWS_SAID: Final = "operation error IAM: {}, https response error StatusCode: 400, RequestID: 1, api error {}"
GRANT: Final = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"


def not_asked(role: str, said: str, remedy: str = "Correct that, or run the command again") -> str:
    """Return what is said if IAM could not be asked."""
    return f"IAM could not be asked about {role} ({said}). {remedy}."
