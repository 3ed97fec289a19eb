"""Times the engine: each way, each number of roles, each operation, in rounds that alternate between the ways.

A way's operations run in a process of their own, as a program's do: what one leaves in memory slows the next one down.
"""

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pulumi.automation as auto

from benchmarks.ways import WAYS, measured
from sandbox import Engine, Sandbox

OPERATIONS: Final = ("preview", "up", "up without change", "changed document", "destroy")
SECONDS: Final = 600.0
BEFORE: Final[Mapping[str, Any]] = {"s3_log_encryption_enforced": True}
AFTER: Final[Mapping[str, Any]] = {"s3_log_encryption_enforced": True, "allow_update_instance_information": True}


@dataclasses.dataclass(frozen=True)
class Job:
    """What a process has to measure, and where."""

    way: str
    roles: Sequence[str]
    project: str
    folder: str
    config: Mapping[str, Any]
    env: Mapping[str, str]
    secrets: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Sample:
    """One operation, once: how long the engine's command took, and what it did."""

    way: str
    roles: int
    operation: str
    seconds: float
    writes: int
    resources: int
    state_bytes: int


class Stopwatch:
    """Measures the engine's own command alone: the Automation API runs others around it."""

    def __init__(self, command: Any) -> None:
        """Stand between a stack and its command."""
        self.seconds = 0.0
        self._run = command.run
        command.run = self._timed

    def _timed(self, args: list[str], *more: Any, **options: Any) -> auto.CommandResult:
        begin = time.perf_counter()
        try:
            result: auto.CommandResult = self._run(args, *more, **options)
            return result
        finally:
            if args[0] in ("preview", "up", "destroy"):
                self.seconds = time.perf_counter() - begin


def rounds(box: Sandbox, plan: Mapping[int, int], minutes: float, say: Callable[[str], object]) -> Iterator[Sample]:
    """Yield samples, round by round, until the plan is done or the time is over; a round is never left half done."""
    roles = [f"role-{position:03}" for position in range(max(plan))]
    for role in roles:
        box.create_role(role)
    end = time.monotonic() + minutes * 60
    for number in range(max(plan.values())):
        for size in sorted(plan):
            if number >= plan[size] or (number and time.monotonic() > end):
                continue
            say(f"round {number + 1}: {size} roles ({max(0.0, end - time.monotonic()) / 60:.0f} minutes left)")
            for way in measured(size):
                project = f"p{number}-{size}-{list(WAYS).index(way)}"
                yield from _samples(box, way, roles[:size], project)


def _samples(box: Sandbox, way: str, roles: Sequence[str], project: str) -> Iterator[Sample]:
    job = Job(way, roles, project, str(box.folder), box.provider_config(), box.env, box.secrets)
    command = [sys.executable, "-P", "-m", "benchmarks.engine"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        assert process.stdout is not None  # noqa: S101 - as above
        process.stdin.write(f"{json.dumps(dataclasses.asdict(job))}\n")
        for operation in OPERATIONS:
            box.forget()
            process.stdin.write("\n")
            process.stdin.flush()
            measured = json.loads(process.stdout.readline())
            yield Sample(way, len(roles), operation, writes=len(box.writes), **measured)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def main() -> None:
    """Measure the operations of the job that the first line has, each when the next line comes."""
    job = Job(**json.loads(sys.stdin.readline()))
    engine = Engine(job.env, lambda: SECONDS, secrets=job.secrets)
    for operation, grants in zip(OPERATIONS, (BEFORE, BEFORE, BEFORE, AFTER, AFTER), strict=True):
        folder = Path(job.folder, job.project)
        made = engine.stack(_program(job, grants), folder=folder, name="dev", config=job.config)
        watch = Stopwatch(made.workspace.pulumi_command)
        sys.stdin.readline()
        getattr(made, operation if operation in ("preview", "destroy") else "up")()
        deployment = made.export_stack().deployment or {}
        resources, state_bytes = len(deployment.get("resources") or []), len(json.dumps(deployment))
        print(json.dumps({"seconds": watch.seconds, "resources": resources, "state_bytes": state_bytes}), flush=True)


def _program(job: Job, grants: Mapping[str, Any]) -> Callable[[], None]:
    return lambda: WAYS[job.way](job.roles, grants)


if __name__ == "__main__":
    main()
