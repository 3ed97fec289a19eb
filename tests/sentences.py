"""What a check says, written out by hand."""

from typing import Final

from tests.answers import HEARTBEAT
from tests.documents import CHANNEL_ACTIONS
from tests.world import CORE

ALL_CHANNELS: Final = ", ".join(CHANNEL_ACTIONS)
ALLOWED: Final = "- With this component's policy, IAM allows "
UNSEEN: Final = " Its simulator does not see key policies and bucket policies."
_NOT_REGISTERED: Final = "Without it, nodes do not register (TargetNotConnected)."
_UNLESS_DEFAULT: Final = "unless Default Host Management is on."


def ok(count: int, by: str | None = f"'{CORE}'", *, role: str = "role 'web'", where: str = "eu-west-1") -> str:
    """Return what is said if all is allowed."""
    stays = "if this update deletes or changes that, nodes lose their connection."
    heartbeat = f" The heartbeat is allowed by {by}: {stays}" if by else ""
    return f"{ALLOWED}{role} all {count} actions in {where}.{heartbeat}"


def not_told(keys: str) -> str:
    """Return what is said of keys that IAM was not told."""
    return f" IAM was not told {keys}: a real request may be decided otherwise." if keys else ""


def denied(calls: str, by: str, *, roles: str = "role 'web'", region: str = "eu-west-1") -> str:
    """Return what is said of what policies deny."""
    return (
        f"IAM denies {roles} {calls} in {region}: it is denied in {by}. Make an exception there, unless the Deny goes "
        "in this update, or is about something that only a real request has, such as its network."
    )


def bounded(calls: str, region: str = "eu-west-1", keys: str = "", limit: str = "'limit'") -> str:
    """Return what is said of what the boundary denies, or leaves out."""
    return (
        f"IAM denies role 'web' {calls} in {region}: it is outside of the permissions boundary {limit}. Let the "
        f"boundary allow it, and not deny it.{not_told(keys)}"
    )


def by_scp(calls: str = ALL_CHANNELS, region: str = "eu-west-1", keys: str = "") -> str:
    """Return what is said of what neither a policy nor the boundary explains."""
    return (
        f"IAM denies role 'web' {calls} in {region}: no policy explains it, so an SCP may be the cause. Start a "
        f"session before you change an SCP.{not_told(keys)}"
    )


def _no_heartbeat(roles: str, region: str, rest: str) -> str:
    return f"IAM denies {roles} {HEARTBEAT}, the heartbeat, in {region}: {rest}"


def silent(roles: str = "role 'web'", region: str = "eu-west-1", keys: str = "") -> str:
    """Return what is said if nobody allows the heartbeat."""
    remedy = f"{_NOT_REGISTERED} Set allow_update_instance_information, {_UNLESS_DEFAULT}{not_told(keys)}"
    return _no_heartbeat(roles, region, f"no policy allows it, or an SCP does not. {remedy}")


def silenced(by: str, region: str = "eu-west-1") -> str:
    """Return what is said if a policy denies the heartbeat."""
    remedy = f"{_NOT_REGISTERED} Make an exception there, {_UNLESS_DEFAULT}"
    return _no_heartbeat("role 'web'", region, f"it is denied in {by}. {remedy}")


def silenced_by_boundary(region: str = "eu-west-1", limit: str = "'limit'", keys: str = "") -> str:
    """Return what is said if the boundary denies the heartbeat, or leaves it out."""
    remedy = f"{_NOT_REGISTERED} Let the boundary allow it, and not deny it, {_UNLESS_DEFAULT}{not_told(keys)}"
    return _no_heartbeat("role 'web'", region, f"it is outside of the permissions boundary {limit}. {remedy}")


def silenced_by_scp(region: str = "eu-west-1") -> str:
    """Return what is said if an SCP denies the heartbeat explicitly."""
    remedy = f"{_NOT_REGISTERED} Start a session before you change an SCP."
    return _no_heartbeat("role 'web'", region, f"no policy explains it, so an SCP may be the cause. {remedy}")


TAKEN_AWAY: Final = (
    f"This update, or the next with `--refresh`, takes {HEARTBEAT}, the heartbeat, away from role 'web': only this "
    "component's policy allows it. Nodes then lose their connection (ConnectionLost). Set "
    f"allow_update_instance_information, {_UNLESS_DEFAULT}"
)
OTHER_ACCOUNTS: Final = " IAM cannot be asked about {}, of another account."
NOT_YET: Final = "- This preview does not know yet what to ask IAM about {}. `pulumi up` asks."
AWS_SAID: Final = "operation error IAM: {}, https response error StatusCode: 400, RequestID: 1, api error {}"
GRANT: Final = "Allow the deploying identity iam:GetRole and iam:SimulatePrincipalPolicy"
AGAIN: Final = "Run the command again"


def not_asked(role: str, said: str, remedy: str = "Correct that, or run the command again") -> str:
    """Return what is said if IAM could not be asked."""
    return f"IAM could not be asked about {role} ({said}). {remedy}."
