"""docs/import-an-existing-policy.md: from a policy that is there to the component, and never a gap."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows, table
from tests.docs.runs import up
from tests.documents import allow, policy
from tests.on_engine import errors, gaps, permissions, writes

PAGE: Final = "docs/import-an-existing-policy.md"
COMPARE: Final = "Compare first"
UNDER_ITS_NAME: Final = "Import a policy under its name"
COMMAND, PROGRAM, IN_YAML, LOOK = ((UNDER_ITS_NAME, number) for number in (1, 2, 3, 4))
WRONG: Final = "The wrong policy was imported"
SIDE_BY_SIDE: Final = "Add a policy, then delete the old one"

DOCUMENT: Final = policy_document(s3_log_encryption_enforced=True)
WITH_MORE: Final = policy(*DOCUMENT["Statement"], allow(["sqs:SendMessage"]))
EXACT: Final[dict[str, Any]] = {"policy_name": "ssm"}
CREATED: Final = "+ aws:iam/rolePolicy:RolePolicy: (create)"
WRITTEN: Final = [("PutRolePolicy", "web")]


def by_hand(box: Sandbox, document: Mapping[str, Any] = DOCUMENT, name: str = "ssm", role: str = "web") -> None:
    """Do what AWS's procedure does in the console."""
    box.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
    box.forget()


def nothing() -> None:
    """Declare nothing."""


