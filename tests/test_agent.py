"""What the component grants is what the real SSM agent was recorded to ask for: each call, and nothing beyond them."""

import json
from pathlib import Path

import pytest
from documents import ALL_GRANTS, is_allowed, pairs
from programs import declare_permissions

RECORD = json.loads(Path(__file__).with_name("agent.json").read_text())
ANSWERS = {
    "getPartition": {"partition": "aws"},
    "getRegion": {"region": RECORD["region"]},
    "getCallerIdentity": {"accountId": RECORD["account"]},
}
# The agent asks for it, and a session in which it was denied came out the same.
HARMLESS = {"s3:ListBucket"}
READ_FROM_PREFERENCES = {"s3_log_bucket_arn", "s3_log_key_prefix", "cloudwatch_log_group_arns", "kms_key_arns"}


def granted(run, inputs):
    """Return what the component grants for a session's inputs: each action with each of its resources."""
    arguments = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in inputs.items()}
    result = run(lambda: declare_permissions(**arguments), **ANSWERS)
    return [*pairs(json.loads(result.outputs["web"]["policy_json"]))]


@pytest.mark.parametrize("session", RECORD["sessions"], ids=lambda session: session["session"])
def test_every_call_of_a_session_is_allowed(run, session):
    grants = granted(run, session["inputs"])

    assert {action for action, resource in session["needs"] if not is_allowed(grants, action, resource)} <= HARMLESS


def test_every_grant_is_needed_by_a_call(run):
    """Without one of the grants for a session with all settings, and with all other inputs, a recorded call would be denied."""
    [full] = [session["inputs"] for session in RECORD["sessions"] if session["session"] == "all"]
    beside = {name: value for name, value in ALL_GRANTS.items() if name not in READ_FROM_PREFERENCES}
    grants = granted(run, {**beside, **full})
    needs = [need for session in RECORD["sessions"] for need in session["needs"]]

    assert [grant for grant in grants if not any(is_allowed([grant], *need) for need in needs)] == []
