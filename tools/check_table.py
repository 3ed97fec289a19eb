"""The table of docs/check-a-role.md: each line of a check in the code's words, what to do, whether it ends a run."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pulumi_ssm_perms import _confirm_roles, _managed
from pulumi_ssm_perms._check_role._causes import ENDING, INFORMATION, Cause

_UNLESS: Final = "unless [Default Host Management](find-the-role.md#default-host-management) is on"

ADVICE: Final[Mapping[Cause, str]] = {
    Cause.DENIED: "make an exception in that policy. If this update deletes the Deny, run once with an advisory check",
    Cause.BOUNDARY: "let the boundary allow it on the same keys and buckets",
    Cause.TAKEN_AWAY: f"keep the input, {_UNLESS}",
    Cause.NOT_ASKED: "renew the credentials, grant [the two actions](deploying-identity.md), or run it again",
    Cause.SCP: "[ask without SCPs](troubleshooting.md#is-it-the-role), and start a session before you change an SCP",
    Cause.MISSING: "run it again if this run wrote the policy; otherwise run `pulumi up --refresh`",
    Cause.OWN_DENY: "run `pulumi up --refresh`, unless this run writes the policy",
    Cause.NO_HEARTBEAT: f"set `allow_update_instance_information`, {_UNLESS}",
    Cause.HEARTBEAT_DENIED: f"make an exception in that policy, {_UNLESS}",
    Cause.UNREACHABLE_GROUP: "use a log group of the role's own account",
    Cause.ALLOWED: "nothing. If it names policies for the heartbeat, keep them; if it names resources of another "
    "account, let [their policies](accounts-and-regions.md#a-bucket-of-another-account) allow the role",
    Cause.NOT_YET: "nothing: `pulumi up` asks",
}
"""What to do about each cause."""

_REGION: Final = "eu-west-1"
_FACTS: Final = {
    "iam": "IAM",
    "allows": "allows",
    "denies": "denies",
    "roles": "role …",
    "region": _REGION,
    "count": "5",
    "limits": "an SCP",
    **dict.fromkeys(("regions", "heartbeat", "foreign", "unseen", "not_told", "answer"), ""),
    **dict.fromkeys(("calls", "policies", "boundary", "group", "remedy"), "…"),
}


def rows() -> Iterator[str]:
    """Yield the table: the first sentence of each line, what ends a mandatory check first, then what it warns of."""
    missing_role = (
        f"| `{_confirm_roles.NO_SUCH_ROLE}` | write another name, or pass `role.name` if this program creates the role "
        "| **ends the run**, as an advisory one does |"
    )
    no_roles = (
        f"| `{_first_sentence(_managed.NO_ROLES)}` | correct the search, unless the list is empty on purpose | "
        "warns, as without a check |"
    )
    yield from ("| it says | what to do | a mandatory check |", "|---|---|---|")
    yield from (*map(_row, filter(_ends, Cause)), missing_role)
    yield from (*map(_row, filter(_warns, Cause)), no_roles)
    yield from map(_row, filter(INFORMATION.__contains__, Cause))


def _ends(cause: Cause) -> bool:
    return cause in ENDING


def _warns(cause: Cause) -> bool:
    return cause not in ENDING | INFORMATION


def _row(cause: Cause) -> str:
    effect = "**ends the run**" if _ends(cause) else "warns" if _warns(cause) else "goes on"
    return f"| `{_first_sentence(cause.value.format(**_FACTS))}` | {ADVICE[cause]} | {effect} |"


def _first_sentence(text: str) -> str:
    """Return the first sentence of a line, with `…` for most of what differs from run to run."""
    first = re.split(r"\.(?: (?=[^a-z])|$)|: the agent", text, maxsplit=1)[0]
    return re.sub(rf",? in {_REGION}|`", "", first).replace("… …", "…")
