"""Times the engine: each way, each number of roles, each operation, in rounds that alternate between the ways."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi.automation as auto

from benchmarks.ways import WAYS
from sandbox import Sandbox

OPERATIONS: Final = ("preview", "up", "up without change", "changed document", "destroy")
BEFORE: Final[Mapping[str, Any]] = {"s3_log_encryption_enforced": True}
AFTER: Final[Mapping[str, Any]] = {"s3_log_encryption_enforced": True, "allow_update_instance_information": True}


@dataclass(frozen=True)
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
            for way in WAYS:
                yield from _samples(box, way, roles[:size], f"p{number}-{size}-{list(WAYS).index(way)}")


def _samples(box: Sandbox, way: str, roles: Sequence[str], project: str) -> Iterator[Sample]:
    def stack(grants: Mapping[str, Any]) -> auto.Stack:
        return box.stack(lambda: WAYS[way](roles, grants), project=project)

    for operation, grants in zip(OPERATIONS, (BEFORE, BEFORE, BEFORE, AFTER, AFTER), strict=True):
        made = stack(grants)
        watch = Stopwatch(made.workspace.pulumi_command)
        box.forget()
        getattr(made, operation if operation in ("preview", "destroy") else "up")()
        deployment = made.export_stack().deployment or {}
        yield Sample(
            way,
            len(roles),
            operation,
            watch.seconds,
            len(box.writes),
            len(deployment.get("resources") or []),
            len(json.dumps(deployment)),
        )
