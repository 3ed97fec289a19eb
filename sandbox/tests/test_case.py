"""The sandbox's roles in another case: IAM takes two names that differ in their case alone for one role."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from sandbox.tests.policies import OTHER_ACCOUNT, allow, policy, put

OBJECTS = "arn:aws:s3:::a+b&c/*"
READ = policy(allow(["s3:GetObject"], OBJECTS))


def test_a_policy_reaches_the_role_in_any_case(box: Sandbox) -> None:
    """What is written, read and deleted under another case of a role's name is the role's own."""
    box.create_role("Web")
    client = box.client("iam")
    put(box, document=READ, role="WEB")
    written = box.role_policies("Web")
    found = client.get_role_policy(RoleName="web", PolicyName="own")["PolicyDocument"]
    client.delete_role_policy(RoleName="wEB", PolicyName="own")

    assert (written, found, box.role_policies("web")) == ({"own": READ}, READ, {})


def test_a_policys_own_name_has_a_case(box: Sandbox) -> None:
    """Names of inline policies differ by their case: two of them are two policies."""
    box.create_role("web")
    for name in ("own", "OWN"):
        put(box, name, READ, role="WEB")

    assert box.role_policies("web") == {"own": READ, "OWN": READ}


def test_a_second_role_of_the_name_is_refused(box: Sandbox) -> None:
    """`CreateRole` with another case of a name finds it taken, by whoever asks, but in its account alone."""
    box.create_role("Web")
    client = box.client("iam")
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        client.create_role(RoleName="WEB", AssumeRolePolicyDocument=json.dumps(READ))
    with pytest.raises(ClientError, match="EntityAlreadyExists"):
        box.create_role("web")
    box.create_role("WEB", account=OTHER_ACCOUNT)

    assert [each["RoleName"] for each in client.list_roles()["Roles"]] == ["Web"]


def test_a_deleted_role_leaves_its_name_free(box: Sandbox) -> None:
    """After a deletion, in whatever case, a new role has its name in the case that it is given in."""
    box.create_role("Web")
    client = box.client("iam")
    client.delete_role(RoleName="web")
    box.create_role("WEB")

    assert client.get_role(RoleName="web")["Role"]["RoleName"] == "WEB"


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


def test_the_engine_meets_one_role(box: Sandbox) -> None:
    """A program that names the role in another case writes to it, finds it again, and leaves it clean."""
    box.create_role("Web")

    def program() -> None:
        made: Any = aws.iam.RolePolicy("own", role="WEB", name="own", policy=json.dumps(READ))
        pulumi.export("id", made.id)

    stack = box.stack(program)
    identifier = stack.up().outputs["id"].value
    written = box.role_policies("Web")
    changed = stack.refresh().summary.resource_changes
    stack.destroy()

    assert (identifier, written, box.role_policies("Web")) == ("WEB:own", {"own": READ}, {})
    assert changed == {"same": 2}
