"""docs/moving.md: whatever moves, the role is never without the policy.

Another role, another name of the policy, aliases, and an exact name that needs none are shown in
`tests/engine/test_never_a_gap.py` and `tests/engine/test_exact_names.py`; two stacks on one role, in
`tests/docs/test_exact_names.py`.
"""

from typing import Final

import pulumi.automation as auto
import pytest

from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows
from tests.docs.runs import all_of, fill, up
from tests.fleets import fleet
from tests.on_engine import gaps, inline_documents, permissions, writes

PAGE: Final = "docs/moving.md"
NEW: Final = ("PutRolePolicy", "web")


def nothing() -> None:
    """Declare nothing."""


@shows(PAGE, "To another stack or project")
def test_state_moves_to_another_project(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """After the page's command neither program has anything to do, even where the policy has an exact name."""
    [move] = shown
    program = permissions(policy_name="ssm")
    here = box.stack(program, project="app")
    here.up()
    box.stack(nothing, project="platform").up()
    terminal(here).run(move.text)
    box.stack(program, project="platform").up()
    box.stack(nothing, project="app").up()

    assert (writes(box), len(inline_documents(box))) == ([NEW], 1)


@shows(PAGE, "Another name for the project")
def test_a_project_is_renamed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The renamed stack has nothing to do."""
    [rename] = shown
    stack = box.stack(permissions(), project="app")
    stack.up()
    terminal(stack).run(rename.text)
    box.stack(permissions(), project="platform").up()

    assert writes(box) == [NEW]


@shows(PAGE, "From inline to managed")
def test_inline_becomes_managed_and_back(box: Sandbox, shown: list[Block]) -> None:
    """At once or one role after the other, no role is without its policy; a run that finds one full deletes nothing."""
    box.create_role("api")
    inline = all_of([permissions(), permissions("api", role="api")])
    managed = shown[0].program()
    one_of_two = all_of([fleet(["web"]), permissions("api", role="api")])
    up(box, inline)
    last = fill(box, "api")
    with pytest.raises(auto.CommandError, match="LimitExceeded"):
        up(box, managed)
    kept = [len(inline_documents(box, role)) for role in ("web", "api")]
    box.client("iam").detach_role_policy(RoleName="api", PolicyArn=last)
    up(box, managed)
    moved = [(len(inline_documents(box, role)), len(box.attached_policies(role))) for role in ("web", "api")]
    up(box, one_of_two, managed, inline)

    assert (kept, moved) == ([1, 1], [(0, 1), (0, 10)])
    assert [len(inline_documents(box, role)) for role in ("web", "api")] == [1, 1]
    assert gaps(box, ["web", "api"]) == []
