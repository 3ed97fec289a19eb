"""docs/adopt-a-policy.md: from a policy that exists to the component, and never a gap."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.runs import nothing, up
from tests.documents import allow, policy
from tests.fleets import fleet
from tests.mocks import Program
from tests.on_engine import errors, gaps, inline_documents, permissions, writes
from tests.pages import Block, shows, table

PAGE: Final = "docs/adopt-a-policy.md"
UNDER_ITS_NAME: Final = "Import it under its name"

ROLE: Final = "web-role"
NAME: Final = "SessionManager"
DOCUMENT: Final = policy_document(s3_log_encryption_enforced=True)
WITH_MORE: Final = policy(*DOCUMENT["Statement"], allow(["sqs:SendMessage"], "arn:aws:sqs:eu-west-1:111122223333:jobs"))
WRITTEN: Final = [("PutRolePolicy", ROLE)]
IMPORT: Final = 'opts=pulumi.ResourceOptions(import_="web-role:SessionManager"),'


def existing(box: Sandbox, document: Mapping[str, Any] = DOCUMENT, name: str = NAME) -> None:
    """Do what AWS's procedure does in the console."""
    box.client("iam").put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=json.dumps(document))
    box.forget()


@shows(PAGE, "Add the new policy, then delete the old one")
def test_a_policy_is_added_and_the_old_ones_go(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The page ends with the component's policy alone, and the role was never without."""
    existing(box)
    managed = box.client("iam").create_policy(PolicyName=NAME, PolicyDocument=json.dumps(DOCUMENT))
    box.client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=managed["Policy"]["Arn"])
    console = terminal(box.stack(permissions(role=ROLE)))
    for block in shown:
        console.run(block.text)

    assert list(box.role_policies(ROLE).values()) == [policy_document()]
    assert box.attached_policies(ROLE) == {}
    assert gaps(box, [ROLE]) == []


@pytest.mark.parametrize("document", [DOCUMENT, WITH_MORE], ids=["the same document", "another document"])
@shows(PAGE, UNDER_ITS_NAME)
def test_a_policy_is_imported_under_its_name(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, document: Mapping[str, Any]
) -> None:
    """Nothing is written, or what the preview shows; without `import_` nothing changes any more."""
    existing(box, document)
    program, look, write = shown
    previewed, _ = terminal(box.stack(program.program())).run(look.text + write.text)
    box.stack(program.changed(IMPORT, "").program()).up(expect_no_changes=True)

    assert "= aws:iam/rolePolicy:RolePolicy: (import)" in previewed
    assert ("RolePolicy: (update)" in previewed) == (document == WITH_MORE)
    assert writes(box) == (WRITTEN if document == WITH_MORE else [])
    assert box.role_policies(ROLE) == {NAME: DOCUMENT}
    assert gaps(box, [ROLE]) == []


@shows(PAGE, UNDER_ITS_NAME)
def test_a_wrong_import_is_refused_and_mended(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The preview shows what the page's table says, `up` fails, and after the command there nothing is written."""
    existing(box, WITH_MORE, "own")
    existing(box)
    program, look, write = shown
    wrong = box.stack(program.changed(f"web-role:{NAME}", "web-role:own").program())
    [previewed] = terminal(wrong).run(look.text)
    failed = errors(wrong.up)
    [advice] = [told for shows_it, told in table(PAGE, UNDER_ITS_NAME) if shows_it == "`replace`"]
    deployment: Any = wrong.export_stack().deployment
    [urn] = [each["urn"] for each in deployment["resources"] if each["type"].endswith(":RolePolicy")]
    [command] = [part for part in advice.split("`") if part.startswith("pulumi state")]
    terminal(box.stack(nothing)).run("$ " + command.replace("URN", f"'{urn}'"))
    terminal(box.stack(program.program())).run(write.text)

    assert "RolePolicy: (replace)" in previewed
    assert any("may not be replaced" in line for line in failed), f"it must be refused: {failed}"
    assert writes(box) == []
    assert box.role_policies(ROLE) == {NAME: DOCUMENT, "own": WITH_MORE}


@pytest.mark.parametrize("description", [None, "Sessions."], ids=["no description", "a description"])
def test_a_managed_policy_is_imported(box: Sandbox, description: str | None) -> None:
    """The component takes it over and only attaches it; without its description it would be replaced."""
    more = {"Description": description} if description else {}
    made = box.client("iam").create_policy(PolicyName=NAME, PolicyDocument=json.dumps(policy_document()), **more)
    box.forget()
    arn = made["Policy"]["Arn"]

    def program(**given: Any) -> Program:
        return fleet([ROLE], opts=lambda: pulumi.ResourceOptions(import_=arn), policy_name=NAME, **given)

    replaced = "may not be replaced" in box.stack(program()).preview().stdout
    box.stack(program(description=description)).up()

    assert replaced == bool(description)
    assert writes(box) == [("AttachRolePolicy", ROLE)]
    assert box.attached_policies(ROLE) == {arn: policy_document()}


@shows(PAGE, (UNDER_ITS_NAME, 1))
def test_a_role_policy_of_the_program_is_taken_over(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Forgotten and imported, it isn't written again; with another name it is created first; otherwise it is lost."""
    [program] = shown

    def bare() -> None:
        aws.iam.RolePolicy("old", role=ROLE, name=NAME, policy=json.dumps(DOCUMENT))

    forget = "$ pulumi state delete 'urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::old'"
    terminal(up(box, bare)).run(forget)
    up(box, program.program())
    taken_over = writes(box)
    found = []
    for name in (None, NAME):
        up(box, nothing, bare, permissions(role=ROLE, policy_name=name))
        found.append(len(inline_documents(box, ROLE)))

    assert taken_over == WRITTEN
    assert found == [1, 0]


@shows(PAGE, "Replace AmazonSSMManagedInstanceCore")
def test_awss_policy_is_replaced_without_a_gap(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role has both policies, then the component's alone, then both again, and never less than it needs."""
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    box.reset()
    box.create_role(ROLE)
    managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    box.client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=managed)
    look, write, detach, back = shown
    console = terminal(box.stack(permissions(role=ROLE, allow_update_instance_information=True)))
    roles, *_ = console.run(look.text + write.text)
    inline, attached = [], []
    for step in (detach.text, back.text):
        console.run(step)
        inline.append(inline_documents(box, ROLE))
        attached.append(list(box.attached_policies(ROLE)))
    wanted = policy_document(allow_update_instance_information=True)

    assert roles.split() == [ROLE]
    assert inline == [[wanted], [wanted]]
    assert attached == [[], [managed]]
    assert [gap for action in wanted["Statement"][0]["Action"] for gap in box.gaps(ROLE, action)] == []
