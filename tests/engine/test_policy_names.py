"""A fleet's exact `policy_name`: one that stays, and one that is taken back."""

import pulumi.automation as auto

from sandbox import Sandbox
from tests.engine.moves.items import fleet_with
from tests.engine.moves.outcomes import FAILED, FAILS
from tests.engine.moves.stage import Row, Stage, Update
from tests.fleets import fleet
from tests.on_engine import errors, writes


def test_another_description_needs_another_exact_name(box: Sandbox) -> None:
    """With the exact name kept, IAM refuses the change, and the policy stays as it is and attached."""
    box.create_role("web")

    def described(text: str) -> auto.Stack:
        box.forget()
        return box.stack(fleet(["web"], policy_name="fixed", description=text))

    described("old").up()
    refused = errors(described("new").up)
    described("old").up()

    assert [line for line in refused if "EntityAlreadyExists: " in line]
    assert writes(box) == []
    assert list(box.attached_policies("web")) == [f"arn:aws:iam::{box.account_id}:policy/fixed"]


def test_an_exact_rename_of_a_fleet_that_failed_cannot_be_taken_back(box: Sandbox) -> None:
    """Until a third name, IAM refuses to create the old policy, which is still there; a bare one is deleted."""
    old, new = fleet_with(policy_name="old"), fleet_with(policy_name="new")
    row = Row([[old], Update([new], "AttachRolePolicy", "api"), [old], [fleet_with(policy_name="third")]], ours=FAILS)
    bare, ours = (Stage(box, {"fleet": row}, ours, previews=False).run()["fleet"] for ours in (False, True))

    assert [each.wrong for each in ours] == [[], [FAILED], [FAILED], [], []]
    assert bare[2].wrong == []
