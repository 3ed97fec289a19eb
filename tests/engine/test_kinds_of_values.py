"""Members of an `Enum`, Outputs in any collection, and what is no role or no dict, on the engine."""

from collections import UserList
from collections.abc import Callable
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions
from sandbox import Sandbox
from tests.bad_inputs import NO_ROLES
from tests.documents import CHANNELS, KEY, OTHER_KEY, decrypt, policy
from tests.on_engine import errors

OURS: Final = policy(CHANNELS, decrypt([KEY, OTHER_KEY]))
PERMISSIONS: Final[Any] = SessionManagerPermissions
FLEET: Final[Any] = SessionManagerManagedPolicy
INSTANCE: Final = "i-0123456789abcdef0"
DICT: Final = "inputs are no keyword arguments, but one dict; pass"


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


def test_a_role_has_the_values(box: Sandbox) -> None:
    """AWS gets the values of an `Enum`'s members, and every key; the next run has nothing to do."""
    box.create_role("web")
    stack = box.stack(lambda: PERMISSIONS("web", {"role": E.ROLE, "policy_name": E.NAME, "kms_key_arns": keys()}))
    stack.up()

    assert box.role_policies("web") == {"ssm": OURS}
    assert set(stack.up().summary.resource_changes or {}) == {"same"}


def test_a_fleet_has_the_values(box: Sandbox) -> None:
    """So do an attachment's role and name, the description and the tags, of which none is dropped."""
    box.create_role("web")
    tags = {E.TEAM: E.TEAM, "stage": "prod"}

    def program() -> None:
        late = MappingProxyType({**tags, "late": pulumi.Output.from_input("yes")})
        FLEET("fleet", {"roles": (E.ROLE,), "description": E.TEXT, "tags": late, "kms_key_arns": keys()})

    stack = box.stack(program)
    stack.up()
    [(arn, document)] = box.attached_policies("web").items()
    found = box.client("iam").get_policy(PolicyArn=arn)["Policy"]

    assert (document, found["Description"]) == (OURS, "For sessions.")
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"team": "team", "stage": "prod", "late": "yes"}
    assert set(stack.up().summary.resource_changes or {}) == {"same"}


@pytest.mark.parametrize(
    ("declare", "line"),
    [
        (
            lambda: PERMISSIONS("web", {"role": INSTANCE}),
            f"SessionManagerPermissions 'web': role '{INSTANCE}': {NO_ROLES[INSTANCE]}",
        ),
        (
            lambda: PERMISSIONS("web", {"role": pulumi.Output.from_input(INSTANCE)}),
            f"SessionManagerPermissions 'web': role '{INSTANCE}': {NO_ROLES[INSTANCE]}",
        ),
        (
            lambda: FLEET("fleet", {"roles": ["web", INSTANCE]}),
            f"SessionManagerManagedPolicy 'fleet': roles[1] '{INSTANCE}': {NO_ROLES[INSTANCE]}",
        ),
        (
            lambda: PERMISSIONS("web", role="web"),
            "SessionManagerPermissions 'web': role: " + DICT + ' {"role": …} after the component\'s name',
        ),
    ],
    ids=["an instance", "an instance as an Output", "an instance in a fleet", "keyword arguments"],
)
def test_what_is_refused(box: Sandbox, declare: Callable[[], Any], line: str) -> None:
    """A preview ends with the one line, and nothing is written."""
    box.create_role("web")
    said = errors(box.stack(declare).preview)

    assert (set(said), box.writes) == ({line}, [])
