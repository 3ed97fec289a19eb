"""What the component grants for a session's own preferences is enough for each call that the real agent made in it."""

from typing import Final

import pytest

from pulumi_ssm_perms import InvalidInputError
from sandbox import allows
from tests.agent.documents import document_of, inputs_of
from tests.agent.record import RUNS, UNDISTURBED, Run, named
from tests.permissions import declare

NOT_GRANTED: Final = {"s3:ListBucket": ("s3-deny-s3_ListBucket", "s3enf-deny-s3_ListBucket")}
"""What the agent asks for and the component does not grant, each with the runs that show it harmless."""

REFUSED: Final = {"ssmparam2": ".inputs.s3KeyPrefix"}
"""Sessions whose preferences the component refuses, as the agent takes one of the inputs from a parameter."""

ENOUGH: Final = [run for run in UNDISTURBED if run.name not in REFUSED]


def name(run: Run) -> str:
    """Return the name of a test's case."""
    return run.name


@pytest.mark.parametrize("run", ENOUGH, ids=name)
def test_every_recorded_call_is_allowed(run: Run) -> None:
    """The document of the session's own preferences allows what each call needs, but for what is listed as harmless."""
    document = document_of(inputs_of(run))
    denied = {need for need in run.needs if not allows(document, *need)}

    assert run.calls
    assert {action for action, _ in denied} <= set(NOT_GRANTED)


@pytest.mark.parametrize("run", [run for run in ENOUGH if run.needs != run.needs_cross_account], ids=name)
def test_every_recorded_call_is_allowed_in_another_accounts_bucket(run: Run) -> None:
    """The ACL header of each upload is allowed where the bucket is said to be of another account."""
    document = document_of({**inputs_of(run), "s3_log_cross_account": True})
    denied = {need for need in run.needs_cross_account if not allows(document, *need)}

    assert {action for action, _ in denied} <= set(NOT_GRANTED)


@pytest.mark.parametrize(("action", "run"), [(a, run) for a, runs in NOT_GRANTED.items() for run in runs])
def test_what_is_not_granted_does_no_harm(action: str, run: str) -> None:
    """With the action denied, the recorded session comes out as the same session in which nothing was denied."""
    disturbed = named(run)
    [undisturbed] = [
        other
        for other in UNDISTURBED
        if (other.document, other.environment) == (disturbed.document, disturbed.environment)
    ]

    assert disturbed.denied == [action]
    assert disturbed.outcome == undisturbed.outcome


def test_what_is_not_granted_is_asked_for() -> None:
    """Each listed exception is one: the agent does ask for it in sessions in which nothing is denied."""
    asked = {action for run in ENOUGH for action, _ in run.needs}

    assert set(NOT_GRANTED) <= asked


@pytest.mark.parametrize(("run", "path"), REFUSED.items())
def test_preferences_that_the_agent_replaces_are_refused(run: str, path: str) -> None:
    """The agent wrote to the prefix of a parameter: the component refuses the preferences and names the input."""
    record = declare(inputs_of(named(run)))

    assert isinstance(record.error, InvalidInputError)
    assert [problem.path for problem in record.error.problems] == [f"session_preferences{path}"]


def test_the_evaluator_would_refuse() -> None:
    """The judge does say no: the document of empty preferences allows the fullest session its channel alone."""
    document = document_of(inputs_of(named("none")))
    allowed = {need for need in named("all").needs if allows(document, *need)}

    assert allowed == named("none").needs


def test_the_record_is_whole() -> None:
    """Every kind of run is there, and each has a name of its own."""
    assert {run.mode for run in RUNS} == {"session", "control", "heartbeat"}
    assert len({run.name for run in RUNS}) == len(RUNS) > len(ENOUGH) > 20
