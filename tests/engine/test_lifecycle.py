"""From the first `up` to `destroy`: each operation does what it should to the component's policy, and no more."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pulumi.automation as auto
import pytest

from sandbox import Sandbox
from tests.documents import KEY, OWN
from tests.on_engine import permissions, writes

COMPONENT: Final = "ssm-perms:index:SessionManagerPermissions"
PUT: Final = ("PutRolePolicy", "web")
DELETE: Final = ("DeleteRolePolicy", "web")
# The stack itself, the component and its policy.
ALL: Final = 3


def changes(result: Any) -> Mapping[str, int]:
    """Return how many resources met what, as Pulumi counts them under an operation."""
    return dict(result.summary.resource_changes)


def whole_role(box: Sandbox) -> dict[str, Any]:
    """Return everything that IAM says of a role."""
    role = box.client("iam").get_role(RoleName="web")["Role"]
    return {"role": role, "inline": box.role_policies("web"), "attached": box.attached_policies("web")}


def deployed(box: Sandbox, **args: Any) -> auto.Stack:
    """Return a stack that is up, with a role that has nothing else, and an empty record."""
    box.create_role("web")
    stack = box.stack(permissions(**args))
    stack.up()
    box.forget()
    return stack


def test_a_second_up_does_nothing(box: Sandbox) -> None:
    """A stack holds the component and one policy under it; what is as it should be is not even asked for."""
    stack = deployed(box, kms_key_arns=[KEY])
    resources = stack.export_stack().deployment or {}
    urns = [made["urn"] for made in resources["resources"] if not made["type"].startswith("pulumi:")]

    assert urns == [
        f"urn:pulumi:dev::app::{COMPONENT}::web",
        f"urn:pulumi:dev::app::{COMPONENT}$aws:iam/rolePolicy:RolePolicy::web-session-manager",
    ]
    assert changes(stack.up()) == {"same": ALL}
    assert box.calls == []


def test_a_refresh_sees_what_a_document_means(box: Sandbox) -> None:
    """The same document in another layout is no difference; where someone changed what it says, it is written anew."""
    stack = deployed(box, kms_key_arns=[KEY], s3_log_encryption_enforced=True)
    [(name, ours)] = box.role_policies("web").items()
    results = []
    for document in (ours, OWN):
        text = json.dumps(document, sort_keys=True, indent=2)
        box.client("iam").put_role_policy(RoleName="web", PolicyName=name, PolicyDocument=text)
        results.append(changes(stack.up(refresh=True)))

    assert results == [{"same": ALL}, {"same": ALL - 1, "update": 1}]
    assert box.role_policies("web") == {name: ours}


@pytest.mark.parametrize(
    "end",
    [lambda box: box.stack(permissions()).destroy(), lambda box: box.stack(lambda: None).up()],
    ids=["destroy", "up without the component"],
)
def test_the_role_is_left_as_it_was(box: Sandbox, end: Callable[[Sandbox], Any]) -> None:
    """In the end the role, its other inline and managed policies and its tags are what they were."""
    iam = box.client("iam")
    box.create_role("web", path="/team/", policies={"own": OWN})
    arn = iam.create_policy(PolicyName="other", PolicyDocument=json.dumps(OWN))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="web", PolicyArn=arn)
    iam.tag_role(RoleName="web", Tags=[{"Key": "team", "Value": "web"}])
    box.forget()
    before = whole_role(box)
    box.stack(permissions()).up()
    end(box)

    assert writes(box) == [PUT, DELETE]
    assert whole_role(box) == before
