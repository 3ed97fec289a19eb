"""Members of an `Enum`, and Outputs in any collection, on the engine."""

from collections import UserList
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.documents import CHANNELS, KEY, OTHER_KEY, decrypt, policy

OURS: Final = policy(CHANNELS, decrypt([KEY, OTHER_KEY]))
PERMISSIONS: Final[Any] = SessionManagerPermissions
FLEET: Final[Any] = SessionManagerManagedPolicy


class E(str, Enum):  # noqa: UP042 - what programs have
    """Settings as many programs keep them."""

    ROLE = "web"
    NAME = "ssm"
    KEY = KEY
    TEXT = "For sessions."
    TEAM = "team"


def keys() -> Any:
    """Return a key as it is, and one as an Output, in a list of another class."""
    return UserList([E.KEY, pulumi.Output.from_input(OTHER_KEY)])


def test_aws_has_the_values(box: Sandbox) -> None:
    """AWS gets the values of an `Enum`'s members, every key, and every tag; the next run has nothing to do."""
    box.create_role("web")
    tags = {E.TEAM: E.TEAM, "stage": "prod"}

    def program() -> None:
        late = MappingProxyType({**tags, "late": pulumi.Output.from_input("yes")})
        PERMISSIONS("web", {"role": E.ROLE, "policy_name": E.NAME, "kms_key_arns": keys()})
        FLEET("fleet", {"roles": (E.ROLE,), "description": E.TEXT, "tags": late, "kms_key_arns": keys()})

    stack = box.stack(program)
    stack.up()
    [(arn, document)] = box.attached_policies("web").items()
    found = box.client("iam").get_policy(PolicyArn=arn)["Policy"]

    assert (box.role_policies("web"), document, found["Description"]) == ({"ssm": OURS}, OURS, "For sessions.")
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"team": "team", "stage": "prod", "late": "yes"}
    assert set(stack.up().summary.resource_changes or {}) == {"same"}
