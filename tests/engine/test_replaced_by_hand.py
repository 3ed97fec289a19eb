"""What `pulumi up --replace` does, which replaces a policy although nothing has changed; as does a taint."""

from typing import Final

import pytest

from sandbox import Sandbox
from tests.documents import CHANNELS, policy
from tests.fleets import fleet
from tests.on_engine import gaps, permissions

ROLES: Final = ("exact", "fleet", "generated")


def program() -> None:
    """Declare a policy of each kind, on a role of its own."""
    permissions("exact", role="exact", policy_name="ssm")()
    permissions("generated", role="generated")()
    fleet(["fleet"])()


@pytest.mark.parametrize("urns", [["**RolePolicy**"], ["**RolePolicy::**", "**Policy::fleet**"]], ids=str)
def test_replacing_by_hand_costs_a_moment(box: Sandbox, urns: list[str]) -> None:
    """Where there can be only one, an exact name or an attachment, it goes first; a generated name is written first."""
    for role in ROLES:
        box.create_role(role)
    stack = box.stack(program)
    stack.up()
    stack.up(replace=urns)
    held = {role: [*box.role_policies(role).values(), *box.attached_policies(role).values()] for role in ROLES}

    assert held == {role: [policy(CHANNELS)] for role in ROLES}
    assert {role: gaps(box, [role]) for role in ROLES} == {
        "exact": [("DeleteRolePolicy", "exact")],
        "fleet": [("DetachRolePolicy", "fleet")],
        "generated": [],
    }
