"""The example of a fleet, run as its folder has it."""

from pathlib import Path

from sandbox import Sandbox
from tests.docs.pages import shows
from tests.documents import CHANNELS_AND_HEARTBEAT, KEY, decrypt, policy
from tests.on_engine import writes

FLEET = Path(__file__).parents[2] / "examples" / "fleet"


@shows("examples/fleet")
def test_the_roles_of_the_configuration_get_the_policy(box: Sandbox) -> None:
    """Each role that the configuration names, by name or by ARN, has the one policy with its description and tags."""
    roles = ["web", box.create_role("api", path="/team/"), "batch"]
    for role in ("web", "batch"):
        box.create_role(role)
    outputs = box.stack(box.example(FLEET), config={"roles": roles, "kmsKeyArns": [KEY]}).up().outputs
    arn = outputs["policy_arn"].value
    found = box.client("iam").get_policy(PolicyArn=arn)["Policy"]

    assert [box.attached_policies(role) for role in ("web", "api", "batch")] == [
        {arn: policy(CHANNELS_AND_HEARTBEAT, decrypt(KEY))}
    ] * 3
    assert (found["PolicyName"], found["Description"], found["Path"], found["Tags"]) == (
        outputs["policy_name"].value,
        "Session Manager: shells on the nodes of these roles",
        "/session-manager/",
        [{"Key": "team", "Value": "platform"}],
    )


def test_a_role_less_in_the_configuration_is_one_write(box: Sandbox) -> None:
    """A role that leaves the configuration loses the policy, and nothing else is written."""
    for role in ("web", "api"):
        box.create_role(role)
    box.stack(box.example(FLEET), config={"roles": ["web", "api"]}).up()
    box.forget()
    box.stack(box.example(FLEET), config={"roles": ["api"]}).up()

    assert writes(box) == [("DetachRolePolicy", "web")]
