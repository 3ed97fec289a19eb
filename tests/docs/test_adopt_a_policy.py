"""docs/adopt-a-policy.md: from a policy that exists to the component, and never a gap."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows, table
from tests.docs.runs import nothing, up
from tests.documents import allow, policy
from tests.fleets import POLICY, fleet
from tests.on_engine import Program, gaps, inline_documents, permissions, steps, writes

PAGE: Final = "docs/adopt-a-policy.md"
UNDER_ITS_NAME: Final = "Import it under its name"
OF_THE_PROGRAM: Final = "A RolePolicy of your program"
REPLACE: Final = "Replace AmazonSSMManagedInstanceCore"

ROLE: Final = "web-role"
NAME: Final = "SessionManager"
DOCUMENT: Final = policy_document(s3_log_encryption_enforced=True)
WITH_MORE: Final = policy(*DOCUMENT["Statement"], allow(["sqs:SendMessage"], "arn:aws:sqs:eu-west-1:111122223333:jobs"))
WRITTEN: Final = [("PutRolePolicy", ROLE)]


def existing(box: Sandbox, document: Mapping[str, Any] = DOCUMENT, name: str = NAME, role: str = ROLE) -> None:
    """Do what AWS's procedure does in the console."""
    box.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    box.forget()


def component(name: str | None = NAME) -> Program:
    """Return a program that declares the component."""
    return permissions(role=ROLE, policy_name=name)


@pytest.mark.parametrize("document", [DOCUMENT, WITH_MORE], ids=["the same document", "another document"])
@shows(PAGE, UNDER_ITS_NAME)
def test_a_policy_is_imported_under_its_name(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, document: Mapping[str, Any]
) -> None:
    """Nothing is written, or what the preview shows; destroy deletes it."""
    existing(box, document)
    command, program, look, write = shown
    terminal(box.stack(nothing)).run(command.text)
    preview, _ = terminal(box.stack(program.program())).run(look.text + write.text)
    written, kept, lost = writes(box), box.role_policies(ROLE), gaps(box, [ROLE])
    up(box, program.changed("protect=True", "protect=False").program(), nothing)

    assert "+ ssm-perms:index:SessionManagerPermissions: (create)" in preview
    assert ("RolePolicy: (update)" in preview) == (document == WITH_MORE)
    assert "rolePolicy:RolePolicy: (create)" not in preview
    assert written == (WRITTEN if document == WITH_MORE else [])
    assert kept == {NAME: DOCUMENT}
    assert lost == []
    assert box.role_policies(ROLE) == {}


