"""What became of the recorded runs in which an action was denied, in the words that the pages use."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tests.agent.record import Run

BUCKET_KEY: Final = "the bucket's own key"
OTHERWISE: Final = "otherwise"

REFUSED: Final = "the session is refused"
LOST: Final = "the session works, and its log is lost"
ARRIVES: Final = "the log arrives all the same"
BARE: Final = "the log arrives without the encryption header, which strict bucket policies refuse"
STAYS: Final = "the log is lost, and the session's worker on the node never ends"
NOT_THERE: Final = "the node does not register"


class Denial(NamedTuple):
    """A denied action and, where it is for one of two keys, for which."""

    action: str
    on: str = ""


def denial_of(run: Run) -> Denial:
    """Return what was denied in a run: a key is the session's where the preferences name one."""
    [action] = run.denied
    of_bucket = action.startswith("kms:") and "kmsKeyId" not in run.inputs
    return Denial(action, BUCKET_KEY if of_bucket else "")


def settings_of(run: Run) -> Sequence[str]:
    """Return the settings of a run that can decide what a denial does."""
    there = {
        "in several parts": any(call["call"] == "s3:CreateMultipartUpload" for call in run.calls),
        "encryption enforced": any(run.inputs.get(f"{log}EncryptionEnabled") for log in ("s3", "cloudWatch")),
        "streaming": run.inputs.get("cloudWatchStreamingEnabled"),
    }
    return [setting for setting, on in there.items() if on]


def outcome_of(run: Run) -> str:
    """Return what became of a run."""
    if run.mode == "control":
        channel = run.outcome["connectionChannel"]
        return f"the node has no control channel, and the agent goes on with `{channel}`"
    if run.mode == "heartbeat":
        return NOT_THERE if all("denied" in call for call in run.calls) else ARRIVES
    if "worker_still_running_after_s" in run.outcome and run.and_so_on:
        return STAYS
    if run.outcome.get("status") != "Success":
        tries = sum(call.get("times", 1) for call in run.calls if "denied" in call)
        return REFUSED if tries == 1 else f"the session fails after {tries} tries"
    if not (run.outcome["objects_in_bucket"] or run.outcome["log_events"]):
        return LOST
    bare = any(call["call"] == "s3:PutObject" and "encryption" not in call for call in run.calls)
    return BARE if bare else ARRIVES
