"""What the component grants is what the real agent needs: enough for each recorded call, and nothing beyond them."""

import json
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import pytest

from pulumi_ssm_perms import InvalidInputError
from sandbox import allows
from tests.agent.record import (
    ACCOUNT,
    BUCKET_KEY,
    NOT_RECORDED,
    RECORDED,
    REGION,
    UNDISTURBED,
    Denial,
    Need,
    RecordedRun,
    named,
)
from tests.agent.test_pages import WITHOUT
from tests.answers import GET_PARTITION, GET_REGION
from tests.components import ROLE_POLICY, declare, try_declare
from tests.documents import ALL_GRANTS, Grant, allow, granted, policy
from tests.mocks import CALLER_IDENTITY, policy_of

ANSWERS: Final = {
    GET_PARTITION: {"partition": "aws"},
    GET_REGION: {"region": REGION},
    CALLER_IDENTITY: {"accountId": ACCOUNT},
}


def inputs_of(run: RecordedRun) -> dict[str, Any]:
    """Return the component's inputs for a run: its preferences, and what preferences do not hold."""
    inputs: dict[str, Any] = {}
    if run.document:
        inputs["session_preferences"] = json.dumps(run.document)
    if "bucket_key" in run.environment:
        inputs["s3_log_kms_key_arn"] = run.environment["bucket_key"]
    if "bucket_account" in run.environment:
        inputs["s3_log_cross_account"] = True
    if run.mode == "heartbeat":
        inputs["allow_update_instance_information"] = True
    return inputs


def document_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that the component makes in the record's account and Region."""
    record = declare(dict(inputs), answer=lambda call: ANSWERS[call.token])
    document: dict[str, Any] = policy_of(record.only(ROLE_POLICY))
    return document


NOT_GRANTED: Final[Mapping[str, Sequence[str]]] = {
    "s3:ListBucket": ("s3-deny-s3_ListBucket", "s3enf-deny-s3_ListBucket", "container-all-deny-s3_ListBucket")
}
"""What the agent asks for and the component does not grant, each with the runs that show it harmless."""

REFUSED: Final = "ssmparam2"
"""The session whose preferences the component refuses, as the agent takes the prefix from a parameter."""

ENOUGH: Final = [run for run in UNDISTURBED if run.name != REFUSED]
FULLEST: Final[Mapping[str, Any]] = {
    **{name: True for name, value in ALL_GRANTS.items() if value is True},
    **inputs_of(named("all")),
}
"""All that is granted: each input that says yes, and what a run with all settings has of the others."""
DOCUMENT: Final = document_of(FULLEST)
GRANTS: Final = sorted(granted(DOCUMENT))
NEEDS: Final = {need for run in UNDISTURBED for need in run.needs_cross_account}


def denied_of(needs: set[Need], inputs: Mapping[str, Any]) -> set[str]:
    """Return the needed actions that the document of these inputs does not allow."""
    document = document_of(inputs)
    return {need[0] for need in needs if not allows(document, *need)}


@pytest.mark.parametrize("run", ENOUGH, ids=attrgetter("name"))
def test_every_recorded_call_is_allowed(run: RecordedRun) -> None:
    """The document of the session's own preferences allows what each call needs, but for what is listed as harmless.

    So it allows the ACL header of an upload where the bucket is said to be of another account.
    """
    elsewhere = {"s3_log_cross_account": True} if run.needs != run.needs_cross_account else {}
    hint = "give the run, in inputs_of, the input that grants it"

    assert run.calls
    assert denied_of(run.needs, inputs_of(run)) <= set(NOT_GRANTED), hint
    assert denied_of(run.needs_cross_account, {**inputs_of(run), **elsewhere}) <= set(NOT_GRANTED), hint


@pytest.mark.parametrize(("action", "run"), [(a, run) for a, runs in NOT_GRANTED.items() for run in runs])
def test_what_is_not_granted_does_no_harm(action: str, run: str) -> None:
    """The agent asks for it; with it denied, the session comes out as the same one in which nothing was denied."""
    disturbed = named(run)
    [undisturbed] = [
        other
        for other in UNDISTURBED
        if (other.document, other.environment) == (disturbed.document, disturbed.environment)
    ]

    assert action not in {allowed for allowed, _ in GRANTS}, "remove it from NOT_GRANTED"
    assert disturbed.denied == [action]
    assert action in {needed for needed, _ in undisturbed.needs}
    assert disturbed.outcome == undisturbed.outcome


def test_preferences_that_the_agent_replaces_are_refused() -> None:
    """The agent wrote to the prefix of a parameter: the component refuses the preferences and names the input."""
    run = named(REFUSED)
    written = f"{run.inputs['s3BucketName']}/{run.inputs['s3KeyPrefix']}/"
    record = try_declare(inputs_of(run))

    assert [name for name in run.outcome["objects_in_bucket"] if name.startswith(written)] == []
    assert isinstance(record.error, InvalidInputError)
    assert [problem.path for problem in record.error.problems] == ["session_preferences.inputs.s3KeyPrefix"]


@pytest.mark.parametrize("grant", [grant for grant in GRANTS if grant[0] not in NOT_RECORDED], ids=str)
def test_a_recorded_call_needs_each_grant(grant: Grant) -> None:
    """Without the action on its resource, a call that the agent made in an undisturbed session is not allowed."""
    rest = policy(*(allow([action], resource) for action, resource in GRANTS if (action, resource) != grant))
    missed = {need for need in NEEDS if allows(DOCUMENT, *need) and not allows(rest, *need)}

    assert {action for action, _ in missed} == {grant[0]}


def test_only_what_was_not_recorded_is_listed_as_such() -> None:
    """NOT_RECORDED has each granted action that no call of an undisturbed session needs, and no other."""
    unrecorded = {action for action, _ in GRANTS} - RECORDED

    assert NOT_RECORDED.keys() == unrecorded, "NOT_RECORDED in record.py: add what it lacks, remove what is recorded"


def test_every_grant_can_be_denied() -> None:
    """docs/the-policy.md leaves out no action of the fullest document, and has none that is not granted."""
    bucket_key = FULLEST["s3_log_kms_key_arn"]
    denials = {Denial(action, BUCKET_KEY if resource == bucket_key else "") for action, resource in GRANTS}

    assert WITHOUT.keys() == denials, "if FULLEST lacks an input, add it with a resource of the record"
