"""What the real SSM agent was seen to do: tests/agent/recorded.json as values. Nothing is judged here.

Each run is a session (or the control channel, or the heartbeat) of the agent with its calls of AWS, and what became of
it. What a call needs is AWS's documentation; that the ACL header needs an action of its own is said of other accounts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("recorded.json")
RECORD: Final[Mapping[str, Any]] = json.loads(FILE.read_text())
AGENT: Final[Mapping[str, str]] = RECORD["agent"]
ACCOUNT: Final[str] = RECORD["account"]
REGION: Final[str] = RECORD["region"]

Need = tuple[str, str]
"""An action and the resource that it has to be allowed on."""


@dataclass(frozen=True)
class Run:
    """One run of the agent; `denied` are the actions that were answered with AccessDenied."""

    name: str
    mode: str
    denied: Sequence[str]
    calls: Sequence[Mapping[str, Any]]
    outcome: Mapping[str, Any]
    document: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
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


RUNS: Final = tuple(Run(**run) for run in RECORD["runs"])
UNDISTURBED: Final = tuple(run for run in RUNS if not run.denied)
DISTURBED: Final = tuple(run for run in RUNS if run.denied)


def named(name: str) -> Run:
    """Return the run of a name."""
    [run] = [run for run in RUNS if run.name == name]
    return run
