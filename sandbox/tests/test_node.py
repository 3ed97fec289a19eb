"""The sandbox's node: it does what the recorded agent did, by what its role may do at that moment."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.tests.policies import ALLOW_ALL, HEARTBEAT, OTHER_ACCOUNT, allow, managed, policy, put

NODE: Final = "i-0123456789abcdef0"
CREATE, OPEN = "ssmmessages:CreateControlChannel", "ssmmessages:OpenControlChannel"
READY: Final = policy(allow([HEARTBEAT, CREATE, OPEN]))
NOT_CONNECTED: Final = ("notconnected", "i-0123456789abcdef0 is not connected.")
CONNECTED: Final = ("connected", "The sandbox's node i-0123456789abcdef0 is connected; there is no shell here.")


def seen(box: Sandbox, **where: str) -> tuple[list[str], str, str]:
    """Return what Systems Manager says of the node: its listed status, its connection, and why no session starts."""
    ssm = box.client("ssm", **where)
    filters = [{"Key": "InstanceIds", "Values": [NODE]}]
    listed = ssm.describe_instance_information(Filters=filters)["InstanceInformationList"]
    with pytest.raises(ClientError) as caught:
        ssm.start_session(Target=NODE)
    status = ssm.get_connection_status(Target=NODE)["Status"]
    return (
        [each["PingStatus"] for each in listed],
        status,
        caught.value.response["Error"]["Message"].split(" On AWS")[0],
    )


@pytest.mark.parametrize(
    ("allowed", "boundary", "expected"),
    [
        ([CREATE, OPEN], ALLOW_ALL, ([], *NOT_CONNECTED)),
        ([HEARTBEAT, CREATE], ALLOW_ALL, (["Online"], *NOT_CONNECTED)),
        ([HEARTBEAT, OPEN], ALLOW_ALL, (["Online"], *NOT_CONNECTED)),
        ([HEARTBEAT, CREATE, OPEN], policy(allow([HEARTBEAT])), (["Online"], *NOT_CONNECTED)),
        ([HEARTBEAT, CREATE, OPEN], ALLOW_ALL, (["Online"], *CONNECTED)),
    ],
)
def test_it_needs_the_heartbeat_and_both_calls_of_the_channel(
    box: Sandbox, allowed: list[str], boundary: Mapping[str, Any], expected: object
) -> None:
    """Policies and boundary count, in its own account and Region; another one doesn't know the node."""
    box.create_role("web", policies={"own": policy(allow(allowed))}, boundary=managed(box, "limit", boundary))
    box.create_node("web")

    assert seen(box) == expected
    assert seen(box, region="us-east-1") == seen(box, account=OTHER_ACCOUNT) == ([], *NOT_CONNECTED)


def test_what_was_allowed_once_is_lost(box: Sandbox) -> None:
    """The first question after the policy is gone learns that the node was there."""
    box.create_node()
    recorded = box.calls
    put(box, document=READY, role="web-role")
    box.client("iam").delete_role_policy(RoleName="web-role", PolicyName="own")
    found = box.client("iam").get_instance_profile(InstanceProfileName="web-profile")["InstanceProfile"]

    assert recorded == []
    assert seen(box) == (["ConnectionLost"], *NOT_CONNECTED)
    assert [role["RoleName"] for role in found["Roles"]] == ["web-role"]


REAL: Final[Mapping[str, tuple[Mapping[str, Any], bool]]] = {
    "its Region": ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, True),
    "another Region": ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
    "its instance": ({"ArnLike": {"ec2:SourceInstanceARN": f"arn:aws:ec2:*:123456789012:instance/{NODE}"}}, True),
    "no service": ({"Bool": {"aws:PrincipalIsAWSService": "false", "aws:SecureTransport": "true"}}, True),
    "a user's name": ({"StringLike": {"aws:username": "*"}}, False),
}


@pytest.mark.parametrize(("condition", "met"), REAL.values(), ids=REAL)
def test_its_requests_have_the_context_of_real_ones(box: Sandbox, condition: Mapping[str, Any], *, met: bool) -> None:
    """Conditions on its Region, its instance and who it is are met."""
    box.create_node()
    put(box, document=policy(allow(["*"], Condition=condition)), role="web-role")

    assert seen(box) == ((["Online"], *CONNECTED) if met else ([], *NOT_CONNECTED))


def test_a_condition_that_is_not_known_is_refused_in_a_sentence(box: Sandbox) -> None:
    """The sandbox says what it can't judge; the write of that policy succeeds."""
    box.create_node()
    condition = {"StringNotEquals": {"aws:RequestedRegion": "${aws:username}"}}
    put(box, document=policy(allow(["*"], Condition=condition)), role="web-role")

    with pytest.raises(ClientError, match=r"can't say what does not match \$\{aws:username\}"):
        box.client("ssm").start_session(Target=NODE)


def test_default_host_management_is_off(box: Sandbox) -> None:
    """The setting has the value that AWS gives it at first; another one is refused in words for a person."""
    ssm, role = box.client("ssm"), "/ssm/managed-instance/default-ec2-instance-management-role"
    found = ssm.get_service_setting(SettingId=role)["ServiceSetting"]

    assert (found["SettingId"], found["SettingValue"], found["Status"]) == (role, "$None", "Default")
    with pytest.raises(ClientError, match="The local AWS can't do ssm:GetServiceSetting of /ssm/other"):
        ssm.get_service_setting(SettingId="/ssm/other")