WRONG: Final = [
    ("/web-role/typo", f"{ROLE}:{NAME}", "cannot be deleted"),
    ("/web-role/SessionManager", f"{ROLE}:own", "unable to replace"),
    ("/web-role/SessionManager", f"api-role:{NAME}", "unable to replace"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=" ".join)
@shows(PAGE, UNDER_ITS_NAME)
def test_a_wrong_import_is_refused_and_mended(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, wrong: tuple[str, str, str]
) -> None:
    """The preview fails as the page's table says; after the command there, nothing is written."""
    name, imported, refusal = wrong
    box.create_role("api-role", policies={NAME: WITH_MORE})
    existing(box, WITH_MORE, "own")
    existing(box)
    command, program, look, write = shown
    right = f"/{ROLE}/{NAME} {ROLE}:{NAME}"
    terminal(box.stack(nothing)).run(command.changed(right, f"{name} {imported}").text)
    refused = terminal(box.stack(program.program())).fails(look.text)
    [advice] = [told for shows_it, told in table(PAGE, UNDER_ITS_NAME) if shows_it == f"`{refusal}`"]
    urn = f"urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::{name}"
    mend = advice.partition("`")[2].partition("`")[0].replace("URN", urn)
    console = terminal(box.stack(nothing))
    console.run(f"$ {mend}\n{command.text if 'delete' in mend else ''}")
    terminal(box.stack(program.program())).run(write.text)

    assert refusal in refused
    assert writes(box) == []
    assert box.role_policies(ROLE) == {NAME: DOCUMENT, "own": WITH_MORE}
    assert box.role_policies("api-role") == {NAME: WITH_MORE}


@pytest.mark.parametrize(
    "named",
    [{}, {"policy_name": NAME}, {"description": "Sessions."}],
    ids=["generated name", "exact name", "a description"],
)
@shows(PAGE, "A managed policy")
def test_a_managed_policy_is_imported_with_its_component(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, named: dict[str, Any]
) -> None:
    """The fleet takes it over and only attaches it; it has the name that the preview shows, and its description."""
    described = {"Description": named["description"]} if "description" in named else {}
    made = box.client("iam").create_policy(PolicyName=NAME, PolicyDocument=json.dumps(policy_document()), **described)
    box.forget()
    first, file, command, last = shown
    program = fleet([ROLE], **named)
    terminal(box.stack(program)).run(first.text)
    [called] = [step.name for step in steps(box.stack(program).preview) if step.type == POLICY]
    console = terminal(box.stack(nothing))
    Path(console.folder, "import.json").write_text(file.changed('"fleet-session-manager"', f'"{called}"').text)
    console.run(command.text)
    terminal(box.stack(program)).run(last.text)

    assert writes(box) == [("AttachRolePolicy", ROLE)]
    assert box.attached_policies(ROLE) == {made["Policy"]["Arn"]: policy_document()}


def bare(name: str | None = NAME, role: str = ROLE, called: str = "old", *, parent: bool = False) -> Program:
    """Return a program with a RolePolicy of its own, with this name in IAM or with a generated one."""

    def program() -> None:
        team = pulumi.ComponentResource("acme:index:Team", "shop") if parent else None
        opts = pulumi.ResourceOptions(parent=team)
        aws.iam.RolePolicy(called, role=role, name=name, policy=json.dumps(policy_document()), opts=opts)

    return program


def of_the_policy(stack: auto.Stack) -> list[str]:
    """Return what a preview shows of RolePolicies."""
    return [step.op for step in steps(stack.preview) if step.type == "aws:iam/rolePolicy:RolePolicy"]


@shows(PAGE, OF_THE_PROGRAM)
def test_a_role_policy_is_renamed_first(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """After the rename, the component takes it over without a write."""
    rename, forget = shown
    terminal(up(box, bare())).run(rename.text)
    previewed = of_the_policy(box.stack(component()))
    up(box, component())

    assert "$aws:" in forget.text
    assert previewed == []
    assert writes(box) == WRITTEN
    assert box.role_policies(ROLE) == {NAME: policy_document()}


@shows(PAGE, OF_THE_PROGRAM)
def test_a_role_policy_below_a_parent_is_forgotten(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """It is written once more and never missing; after a rename it would be lost, and the preview says so."""
    rename, forget = shown
    of_another = rename.changed("::aws:", "::acme:index:Team$aws:")
    found = []
    for command in (forget, of_another):
        terminal(up(box, bare(parent=True))).run(command.text)
        previewed = of_the_policy(box.stack(component()))
        up(box, component())
        found.append((sorted(previewed), box.role_policies(ROLE), bool(gaps(box, [ROLE]))))
        up(box, nothing)
        box.forget()

    assert found == [
        (["create"], {NAME: policy_document()}, False),
        (["create", "delete"], {}, True),
    ]


# The name of the bare policy and of the component's; `None` is a generated one.
EXCHANGED: Final = [(NAME, None), (NAME, "other"), (None, None), (None, NAME), (NAME, NAME)]


def test_another_name_is_exchanged_in_one_run(box: Sandbox) -> None:
    """As the page says, the new policy is created first; with the same name it is lost."""
    roles = {box.create_role(f"role-{number}").rpartition("/")[2]: names for number, names in enumerate(EXCHANGED)}
    [lost] = [role for role, (old, new) in roles.items() if old == new == NAME]

    def program(*, ours: bool) -> None:
        for role, (old, new) in roles.items():
            (permissions(role, role=role, policy_name=new) if ours else bare(old, role, f"old-{role}"))()

    up(box, partial(program, ours=False), partial(program, ours=True))

    assert {role: inline_documents(box, role) for role in roles} == {
        role: [] if role == lost else [policy_document()] for role in roles
    }
    assert [role for role in roles if gaps(box, [role])] == [lost]


@shows(PAGE, "Without an import")
def test_a_policy_is_added_and_the_old_ones_go(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The page ends with the component's policy alone, and the role was never without."""
    existing(box)
    managed = box.client("iam").create_policy(PolicyName=NAME, PolicyDocument=json.dumps(DOCUMENT))
    box.client("iam").attach_role_policy(RoleName=ROLE, PolicyArn=managed["Policy"]["Arn"])
    console = terminal(box.stack(component(None)))
    for block in shown:
        console.run(block.text)

    assert list(box.role_policies(ROLE).values()) == [policy_document()]
    assert box.attached_policies(ROLE) == {}
    assert gaps(box, [ROLE]) == []


@shows(PAGE, REPLACE)
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
    roles, *_ = console.run(look.text.partition("$ aws cloudtrail")[0] + write.text)
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
