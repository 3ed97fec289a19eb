"""What the real SSM agent was seen to do: recorded.json as values, each run with what became of it in the pages' words.

Each run is a session (or the control channel, or the heartbeat) of the agent with its calls of AWS. What a call needs
is AWS's documentation; that the ACL header needs an action of its own is said of other accounts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

RECORD: Final[Mapping[str, Any]] = json.loads(Path(__file__).with_name("recorded.json").read_text())
AGENT: Final[Mapping[str, str]] = RECORD["agent"]
ACCOUNT: Final[str] = RECORD["account"]
REGION: Final[str] = RECORD["region"]

BUCKET_KEY: Final = "the bucket's own key"
OTHERWISE: Final = "otherwise"
ARRIVES: Final = "the log arrives all the same"
STAYS: Final = "the log is lost, and the session's worker on the node never ends"
LOST: Final = "the session works, and its log is lost"
NO_RUN: Final = "not recorded"

NOT_RECORDED: Final[Mapping[str, str]] = {}
"""Each granted action that isn't in RECORDED, with the title of AWS's page that asks for it."""

Need = tuple[str, str]
"""An action and the resource that it has to be allowed on."""


class Denial(NamedTuple):
    """A denied action and, where it is for one of two keys, for which."""

    action: str
    on: str = ""


@dataclass(frozen=True)
class RecordedRun:
    """One run of the agent; `denied` are the actions that were answered with AccessDenied."""

    name: str
    mode: str
    denied: Sequence[str]
    calls: Sequence[Mapping[str, Any]]
    outcome: Mapping[str, Any]
    document: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    typed: str = ""
    and_so_on: bool = False

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs of its session preferences."""
        inputs: Mapping[str, Any] = self.document.get("inputs", {})
        return inputs

    @property
    def needs(self) -> set[Need]:
        """What its calls have to be allowed where the log bucket is of the same account."""
        return {(action, resource) for call in self.calls for action, resource in call["needs"]}

    @property
    def needs_cross_account(self) -> set[Need]:
        """The same where the bucket is of another account: a call with an ACL needs that, too."""
        return self.needs | {("s3:PutObjectAcl", call["needs"][0][1]) for call in self.calls if "acl" in call}

    @property
    def text(self) -> str:
        """What the person at the session, or at the agent's log, reads."""
        return str(self.outcome.get("message") or self.outcome.get("error") or "")

    @property
    def denial(self) -> Denial:
        """What was denied: a key is the session's where the preferences name one."""
        [action] = self.denied
        of_bucket = action.startswith("kms:") and "kmsKeyId" not in self.inputs
        return Denial(action, BUCKET_KEY if of_bucket else "")

    @property
    def settings(self) -> list[str]:
        """The settings that can decide what a denial does."""
        there = {
            "in several parts": any(call["call"] == "s3:CreateMultipartUpload" for call in self.calls),
            "encryption enforced": any(self.inputs.get(f"{log}EncryptionEnabled") for log in ("s3", "cloudWatch")),
            "streaming": self.inputs.get("cloudWatchStreamingEnabled"),
            OTHERWISE: True,
        }
        return [setting for setting, on in there.items() if on]

    @property
    def consequence(self) -> str:
        """What became of it."""
        if self.mode == "control":
            channel = self.outcome["connectionChannel"]
            return f"the node has no control channel, and the agent goes on with `{channel}`, which serves no sessions"
        if self.mode == "heartbeat" and all("denied" in call for call in self.calls):
            page = "[Default Host Management](find-the-role.md#default-host-management)"
            return f"the node does not register, unless {page} gives it a role"
        if "worker_still_running_after_s" in self.outcome and self.and_so_on:
            return STAYS
        if self.outcome.get("status") != "Success":
            tries = sum(call.get("times", 1) for call in self.calls if "denied" in call)
            return "the session is refused" if tries == 1 else f"the session fails after {tries} tries"
        if not (self.outcome["objects_in_bucket"] or self.outcome["log_events"]):
            return LOST
        bare = any(call["call"] == "s3:PutObject" and "encryption" not in call for call in self.calls)
        return "the log arrives without the encryption header, which strict bucket policies refuse" if bare else ARRIVES


RUNS: Final = tuple(RecordedRun(**run) for run in RECORD["runs"])
UNDISTURBED: Final = tuple(run for run in RUNS if not run.denied)
DISTURBED: Final = tuple(run for run in RUNS if run.denied)
RECORDED: Final = {action for run in UNDISTURBED for action, _ in run.needs_cross_account}
"""Each action that some call needs where nothing is denied."""


def named(name: str) -> RecordedRun:
    """Return the run of a name."""
    [run] = [run for run in RUNS if run.name == name]
    return run
