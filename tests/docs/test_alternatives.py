"""docs/alternatives.md: a bare RolePolicy has the document, and the managed policy lacks what the page says."""

from typing import Final

import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.documents import ALL_GRANTS, granted
from tests.on_engine import inline_documents

PAGE: Final = "docs/alternatives.md"
MANAGED: Final = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


@shows(PAGE, "A bare RolePolicy")
def test_the_document_works_without_the_component(box: Sandbox, shown: list[Block]) -> None:
    """The program gives the role the document that the component would write."""
    [program] = shown
    up(box, program.program())

    assert inline_documents(box) == [policy_document(allow_update_instance_information=True)]


def test_the_managed_policy_grants_no_keys_and_no_logs(shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all that this package can grant, AWS's managed policy has the heartbeat and the channels."""
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    shared_box.reset()
    shared_box.create_role("web")
    shared_box.client("iam").attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    statements = shared_box.attached_policies("web")[MANAGED]["Statement"]
    theirs = {action for statement in statements for action in statement["Action"]}
    ours = {action for action, _ in granted(policy_document(**ALL_GRANTS))}

    assert ours & theirs == {action for action, _ in granted(policy_document(allow_update_instance_information=True))}
    assert "ssm:GetParameter" in theirs
