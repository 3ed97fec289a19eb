"""What a check says, written out."""

from typing import Final

from tests.answers import GROUP_THERE, HEARTBEAT
from tests.world import ALL_CHANNELS, CORE, LIMIT, OPEN_DATA, Said

ALLOWED: Final = "- IAM allows "


def lines_of(said: Said, *, ends: bool) -> list[str]:
    """Return what a run prints. Of one that ends, nothing is allowed: it writes no policy."""
    return sorted(line for line in said.lines if not (ends and line.startswith(ALLOWED)))


def ok(count: int, by: str | None = f"'{CORE}'", *, role: str = "role 'web'", where: str = "eu-west-1") -> str:
    """Return what is said if all is allowed."""
    must_stay = "one of which must stay" if by and ", " in by else "which must stay"
    grantors = f" (the heartbeat by {by}, {must_stay})" if by else ""
    return f"{ALLOWED}{role} all {count} actions in {where}{grantors}."


def all_asked(line: str) -> str:
    """Return what is said if IAM was not asked about all resources."""
    return line.replace(" actions in", " actions that it was asked about in")


def not_told(keys: str) -> str:
    """Return what is said of keys that IAM was not told, if nothing is denied beside them."""
    return (
        f"- IAM was not told {keys}, which conditions in policies of role 'web' are about: a real request may be "
        "decided otherwise."
    )


def _otherwise(keys: str) -> str:
    return f" IAM was not told {keys}: a real request may be decided otherwise." if keys else ""


def denied(calls: str, by: str, *, keys: str = "", roles: str = "role 'web'", region: str = "eu-west-1") -> str:
    """Return what is said of what policies deny."""
    return (
        f"{roles} may not call {calls} in {region}: it is denied in {by}. Make an exception there. If this update "
        f"deletes such a Deny, Pulumi does so after this check.{_otherwise(keys)}"
    )


def bounded(calls: str, region: str = "eu-west-1", keys: str = "") -> str:
    """Return what is said of what the boundary does not allow."""
    return (
        f"role 'web' may not call {calls} in {region}: the permissions boundary {LIMIT} does not allow it. Allow it "
        f"there, and look for a Deny there.{_otherwise(keys)}"
    )


def by_scp(calls: str = ALL_CHANNELS, region: str = "eu-west-1", boundary: str = "") -> str:
    """Return what is said of what only an SCP can deny."""
    heartbeat = (
        " So the check cannot tell whether a policy of the role allows the heartbeat, or whether this update takes it "
        "away."
    )
    return (
        f"IAM's simulator denies role 'web' {calls} in {region}, and no Deny in a policy explains it, so "
        f"an SCP{boundary} may be the cause. The simulator does not know most keys of a real request: start a session "
        f"before you change an SCP.{heartbeat if HEARTBEAT in calls else ''}"
    )


def silent(roles: str = "role 'web'", region: str = "eu-west-1", keys: str = "") -> str:
    """Return what is said if nobody allows the heartbeat."""
    return (
        f"{roles} may not call {HEARTBEAT}, the heartbeat, in {region}: no policy allows it. Without it, nodes do "
        "not register with Systems Manager (TargetNotConnected). Set "
        "allow_update_instance_information, or ignore this if Default Host Management is on."
        f"{_otherwise(keys)}"
    )


def silenced(why: str, keys: str = "", region: str = "eu-west-1") -> str:
    """Return what is said if somebody denies the heartbeat."""
    change = "Allow it there, and look for a Deny there" if "boundary" in why else "Make an exception there"
    return (
        f"role 'web' may not call {HEARTBEAT}, the heartbeat, in {region}: {why}. Without it, nodes do not "
        f"register with Systems Manager (TargetNotConnected). {change}, or ignore this if Default Host "
        f"Management is on.{_otherwise(keys)}"
    )


TAKEN_AWAY: Final = (
    f"This update, or the next with `--refresh`, takes {HEARTBEAT}, the heartbeat, away from role 'web': only this "
    "component's policy allows it. Nodes then lose their connection to Systems Manager (ConnectionLost). "
    "Leave allow_update_instance_information on, or ignore this if Default Host Management is on."
)
OTHER_ACCOUNTS: Final = (
    "- IAM cannot be asked about another account: the key policy of {} and the bucket policy of {} must allow role "
    "'web' as well."
)
UNREACHABLE: Final = (
    f"role 'web' cannot write to the log group {GROUP_THERE} of another account: the agent sends only the group's "
    "name, so its logs go to the group of that name in the role's own account."
)
NOT_YET: Final = (
    "- IAM was not asked about {} in this preview, because the role, or something else that the answer depends on, "
    "does not exist yet. `pulumi up` asks."
)
NOT_CONFIRMED: Final = (
    "IAM could not be asked whether this component's policy is on role 'web' (Throttling). Run the command again."
)
NOT_WRITTEN: Final = (
    "This run does not write this component's policy to role 'web' as the program declares it, so IAM cannot be asked "
    "about it: --target or --exclude leaves the policy out, a transform changes it, or a write has failed."
)
AWS_SAID: Final = "operation error IAM: {}, https response error StatusCode: 400, RequestID: 1, api error {}"
GRANT: Final = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"


def not_asked(role: str, said: str, remedy: str = "Run the command again") -> str:
    """Return what is said if IAM could not be asked."""
    return f"IAM could not be asked about {role} ({said}). {remedy}."


def not_shown(calls: str = ALL_CHANNELS) -> str:
    """Return what is said if the component's policy is not there as it should be."""
    return (
        f"IAM does not show {calls} in this component's policy on role 'web'. If this run writes the policy, IAM shows "
        "it later; otherwise, the policy was changed outside of Pulumi: run `pulumi up --refresh`."
    )


def only_others(policies: str, calls: str = ALL_CHANNELS) -> str:
    """Return what is said if IAM names other policies instead of the component's."""
    return (
        f"- role 'web' may call {calls} by {policies}, and IAM does not name this component's policy for it: "
        "before you remove any of these policies, run `pulumi up --refresh`."
    )


def own_deny(calls: str = OPEN_DATA) -> str:
    """Return what is said if the component's own policy denies something."""
    return (
        f"role 'web' may not call {calls} in eu-west-1: this component's own policy, as IAM shows it, denies it. "
        "Unless this run writes the policy, the policy was changed outside of Pulumi: run `pulumi up --refresh`."
    )
