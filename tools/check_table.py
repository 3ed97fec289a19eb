"""The table of docs/check-a-role.md: each line of a check in the code's words, what to do, whether it ends a run."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pulumi_ssm_perms import _confirm_roles, _managed
from pulumi_ssm_perms._check_role._findings import (
    Allowed,
    Denied,
    Finding,
    NotAsked,
    NotYet,
    TakenAway,
    ends_mandatory_run,
)
from pulumi_ssm_perms._check_role._simulation import Call
from pulumi_ssm_perms._document import CHANNEL_ACTIONS
from pulumi_ssm_perms._iam_role import IamRole
from pulumi_ssm_perms._invokes import InvokeError

_UNLESS: Final = "unless [Default Host Management](find-the-role.md#default-host-management) is on"
_ROLE: Final = IamRole("…", secret=False, may_be_new=False, used_by_nodes=True)
_REGION: Final = "eu-west-1"
_GRANTED: Final = Call(_REGION, "…", "*", is_granted=True)
_HEARTBEAT: Final = _GRANTED._replace(is_granted=False)

ADVICE: Final[Mapping[Finding, str]] = {
    Denied(_ROLE, (_GRANTED._replace(denial="policies", policies=("…",)),)): (
        "make an exception in that policy. If this update deletes the Deny, run once with an advisory check; if the "
        "policy is the component's own, add `--refresh`"
    ),
    Denied(_ROLE, (_GRANTED._replace(denial="boundary", policies=("…",)),)): (
        "let the boundary allow it, on the same keys and buckets"
    ),
    TakenAway(_ROLE, (_HEARTBEAT,), is_found_in_update=True): (
        f"keep the input, {_UNLESS}: then run once with an advisory check"
    ),
    NotAsked(_ROLE, InvokeError(""), secret=False): (
        "renew the credentials, grant [the two actions](deploying-identity.md), or run it again"
    ),
    Denied(_ROLE, (_GRANTED._replace(denial="SCP"),)): (
        "[ask without SCPs](troubleshooting.md#is-it-the-role), and start a session before you change an SCP"
    ),
    Denied(_ROLE, (_HEARTBEAT._replace(denial="implicit"),)): f"set `allow_update_instance_information`, {_UNLESS}",
    Denied(_ROLE, (_HEARTBEAT._replace(denial="policies", policies=("…",)),)): (
        f"make an exception in that policy, {_UNLESS}"
    ),
    Denied(_ROLE, (_HEARTBEAT._replace(denial="boundary", policies=("…",)),)): f"let the boundary allow it, {_UNLESS}",
    Denied(_ROLE, (_HEARTBEAT._replace(denial="SCP"),)): "start a session before you change an SCP",
    Allowed(_ROLE, tuple(_GRANTED._replace(action=action) for action in CHANNEL_ACTIONS), (), ()): (
        "nothing. If it names policies for the heartbeat, keep them; if it names resources of another account, let "
        "[their policies](accounts-and-regions.md#a-bucket-of-another-account) allow the role"
    ),
    NotYet(_ROLE): "nothing: `pulumi up` asks",
}
"""An example of each finding, and what to do about it."""


def rows() -> Iterator[str]:
    """Yield the table: the first sentence of each line, what ends a mandatory run first, then what it warns of."""
    ending = [finding for finding in ADVICE if ends_mandatory_run(finding)]
    informing = [finding for finding in ADVICE if isinstance(finding, Allowed | NotYet)]
    warning = [finding for finding in ADVICE if finding not in (*ending, *informing)]
    yield from ("| it says | what to do | a mandatory check |", "|---|---|---|")
    yield from (_row(finding, "**ends the run**") for finding in ending)
    yield (
        f"| `{_confirm_roles.NO_SUCH_ROLE}` | write another name, or pass `role.name` if this program creates the role "
        "| **ends the run**, as an advisory one does |"
    )
    yield from (_row(finding, "warns") for finding in warning)
    yield (
        f"| `{_first_sentence(_managed.NO_ROLES)}` | correct the search, unless the list is empty on purpose | "
        "warns, as without a check |"
    )
    yield from (_row(finding, "goes on") for finding in informing)


def _row(finding: Finding, effect: str) -> str:
    return f"| `{_first_sentence(finding.sentence('role …'))}` | {ADVICE[finding]} | {effect} |"


def _first_sentence(text: str) -> str:
    """Return the first sentence of a line, without a Region and with one `…` for what differs from run to run."""
    first = re.split(r"\.(?: (?=[^a-z])|$)", text, maxsplit=1)[0]
    return re.sub(f",? in {_REGION}|`", "", first).replace("… …", "…")
