"""The sandbox's record: what it says of each call, and that it finds a role that was left without a permission."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.calls import ACCOUNT_ID, Request
from sandbox.tests.policies import OTHER_ACCOUNT, READ, WRITE, allow, managed, policy, put


def test_a_write_is_recorded_with_what_it_left(box: Sandbox) -> None:
    """Its entry has what was asked and every policy that the role had right after it; `create_role` has no entry."""
    box.create_role("web", policies={"own": READ})
    put(box, "new", WRITE)
    [call] = box.calls

    assert call.service == "iam"
    assert call.region == "eu-west-1"
    assert call.action == "PutRolePolicy"
    assert call.target == "web"
    assert call.status == 200
    assert call.error is None
    assert call.params == {"RoleName": "web", "PolicyName": "new", "PolicyDocument": json.dumps(WRITE)}
    assert call.policies_after == {"web": {"own": READ, "new": WRITE}}


def test_a_read_and_a_refused_write_are_no_writes(box: Sandbox) -> None:
    """`writes` holds what changed something; `calls` holds the rest as well, with AWS's error code."""
    box.create_role("web")
    client = box.client("iam")
    client.get_role(RoleName="web")
    with pytest.raises(client.exceptions.NoSuchEntityException):
        client.delete_role_policy(RoleName="web", PolicyName="none")

    assert box.writes == []
    assert [(call.action, call.error) for call in box.calls] == [
        ("GetRole", None),
        ("DeleteRolePolicy", "NoSuchEntity"),
    ]


def test_calls_in_the_rest_style_are_told_by_their_method(box: Sandbox) -> None:
    """S3 has no action in its requests: the method stands for it, and what does not read is a write."""
    client = box.client("s3", region="us-east-1")
    client.create_bucket(Bucket="session-logs")
    client.list_objects_v2(Bucket="session-logs")

    assert [(call.action, call.target, call.write) for call in box.calls] == [
        ("PUT", "/session-logs", True),
        ("GET", "/session-logs", False),
    ]


@pytest.mark.parametrize(
    "action",
    [
        "ScheduleKeyDeletion",
        "EnableKeyRotation",
        "DisableKey",
        "AssociateKmsKey",
        "AddTagsToResource",
        "RemoveRoleFromInstanceProfile",
        "SendCommand",
    ],
)
def test_what_does_not_read_is_a_write(action: str) -> None:
    """No test may say that nothing was written after a call whose name it doesn't know."""
    assert Request("iam", ACCOUNT_ID, "eu-west-1", action, "", {}, "query").changes


def test_a_managed_policys_change_touches_every_role_that_has_it(box: Sandbox) -> None:
    """A new default version is recorded with the policies of each role that the managed policy is attached to."""
    for role in ("api", "web"):
        box.create_role(role)
    arn = managed(box, "shared", roles=["api", "web"])
    box.forget()
    box.client("iam").create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(WRITE), SetAsDefault=True)

    assert [call.policies_after for call in box.writes] == [{"api": {arn: WRITE}, "web": {arn: WRITE}}]
    assert box.attached_policies("web") == {arn: WRITE}


@pytest.mark.parametrize(
    ("steps", "gaps"),
    [
        pytest.param([("old", READ), ("old", None), ("new", READ)], ["old"], id="deleted before its successor"),
        pytest.param([("old", READ), ("old", WRITE), ("other", WRITE), ("old", READ)], ["old", "other"], id="lasts"),
        pytest.param([("other", WRITE), ("old", READ), ("new", READ), ("old", None)], [], id="created first"),
    ],
)
def test_gaps_are_the_writes_without(box: Sandbox, steps: Sequence[tuple[str, Any]], gaps: Sequence[str]) -> None:
    """Every write counts from the loss of the permission until it is back; what was before the first is no gap."""
    box.create_role("web")
    for name, document in steps:
        if document is None:
            box.client("iam").delete_role_policy(RoleName="web", PolicyName=name)
        else:
            put(box, name, document)

    assert [call.params["PolicyName"] for call in box.gaps("web", "s3:GetObject")] == gaps


def test_a_gap_is_of_the_sandboxs_own_account(box: Sandbox) -> None:
    """What a role of the same name loses in another account is none."""
    box.create_role("web")
    box.create_role("web", account=OTHER_ACCOUNT)
    put(box)
    arn = managed(box, "shared", roles=["web"], account=OTHER_ACCOUNT)
    box.client("iam", account=OTHER_ACCOUNT).detach_role_policy(RoleName="web", PolicyArn=arn)

    assert box.gaps("web", "s3:GetObject") == []
    assert [call.account for call in box.writes if call.action != "CreatePolicy"][1:] == [OTHER_ACCOUNT] * 2


BUCKET = "arn:aws:s3:::logs"
GET = ["s3:GetObject"]


@pytest.mark.parametrize(
    ("statement", "gaps"),
    [
        pytest.param(allow(GET), 0, id="all resources"),
        pytest.param(allow(GET, BUCKET), 0, id="this resource"),
        pytest.param(allow(GET, "arn:aws:s3:::other"), 1, id="another resource"),
        pytest.param(allow(["s3:*"]), 1, id="a wildcard is not the action"),
        pytest.param(allow(GET, Condition={"Bool": {"aws:SecureTransport": "true"}}), 1, id="on a condition"),
        pytest.param({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}, 1, id="denied"),
    ],
)
def test_what_counts_as_having_an_action(box: Sandbox, statement: Mapping[str, Any], gaps: int) -> None:
    """An allowing statement without a condition that names the action, on the resource or on `*`."""
    box.create_role("web")
    put(box, "own", policy(allow(GET, BUCKET)))
    put(box, "own", policy(statement))

    assert len(box.gaps("web", "s3:GetObject", BUCKET)) == gaps
