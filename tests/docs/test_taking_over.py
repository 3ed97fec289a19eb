"""docs/taking-over.md: from the console's policy, and from a bare RolePolicy, to the component, and never a gap."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pulumi.automation as auto
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows, table
from tests.docs.runs import up
from tests.documents import allow, policy
from tests.on_engine import Program, gaps, inline_documents, writes

PAGE = "docs/taking-over.md"
DOCUMENT = policy_document(s3_log_encryption_enforced=True)
CONSOLES = "SessionManagerPermissions"
KEEPING = "Keeping the console's name"
MOVING = "A RolePolicy of your program"
IMPORTED = "web:SessionManagerPermissions"
DIFF = "$ pulumi preview --diff"
WITH_MORE = policy(*DOCUMENT["Statement"], allow(["sqs:SendMessage"]))


def consoles_policy(box: Sandbox, document: Mapping[str, Any]) -> None:
    """Do what AWS's procedure does in the console."""
    box.client("iam").put_role_policy(RoleName="web", PolicyName=CONSOLES, PolicyDocument=json.dumps(document))
    box.forget()


@shows(
    PAGE,
    "A policy from the console",
    "Both policies, side by side",
    "The console's policy goes",
    "If it was a managed policy",
)
def test_from_the_console_step_by_step(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """Followed from top to bottom, the page ends with the component's policy alone, and the role was never without."""
    consoles_policy(box, DOCUMENT)
    managed = box.client("iam").create_policy(PolicyName=CONSOLES, PolicyDocument=json.dumps(DOCUMENT))
    box.client("iam").attach_role_policy(RoleName="web", PolicyArn=managed["Policy"]["Arn"])
    look, program, compare, delete, look_at_managed, detach = shown
    console = terminal(box.stack(program.program()))
    _, consoles = console.run(look.text)
    *_, consoles_again, components = console.run(compare.text)
    version, managed_document = console.run(look_at_managed.text)
    console.run(detach.text)
    console.run(delete.text)

    assert json.loads(consoles) == json.loads(components) == DOCUMENT
    assert consoles_again == components == managed_document
    assert json.loads(version) == "v1"
    assert (list(box.role_policies("web").values()), box.attached_policies("web")) == ([DOCUMENT], {})
    assert CONSOLES not in box.role_policies("web")
    assert gaps(box) == []


@shows(PAGE, "What no input covers")
def test_what_no_input_covers_gets_a_policy_of_its_own(box: Sandbox, shown: list[Block]) -> None:
    """The program gives the role a policy with the page's statement."""
    [program] = shown
    up(box, program.program())
    jobs = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:jobs"}

    assert inline_documents(box) == [policy(jobs)]


@pytest.mark.parametrize("document", [DOCUMENT, WITH_MORE], ids=["the same document", "another document"])
@shows(PAGE, KEEPING)
def test_the_consoles_name_is_kept(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, document: Mapping[str, Any]
) -> None:
    """Import writes nothing, or what the preview shows, in place; its transform can go then, and destroy deletes it."""
    consoles_policy(box, document)
    program, look = shown
    [preview] = terminal(box.stack(program.program())).run(look.text)
    stack = up(box, program.program(), program.changed("transforms=[adopt]", "").program())
    written, kept, lost = writes(box), box.role_policies("web"), gaps(box)
    stack.destroy()
    shown_as_lost = re.findall(r"^\s*- .*sqs:SendMessage", preview, re.MULTILINE)

    assert "import" in preview
    assert bool(shown_as_lost) == (document == WITH_MORE)
    assert written == ([("PutRolePolicy", "web")] if document == WITH_MORE else [])
    assert (kept, lost) == ({CONSOLES: DOCUMENT}, [])
    assert box.role_policies("web") == {}


@pytest.mark.parametrize("forgotten", [True, False], ids=["forgotten", "not forgotten"])
@shows(PAGE, KEEPING, "The wrong policy was imported")
def test_the_wrong_import_is_found_and_mended(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, *, forgotten: bool
) -> None:
    """The preview says `replace`; after `up` all the same, the page's command saves the other policy."""
    box.client("iam").put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps(WITH_MORE))
    consoles_policy(box, DOCUMENT)
    program, look, forget = shown
    stack = box.stack(program.changed(IMPORTED, "web:own").program())
    [preview] = terminal(stack).run(look.text)
    with pytest.raises(auto.CommandError):
        stack.up()
    if forget.text and forgotten:
        terminal(stack).run(forget.text)
    up(box, program.program())

    assert "replace" in preview
    assert box.role_policies("web") == {CONSOLES: DOCUMENT, **({"own": WITH_MORE} if forgotten else {})}


@shows(PAGE, KEEPING)
def test_the_import_of_another_roles_policy_is_refused(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """The preview fails and says why; without a preview the policy of that role is written over."""
    consoles_policy(box, DOCUMENT)
    box.create_role("api", policies={CONSOLES: WITH_MORE})
    program, look = shown
    stack = box.stack(program.changed(IMPORTED, "api:SessionManagerPermissions").program())
    refusal = terminal(stack).fails(look.text)
    before = box.role_policies("api")
    with pytest.raises(auto.CommandError, match="is another role's"):
        stack.up()

    assert "the policy that is imported, or that an alias names, is another role's" in refusal
    assert (before, box.role_policies("api")) == ({CONSOLES: WITH_MORE}, {CONSOLES: DOCUMENT})


def bare(name: str | None) -> Program:
    """Return a program with a RolePolicy of its own, with this name in IAM or with a generated one."""

    def program() -> None:
        aws.iam.RolePolicy("ssm", role="web", name=name, policy=json.dumps(policy_document()))

    return program


@shows(PAGE, MOVING)
def test_a_bare_policy_becomes_the_components(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The preview has no line for the policy; with an alias that is not the policy's, it shows what is lost."""
    [after] = shown
    up(box, bare("ssm"))
    exact = after.changed('"role": "web"', '"role": "web", "policy_name": "ssm"')
    wrongly = box.stack(exact.changed('name="ssm"', 'name="smm"').program())
    [seen_wrong] = terminal(wrongly).run(DIFF)
    [seen] = terminal(box.stack(exact.program())).run(DIFF)
    wrongly.up()

    assert "+ ssm-perms:index:SessionManagerPermissions: (create)" in seen
    assert "rolePolicy:RolePolicy: (" not in seen
    assert "+ aws:iam/rolePolicy:RolePolicy: (create)" in seen_wrong
    assert "- aws:iam/rolePolicy:RolePolicy: (delete)" in seen_wrong
    assert box.role_policies("web") == {}


NAMES: Final = {
    ("left out", "left out"): (None, None),
    ("given", "left out"): ("ssm", None),
    ("given", "the same"): ("ssm", "ssm"),
    ("given", "another"): ("ssm", "other"),
    ("left out", "given"): (None, "other"),
}


@pytest.mark.parametrize("row", table(PAGE, MOVING), ids=lambda row: f"{row[0]}, {row[1]}")
@shows(PAGE, MOVING)
def test_what_is_written_depends_on_the_names(box: Sandbox, shown: list[Block], row: list[str]) -> None:
    """As the row of the page's table says, nothing is written, or the old policy goes first, which is a gap."""
    [after] = shown
    old, new = NAMES[row[0], row[1]]
    up(box, bare(old))
    box.forget()
    up(box, after.changed('"role": "web"', f'"role": "web", "policy_name": {new!r}').program())
    says = {"nothing": [], "a gap": ["DeleteRolePolicy", "PutRolePolicy"]}

    assert [call.action for call in box.writes] == says[re.split("[:;]", row[2])[0]]
