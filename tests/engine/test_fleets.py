"""A managed policy on many roles: no role at all, and drift of one role.

What becomes of a fleet that changes otherwise is in the tables of `moves/`.
"""

from typing import Any

from pulumi_ssm_perms._managed import NO_ROLES
from sandbox import Sandbox
from tests.fleets import fleet
from tests.on_engine import EngineRun, try_run, writes


def update(box: Sandbox, roles: list[str], **how: Any) -> EngineRun:
    """Declare a fleet of these roles, and forget what was written before."""
    box.forget()
    return try_run(box.stack(fleet(roles, **how)), "up")


def test_a_fleet_of_no_roles_detaches_its_policy(box: Sandbox) -> None:
    """The policy stays, with a warning, and is attached again as it is."""
    box.create_role("web")
    update(box, ["web"])
    emptied = update(box, [])
    detached = writes(box)
    update(box, ["web"])

    assert emptied.said == [f"warning: {NO_ROLES}"]
    assert (detached, writes(box)) == ([("DetachRolePolicy", "web")], [("AttachRolePolicy", "web")])


def test_drift_of_one_role_is_mended_with_a_refresh(box: Sandbox) -> None:
    """The role from which somebody has detached the policy gets it again; the other keeps it."""
    for role in ("api", "web"):
        box.create_role(role)
    update(box, ["api", "web"])
    [arn] = box.attached_policies("api")
    box.client("iam").detach_role_policy(RoleName="api", PolicyArn=arn)
    box.forget()
    box.stack(fleet(["api", "web"])).up(refresh=True)

    assert writes(box) == [("AttachRolePolicy", "api")]