@shows(PAGE, COMPARE)
def test_what_the_component_does_not_grant_gets_a_policy_of_its_own(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """The commands print the policy that is there; both programs give the role one with the page's statement."""
    look, program, in_yaml_too = shown
    by_hand(box)
    _, printed = terminal(None).run(look.text)
    up(box, program.program())
    jobs = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:jobs"}
    in_python = box.role_policies("web")
    in_yaml.up(box, in_yaml_too)

    assert json.loads(printed) == DOCUMENT
    assert [document for name, document in in_python.items() if name != "ssm"] == [policy(jobs)]
    assert box.role_policies("web") == in_python
    assert writes(box) == WRITTEN


@pytest.mark.parametrize("document", [DOCUMENT, WITH_MORE], ids=["the same document", "another document"])
@shows(PAGE, UNDER_ITS_NAME)
def test_a_policy_is_imported_under_its_name(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, document: Mapping[str, Any]
) -> None:
    """Nothing is written, or what the preview shows; the program in YAML has nothing to do; destroy deletes it."""
    by_hand(box, document)
    command, program, in_yaml_too, look = shown
    terminal(box.stack(nothing)).run(command.text)
    [preview] = terminal(box.stack(program.program())).run(look.text)
    up(box, program.program())
    in_yaml.up(box, in_yaml_too)
    written, kept, lost = writes(box), box.role_policies("web"), gaps(box)
    up(box, program.changed("protect=True", "protect=False").program(), nothing)

    assert "+ ssm-perms:index:SessionManagerPermissions: (create)" in preview
    assert bool(re.findall(r"^\s*- .*sqs:SendMessage", preview, re.MULTILINE)) == (document == WITH_MORE)
    assert ("RolePolicy: (update)" in preview) == (document == WITH_MORE)
    assert CREATED not in preview
    assert written == (WRITTEN if document == WITH_MORE else [])
    assert kept == {"ssm": DOCUMENT}
    assert lost == []
    assert box.role_policies("web") == {}


@shows(PAGE, COMMAND, PROGRAM, IN_YAML)
def test_an_imported_policy_in_yaml(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The program in YAML takes it over without a write, as the one in Python does."""
    by_hand(box)
    command, program, in_yaml_too = shown
    terminal(box.stack(nothing)).run(command.text)
    preview = in_yaml.preview(box, in_yaml_too)
    in_yaml.up(box, in_yaml_too)
    box.stack(program.program()).preview(expect_no_changes=True)

    assert "rolePolicy:RolePolicy: (" not in preview
    assert writes(box) == []
    assert box.role_policies("web") == {"ssm": DOCUMENT}


@shows(PAGE, COMMAND, PROGRAM, LOOK)
def test_an_import_under_another_name_is_refused(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The preview fails as the page's table says; once the name is corrected, nothing is written."""
    by_hand(box)
    command, program, look = shown
    terminal(box.stack(nothing)).run(command.changed("/web/ssm", "/web/smm").text)
    console = terminal(box.stack(program.program()))
    refused = console.fails(look.text)
    console.run("$ pulumi state rename 'urn:pulumi:dev::app::aws:iam/rolePolicy:RolePolicy::/web/smm' /web/ssm")
    up(box, program.program())

    assert UNKNOWN in refused
    assert f"`{UNKNOWN}`" in [row[0] for row in table(PAGE, UNDER_ITS_NAME)]
    assert writes(box) == []
    assert box.role_policies("web") == {"ssm": DOCUMENT}


UNKNOWN: Final = "cannot be deleted"
REPLACED: Final = "unable to replace"
OTHERS: Final = "is another role's"


@pytest.mark.parametrize(("wrong", "refusal"), [("web:own", REPLACED), ("api:ssm", OTHERS)])
@shows(PAGE, UNDER_ITS_NAME, WRONG)
def test_the_wrong_import_is_refused_and_forgotten(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, wrong: str, refusal: str
) -> None:
    """The preview fails as the page's table says; after the page's command the right import writes nothing."""
    box.create_role("api", policies={"ssm": WITH_MORE})
    by_hand(box, WITH_MORE, "own")
    by_hand(box)
    command, program, in_yaml_too, look, forget = shown
    terminal(box.stack(nothing)).run(command.changed("web:ssm", wrong).text)
    refused = terminal(box.stack(program.program())).fails(look.text)
    terminal(box.stack(nothing)).run(forget.text + command.text)
    in_yaml.up(box, in_yaml_too)

    assert refusal in refused
    assert f"`{refusal}`" in [row[0] for row in table(PAGE, UNDER_ITS_NAME)]
    assert writes(box) == []
    assert box.role_policies("web") == {"ssm": DOCUMENT, "own": WITH_MORE}
    assert box.role_policies("api") == {"ssm": WITH_MORE}


@shows(PAGE, COMMAND, PROGRAM, LOOK)
def test_without_protect_the_wrong_policy_is_deleted(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """That is what `protect` and the page's command save it from."""
    by_hand(box, WITH_MORE, "own")
    command, program, look = shown
    terminal(box.stack(nothing)).run(command.changed("web:ssm", "web:own").text)
    unprotected = box.stack(program.changed("protect=True", "protect=False").program())
    [preview] = terminal(unprotected).run(look.text)
    unprotected.up()

    assert "RolePolicy: (replace)" in preview
    assert box.role_policies("web") == {"ssm": DOCUMENT}


@shows(PAGE, COMMAND, PROGRAM)
def test_without_a_preview_another_roles_policy_is_overwritten(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """The run fails, but the document is in the policy of that role by then."""
    box.create_role("api", policies={"ssm": WITH_MORE})
    command, program = shown
    terminal(box.stack(nothing)).run(command.changed("web:ssm", "api:ssm").text)
    failed = errors(box.stack(program.program()).up)

    assert any(OTHERS in error for error in failed)
    assert box.role_policies("api") == {"ssm": DOCUMENT}


@shows(PAGE, "If the role or the name is secret")
def test_a_secret_pair_is_imported_under_its_digest(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """A preview shows the digest that the page imports the policy under; then nothing is written."""
    by_hand(box, policy_document())
    [commands] = shown
    program = permissions(role=lambda: pulumi.Output.secret("web"), **EXACT)
    preview, _ = terminal(box.stack(program)).run(commands.text)
    up(box, program)

    assert re.findall(r"aws:iam:RolePolicy (\S+) create", preview) == ["/ae0eab1403717fc0"]
    assert writes(box) == []
    assert list(box.role_policies("web")) == ["ssm"]


@shows(PAGE, "Import a policy with a generated name")
def test_a_generated_name_is_imported_with_its_component(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """The component takes the policy over without a write, and keeps its name."""
    by_hand(box, policy_document(), "web-session-manager-0123456")
    file, command = shown
    console = terminal(box.stack(nothing))
    Path(console.folder, "import.json").write_text(file.text)
    console.run(command.text)
    up(box, permissions())

    assert writes(box) == []
    assert list(box.role_policies("web")) == ["web-session-manager-0123456"]


def test_a_generated_name_that_is_imported_alone_stays_alone(box: Sandbox, terminal: OpenTerminal) -> None:
    """The component doesn't know it, and makes another policy."""
    by_hand(box, policy_document(), "web-session-manager-0123456")
    alone = "$ pulumi import aws:iam/rolePolicy:RolePolicy web-session-manager web:web-session-manager-0123456"
    terminal(box.stack(nothing)).run(f"{alone} --generate-code=false")
    preview = terminal(box.stack(permissions())).fails("$ pulumi preview --diff")

    assert CREATED in preview


@shows(PAGE, SIDE_BY_SIDE, "If it is a managed policy")
def test_a_policy_is_added_and_the_old_ones_are_deleted(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """Followed from top to bottom, the page ends with the component's policy alone, and the role was never without."""
    by_hand(box)
    managed = box.client("iam").create_policy(PolicyName="ssm", PolicyDocument=json.dumps(DOCUMENT))
    box.client("iam").attach_role_policy(RoleName="web", PolicyArn=managed["Policy"]["Arn"])
    program, in_yaml_too, compare, delete, look_at_managed, detach = shown
    console = terminal(box.stack(program.program()))
    *_, old, components = console.run(compare.text)
    version, managed_document = console.run(look_at_managed.text)
    console.run(detach.text)
    console.run(delete.text)
    in_yaml.up(box, in_yaml_too)

    assert json.loads(components) == DOCUMENT
    assert old == components == managed_document
    assert json.loads(version) == "v1"
    assert list(box.role_policies("web").values()) == [DOCUMENT]
    assert box.attached_policies("web") == {}
    assert "ssm" not in box.role_policies("web")
    assert gaps(box) == []
