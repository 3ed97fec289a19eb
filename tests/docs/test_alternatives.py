"""docs/alternatives.md: what the managed policy gives, replacing it without a gap, and the lines without ours."""

import re
from typing import Final

import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows, table
from tests.docs.runs import up
from tests.on_engine import inline_documents, permissions

PAGE: Final = "docs/alternatives.md"
CORE: Final = "AmazonSSMManagedInstanceCore"
REPLACE: Final = "Replace it"
MANAGED: Final = f"arn:aws:iam::aws:policy/{CORE}"
ROLE: Final = "web-role"

OURS: Final = policy_document(allow_update_instance_information=True)
NEEDED: Final = {action for statement in OURS["Statement"] for action in statement["Action"]}


@pytest.fixture
def box(shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox with AWS's managed policies, one of which the role has."""
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    shared_box.reset()
    shared_box.create_role(ROLE)
    shared_box.client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=MANAGED)
    return shared_box


def test_the_table_is_what_the_managed_policy_grants_besides(box: Sandbox) -> None:
    """It has each action of AWS's that the component with the heartbeat doesn't grant, once."""
    document = box.attached_policies(ROLE)[MANAGED]
    theirs = [action for statement in document["Statement"] for action in statement["Action"]]
    listed = [action for row in table(PAGE, CORE) for action in re.findall(r"`(\w+:\w+)`", row[0])]

    assert sorted([*listed, *NEEDED]) == sorted(theirs)


@shows(PAGE, REPLACE)
def test_it_is_replaced_without_a_gap(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The role has both policies, then ours alone, then both again, and after no call less than it needs."""
    look, detach, back = shown
    console = terminal(up(box, permissions(role=ROLE, allow_update_instance_information=True)))
    roles, *_ = console.run(look.text.partition("$ aws cloudtrail")[0])
    inline, attached = [], []
    for step in (detach.text, back.text):
        console.run(step)
        inline.append(inline_documents(box, ROLE))
        attached.append(list(box.attached_policies(ROLE)))

    assert roles.split() == [ROLE]
    assert inline == [[OURS], [OURS]]
    assert attached == [[], [MANAGED]]
    assert [gap for action in NEEDED for gap in box.gaps(ROLE, action)] == []
