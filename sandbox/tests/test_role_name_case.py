"""The sandbox's roles in another case: IAM takes two names that differ in their case alone for one role."""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.tests.policies import OTHER_ACCOUNT, allow, policy, put

OBJECTS = "arn:aws:s3:::a+b&c/*"
READ = policy(allow(["s3:GetObject"], OBJECTS))


def test_a_policy_reaches_the_role_in_any_case(box: Sandbox) -> None:
    """What is written, read and deleted under another case of a role's name is its own; a policy's name has a case."""
    box.create_role("Web")
    client = box.client("iam")
    for name in ("own", "OWN"):
        put(box, name, READ, role="WEB")
    written = box.role_policies("Web")
    found = client.get_role_policy(RoleName="web", PolicyName="own")["PolicyDocument"]
    client.delete_role_policy(RoleName="wEB", PolicyName="own")

    assert written == {"own": READ, "OWN": READ}
    assert found == READ
    assert box.role_policies("web") == {"OWN": READ}


def test_a_second_role_of_the_name_is_refused(box: Sandbox) -> None:
    """`CreateRole` with another case of a name finds it taken in its account, by whoever asks, until it is deleted."""
    box.create_role("Web")
    client = box.client("iam")
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        client.create_role(RoleName="WEB", AssumeRolePolicyDocument=json.dumps(READ))
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        box.create_role("web")
    box.create_role("WEB", account=OTHER_ACCOUNT)
    client.delete_role(RoleName="web")
    box.create_role("WEB")

    assert [each["RoleName"] for each in client.list_roles()["Roles"]] == ["WEB"]


def test_the_record_keeps_what_was_sent_and_names_the_role(box: Sandbox) -> None:
    """A call is recorded as it was made; what the role has afterwards goes by its own name, and so do gaps."""
    box.create_role("Web", policies={"own": READ})
    for name in ("one", "two"):
        put(box, name, READ, role="WEB")
    for name in ("own", "one", "two"):
        box.client("iam").delete_role_policy(RoleName="web", PolicyName=name)

    assert [(call.target, list(call.policies_after)) for call in box.writes] == [
        *[("WEB", ["Web"])] * 2,
        *[("web", ["Web"])] * 3,
    ]
    assert [call.params["PolicyName"] for call in box.gaps("Web", "s3:GetObject", OBJECTS)] == ["two"]
