"""Each action of the fullest document is needed by a call that the real agent made, and was denied to it once."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from sandbox import allows
from tests.agent.consequences import BUCKET_KEY, DENIALS, Denial
from tests.agent.documents import document_of, inputs_of
from tests.agent.record import DISTURBED, UNDISTURBED, named
from tests.documents import Grant, granted

FULLEST: Final[Mapping[str, Any]] = {
    **inputs_of(named("all")),
    "allow_update_instance_information": True,
    "s3_log_cross_account": True,
}
DOCUMENT: Final = document_of(FULLEST)
GRANTS: Final = sorted(granted(DOCUMENT))
NEEDS: Final = {need for run in UNDISTURBED for need in run.needs_cross_account}


def without(grant: Grant) -> dict[str, Any]:
    """Return the fullest document without one action on one resource."""
    kept = [other for other in GRANTS if other != grant]
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": [action], "Resource": resource} for action, resource in kept],
    }


def denial_of(grant: Grant) -> Denial:
    """Return the denial of a grant; the bucket's own key is the one that the inputs name."""
    action, resource = grant
    return Denial(action, BUCKET_KEY if resource == FULLEST["s3_log_kms_key_arn"] else "")


@pytest.mark.parametrize("grant", GRANTS, ids=str)
def test_a_recorded_call_needs_each_grant(grant: Grant) -> None:
    """Without the action on its resource, a call that the agent made in an undisturbed session is not allowed."""
    rest = without(grant)
    missed = {need for need in NEEDS if allows(DOCUMENT, *need) and not allows(rest, *need)}

    assert {action for action, _ in missed} == {grant[0]}


@pytest.mark.parametrize("grant", GRANTS, ids=str)
def test_each_grant_was_denied_to_the_agent(grant: Grant) -> None:
    """A recorded run shows what becomes of a session, or of the node, where a call that needs the action is refused."""
    refused = [run for run in DISTURBED if any(call.get("denied") == grant[0] for call in run.calls)]

    assert refused
    assert denial_of(grant) in DENIALS


def test_all_that_was_denied_is_granted_or_left_out_on_purpose() -> None:
    """The agent was denied each action of the document, and two that the component does not grant."""
    assert {denial.action for denial in DENIALS} - {action for action, _ in GRANTS} == {
        "s3:ListBucket",
        "ssm:GetParameters",
    }
