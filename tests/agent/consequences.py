"""What became of the recorded runs in which an action was denied, in the words of docs/iam-policy.md."""

import enum
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tests.agent.record import Run

BUCKET_KEY: Final = "the bucket's own key"


class Outcome(enum.Enum):
    """What became of a run."""

    NO_CHANNEL = "the node has no control channel, and the agent goes on with `ec2messages`, which serves no sessions"
    NOT_REGISTERED = (
        "the node does not register, unless [Default Host Management](default-host-management.md) gives it a role"
    )
    FAILED = "the session fails after 6 tries"
    REFUSED = "the session is refused"
    LOST = "the session works, and its log is lost"
    STAYS = "the log is lost, and the session's worker on the node never ends"
    BARE = "the log arrives without the encryption header, which strict bucket policies refuse"
    ARRIVES = "the log arrives all the same"


class Setting(enum.Enum):
    """What can decide what a denial does."""

    IN_PARTS = "in several parts"
    ENFORCED = "encryption enforced"
    STREAMING = "streaming"
    OTHERWISE = "otherwise"


Consequence = Mapping[Setting, Outcome]
"""What happens without an action: the first setting that applies counts."""


def consequence(text: str) -> Consequence:
    """Read a cell of the page: an outcome, or one for each setting."""
    parts = (part.rpartition(": ") for part in text.split("; "))
    return {Setting(setting or "otherwise"): Outcome(outcome) for setting, _, outcome in parts}


class Denial(NamedTuple):
    """A denied action and, where it is for one of two keys, for which."""

    action: str
    on: str = ""


def denial_of(run: Run) -> Denial:
    """Return what was denied in a run: a key is the session's where the preferences name one."""
    [action] = run.denied
    of_bucket = action.startswith("kms:") and "kmsKeyId" not in run.inputs
    return Denial(action, BUCKET_KEY if of_bucket else "")


def settings_of(run: Run) -> Sequence[Setting]:
    """Return the settings of a run that can decide what a denial does."""
    there = {
        Setting.IN_PARTS: any(call["call"] == "s3:CreateMultipartUpload" for call in run.calls),
        Setting.ENFORCED: any(run.inputs.get(f"{log}EncryptionEnabled") for log in ("s3", "cloudWatch")),
        Setting.STREAMING: run.inputs.get("cloudWatchStreamingEnabled"),
    }
    return [setting for setting, on in there.items() if on]


def outcome_of(run: Run) -> Outcome:
    """Return what became of a run."""
    if run.mode == "control":
        assert run.outcome["connectionChannel"] == "ec2messages"
        return Outcome.NO_CHANNEL
    if run.mode == "heartbeat":
        return Outcome.NOT_REGISTERED if all("denied" in call for call in run.calls) else Outcome.ARRIVES
    if "worker_still_running_after_s" in run.outcome and run.and_so_on:
        return Outcome.STAYS
    if run.outcome.get("status") != "Success":
        tries = sum(call.get("times", 1) for call in run.calls if "denied" in call)
        return {1: Outcome.REFUSED, 6: Outcome.FAILED}[tries]
    if not (run.outcome["objects_in_bucket"] or run.outcome["log_events"]):
        return Outcome.LOST
    bare = any(call["call"] == "s3:PutObject" and "encryption" not in call for call in run.calls)
    return Outcome.BARE if bare else Outcome.ARRIVES
