"""The table of docs/check-a-role.md: each line of a check in the code's words, what to do, whether it ends a run."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pulumi_ssm_perms import _confirm_roles, _managed
from pulumi_ssm_perms._check_role._causes import Cause

_DEFAULT_HOSTS: Final = "[Default Host Management](find-the-role.md#default-host-management)"
_REFRESH: Final = "run `pulumi up --refresh`"

ADVICE: Final[Mapping[Cause, str]] = {
    Cause.ALLOWED: "nothing. If it names policies for the heartbeat, keep them",
    Cause.NOT_TOLD: "start a session, to be sure",
    Cause.NO_HEARTBEAT: f"set `allow_update_instance_information`, unless {_DEFAULT_HOSTS} sends the heartbeat",
    Cause.HEARTBEAT_DENIED: "make an exception in that policy, or allow it in the boundary, "
    f"unless {_DEFAULT_HOSTS} sends the heartbeat",
    Cause.TAKEN_AWAY: "keep the input, unless [something else sends it](change-it-safely.md#take-the-heartbeat-out)",
    Cause.BOUNDARY: "allow it in the boundary, too",
    Cause.DENIED: "make an exception in that policy; use an advisory check if the Deny "
    "[goes away in this run](#when-a-denial-goes-away), or depends on a key that IAM was not told",
    Cause.SCP: "start a session before you change an SCP",
    Cause.OWN_DENY: f"{_REFRESH}, unless this run writes the policy",
    Cause.NOT_SHOWN: f"run it again if this run wrote the policy; otherwise {_REFRESH}",
    Cause.ONLY_OTHERS: f"{_REFRESH} before you remove one of them",
    Cause.NOT_WRITTEN: "run without `--target` and `--exclude`, look at transforms, "
    "and after a failed write run it again",
    Cause.OTHER_ACCOUNT: "let [these policies](accounts-and-regions.md#a-bucket-of-another-account) allow the role",
    Cause.UNREACHABLE_GROUP: "use a log group of the role's own account",
    Cause.NOT_ASKED: "renew the credentials, grant [the two actions](deploying-identity.md), or run it again",
    Cause.NOT_CONFIRMED: "run it again, to see whether the policy is there as it was written",
    Cause.NOT_YET: "nothing: `pulumi up` asks",
}
"""What to do about each cause."""

_FACTS: Final = {
    "roles": "role 'web-role'",
    "region": "eu-west-1",
    "count": "5",
    **dict.fromkeys(("asked", "resources", "heartbeat", "not_told", "boundary", "answer"), ""),
    **dict.fromkeys(("calls", "keys", "policies", "group", "remedy", "change"), "…"),
}
_ENDS: Final = {"info": "goes on", "warning": "goes on, with a warning", "error": "**ends the run**"}
# What stands in the place of a denial's reason.
_WHY: Final = {
    Cause.BOUNDARY: "the permissions boundary … does not allow it",
    Cause.DENIED: "it is denied in …",
    Cause.HEARTBEAT_DENIED: "…",
}


def rows() -> Iterator[str]:
    """Yield the table: the first sentence of each line, and for a mandatory check whether it ends the run."""
    yield from ("| it says | what to do | a mandatory check |", "|---|---|---|")
    for cause, advice in ADVICE.items():
        yield f"| `{_said(cause.text, why=_WHY.get(cause, ''))}` | {advice} | {_ENDS[cause.level]} |"
    yield (
        f"| `{_confirm_roles.MISSING}` | write another name, or pass `role.name` if this program creates the role "
        "| **ends the run**, as an advisory one does |"
    )
    yield (
        f"| `{_said(_managed.NO_ROLES)}` | correct the search, unless the list is empty on purpose "
        "| goes on, with a warning, as without a check |"
    )


def _said(text: str, **more: str) -> str:
    """Return the first sentence of a line, with `…` for most facts."""
    whole = text.format(**{**_FACTS, **more})
    return re.split(r"\.(?: (?=[^a-z])|$)", whole, maxsplit=1)[0].replace("`", "")
