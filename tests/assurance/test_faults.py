"""AWS failing at any call of any kind of run: nothing is lost, and the next run mends what is left."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import pulumi.automation as auto
import pytest

from sandbox import Fault, Sandbox
from tests.assurance.extent import extent
from tests.assurance.roles import Damage, create, damage
from tests.documents import KEY
from tests.fleets import fleet
from tests.mocks import Program
from tests.on_engine import permissions

FAULTS: Final[Mapping[str, Fault]] = {
    "no answer, but done": Fault.dropped(applied=True),
    "throttling": Fault.throttling(),
    "server error": Fault.internal_error(),
    "no answer": Fault.dropped(),
}
ERRORS: Final = ("ConnectionDropped", "Throttling", "ServiceFailure")
# The AWS SDK would repeat a call.
GIVES_UP: Final = {"aws:maxRetries": 1}
WITH_KEY: Final = {"kms_key_arns": [KEY]}
ROLES: Final = ["role-00", "role-01"]


def program(end: str = "", /, **inputs: Any) -> Program:
    """Return a program of one role's own policy, and of a managed one for the other role; names have this end."""

    def declare() -> None:
        permissions(f"one{end}", role=ROLES[0], **inputs)()
        fleet(ROLES[1:], f"many{end}", **inputs)()

    return declare


class FailingRun(NamedTuple):
    """A run in which a call fails: its program, its command, what is granted, and whether there was an `up` before."""

    program: Program
    command: str = "up"
    grants: Mapping[str, Any] = {}
    first: bool = False


RUNS: Final[Mapping[str, FailingRun]] = {
    "first up": FailingRun(program(), first=True),
    "another document": FailingRun(program(**WITH_KEY), grants=WITH_KEY),
    "another component name": FailingRun(program("-new")),
    "no change, refreshed": FailingRun(program(), "refresh"),
    "destroy": FailingRun(program(), "destroy"),
}


def each_failing_call(box: Sandbox, run: FailingRun, fault: Fault) -> Iterator[tuple[str, bool]]:
    """Do the run once for each of its calls, which fails; yield its action, and whether the run failed.

    A lost answer to `CreatePolicy` is left out: docs/living-with-it.md has what it leaves.
    """
    for call in extent([3], range(100)):
        box.reset()
        create(box, len(ROLES))
        if not run.first:
            # Refresh and destroy go by the provider's configuration in the state.
            box.stack(program(), config=GIVES_UP).up()
        box.fail("*", fault, times=1, skip=call)
        failed = False
        try:
            getattr(box.stack(run.program, config=GIVES_UP), run.command)()
        except auto.CommandError:
            failed = True
        if box.faults_left:
            return
        action, error = next((each.action, each.error) for each in box.calls if each.error in ERRORS)
        if (action, error) != ("CreatePolicy", "ConnectionDropped"):
            yield action, failed


# Each run with each fault, or every day each run with one.
CASES: Final = extent(list(zip(RUNS, itertools.cycle(FAULTS), strict=False)), list(itertools.product(RUNS, FAULTS)))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("name", "fault"), CASES)
def test_a_call_that_ends_the_run_is_mended_by_the_next(box: Sandbox, name: str, fault: str) -> None:
    """A call, whichever it is, that nobody tries again ends the run; nothing is lost, and the next one completes it.

    That is one with `--refresh`, as the documentation has it. A policy whose answer was lost may stay beside the next.
    """
    run, may_stay = RUNS[name], 1 if fault == "no answer, but done" else 0
    refresh: dict[str, Any] = {"refresh": True} if run.command == "up" else {}
    right = Damage(without=ROLES) if run.command == "destroy" else Damage()
    found = []
    for action, failed in each_failing_call(box, run, FAULTS[fault]):
        getattr(box.stack(run.program), run.command)(**refresh)
        left = damage(box, ROLES, run.grants)
        gaps = [] if run.command == "destroy" else left.gaps
        # Without the answer to the question of the account the run goes on.
        ended = failed or action == "GetCallerIdentity"
        found.append((ended, left._replace(gaps=gaps, spare=max(0, left.spare - may_stay))))

    assert found
    assert found == [(True, right)] * len(found)
