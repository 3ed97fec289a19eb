"""What the component grants is what the real SSM agent was recorded to ask for: each call, and nothing beyond them."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from programs import one

RECORD = json.loads(Path(__file__).with_name("agent.json").read_text())
ANSWERS = {
    "getPartition": {"partition": "aws"},
    "getRegion": {"region": RECORD["region"]},
    "getCallerIdentity": {"accountId": RECORD["account"]},
}
# The agent asks for it, and a session in which it was denied came out the same.
HARMLESS = {"s3:ListBucket"}


def statements(run, inputs):
    """Return the statements that the component grants for a session's inputs."""
    arguments = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in inputs.items()}
    result = run(lambda: one(**arguments), **ANSWERS)
    return json.loads(result.outputs["web"]["policy_json"])["Statement"]


def grants(statements):
    """Return each action with each of its resources."""
    pairs = [(statement["Action"], statement["Resource"]) for statement in statements]
    lists = [(actions, [resources] if isinstance(resources, str) else resources) for actions, resources in pairs]
    return {(action, resource) for actions, resources in lists for action in actions for resource in resources}


def allows(granted, action, resource):
    return any(action == name and fnmatchcase(resource, pattern) for name, pattern in granted)


@pytest.mark.parametrize("session", RECORD["sessions"], ids=lambda session: session["session"])
def test_every_call_of_a_session_is_allowed(run, session):
    granted = grants(statements(run, session["inputs"]))

    assert {action for action, resource in session["needs"] if not allows(granted, action, resource)} <= HARMLESS


def test_every_grant_is_needed_by_a_call(run):
    """Without one of the grants for a session with all settings, a recorded call would be denied."""
    [full] = [session["inputs"] for session in RECORD["sessions"] if session["session"] == "all"]
    granted = grants(statements(run, {**full, "allow_update_instance_information": True}))
    needs = [need for session in RECORD["sessions"] for need in session["needs"]]
    needless = [grant for grant in granted if not any(allows({grant}, *need) for need in needs)]

    assert needless == []
