"""The tags of a managed policy: one that the program no longer has is removed."""

from sandbox import Sandbox
from tests.fleets import fleet
from tests.on_engine import writes


def test_a_removed_tag_is_removed_from_the_policy(box: Sandbox) -> None:
    """Nothing else of the policy is written, nor its attachment."""
    box.create_role("web")
    box.stack(fleet(["web"], tags={"team": "web", "stage": "prod"})).up()
    box.forget()
    box.stack(fleet(["web"], tags={"team": "web"})).up()
    [found] = box.client("iam").list_policies(Scope="Local")["Policies"]

    assert [action for action, _ in writes(box)] == ["UntagPolicy"]
    assert box.client("iam").get_policy(PolicyArn=found["Arn"])["Policy"]["Tags"] == [{"Key": "team", "Value": "web"}]
