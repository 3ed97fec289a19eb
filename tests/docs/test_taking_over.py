"""docs/taking-over.md: from the console's policy, and from a bare RolePolicy, to the component, and never a gap."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pulumi.automation as auto
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.docs.pages import Block, shows, table
from tests.documents import BUCKET, BUCKET_KEY, LOG_GROUP, allow, policy
from tests.on_engine import gaps, writes

PAGE = "docs/taking-over.md"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DOCUMENT = policy_document(kms_key_arns=[KEY], s3_log_encryption_enforced=True)
CONSOLES = "SessionManagerPermissions"
KEEPING = "Keeping the console's name"
MOVING = "A RolePolicy of your program"
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


INPUTS: Mapping[str, dict[str, Any]] = {
    "kms_key_arns": {"kms_key_arns": [KEY]},
    "s3_log_encryption_enforced": {"s3_log_encryption_enforced": True},
    "allow_update_instance_information": {"allow_update_instance_information": True},
    "s3_log_bucket_arn": {"s3_log_bucket_arn": BUCKET},
    "s3_log_key_prefix": {"s3_log_key_prefix": "team"},
    "s3_log_cross_account": {"s3_log_cross_account": True},
    "s3_log_kms_key_arn": {"s3_log_kms_key_arn": BUCKET_KEY, "s3_log_bucket_arn": BUCKET},
    "cloudwatch_log_group_arns": {"cloudwatch_log_group_arns": [LOG_GROUP]},
}


@pytest.mark.parametrize("row", table(PAGE, "A policy from the console"), ids=lambda row: row[0].split("`")[1])
def test_what_is_in_the_consoles_policy_is_an_input(row: list[str]) -> None:
    """With a row's inputs the document has the row's action."""
    [action] = re.findall(r"`(\w+:\w+)`", row[0])
    named = re.findall(r"`(\w+)`", row[1])
    inputs = {key: value for name in named for key, value in INPUTS[name].items()}
    granted = [name for statement in policy_document(**inputs)["Statement"] for name in statement["Action"]]

    assert action in granted
    assert action not in policy_document()["Statement"][0]["Action"]


@shows(PAGE, "What no input covers")
def test_what_no_input_covers_gets_a_policy_of_its_own(box: Sandbox, shown: list[Block]) -> None:
    """The role has it before the old policy is touched."""
    consoles_policy(box, DOCUMENT)
    [program] = shown
    box.stack(program.program()).up()
    [(name, own)] = [each for each in box.role_policies("web").items() if each[0] != CONSOLES]

    assert name.startswith("jobs-")
    assert [statement["Action"] for statement in own["Statement"]] == ["sqs:SendMessage"]
    assert box.role_policies("web")[CONSOLES] == DOCUMENT


@pytest.mark.parametrize(
    ("document", "says", "written"),
    [(DOCUMENT, "import", []), (WITH_MORE, "- ", [("PutRolePolicy", "web")])],
    ids=["the same document", "another document"],
)
@shows(PAGE, KEEPING)
def test_the_consoles_name_is_kept(  # noqa: PLR0913, PLR0917 - fixtures and parameters
    box: Sandbox,
    shown: list[Block],
    terminal: OpenTerminal,
    document: Mapping[str, Any],
    says: str,
    written: list[tuple[str, str]],
) -> None:
    """Import writes nothing, or updates the policy in place where it says something else, which the preview shows."""
    consoles_policy(box, document)
    program, look = shown
    stack = box.stack(program.program())
    [preview] = terminal(stack).run(look.text)
    stack.up()
    lost = [line for line in preview.splitlines() if line.strip().startswith("- ") and "sqs:SendMessage" in line]

    assert "import" in preview
    assert (says == "- ") is bool(lost)
    assert (writes(box), box.role_policies("web"), gaps(box)) == (written, {CONSOLES: DOCUMENT}, [])


OWN = 'f"{ROLE}:own"'
OF_API = 'f"api:{POLICY}"'


def wrong(program: Block, found: str) -> Block:
    """Return the page's program with an import of another policy."""
    return program.changed('f"{ROLE}:{POLICY}"', found)


@shows(PAGE, KEEPING, "The wrong policy was imported")
def test_the_wrong_import_is_found_and_mended(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The preview says `replace`; after `up` all the same, the page's command saves the other policy."""
    box.client("iam").put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps(WITH_MORE))
    consoles_policy(box, DOCUMENT)
    program, look, forget = shown
    stack = box.stack(wrong(program, OWN).program())
    [preview] = terminal(stack).run(look.text)
    with pytest.raises(auto.CommandError):
        stack.up()
    terminal(stack).run(forget.text)
    box.stack(program.program()).up()

    assert "replace" in preview
    assert (box.role_policies("web"), writes(box)) == ({CONSOLES: DOCUMENT, "own": WITH_MORE}, [])


@shows(PAGE, (KEEPING, 1))
def test_the_wrong_import_loses_the_other_policy_otherwise(box: Sandbox, shown: list[Block]) -> None:
    """What the page warns of: the import corrected without that command deletes the other policy."""
    box.client("iam").put_role_policy(RoleName="web", PolicyName="own", PolicyDocument=json.dumps(WITH_MORE))
    consoles_policy(box, DOCUMENT)
    [program] = shown
    with pytest.raises(auto.CommandError):
        box.stack(wrong(program, OWN).program()).up()
    box.stack(program.program()).up()

    assert box.role_policies("web") == {CONSOLES: DOCUMENT}


@shows(PAGE, KEEPING)
def test_the_import_of_another_roles_policy_is_refused(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal
) -> None:
    """The preview fails and says why; without a preview the policy of that role is written over."""
    consoles_policy(box, DOCUMENT)
    box.create_role("api", policies={CONSOLES: WITH_MORE})
    program, look = shown
    stack = box.stack(wrong(program, OF_API).program())
    refusal = terminal(stack).fails(look.text)
    before = box.role_policies("api")
    with pytest.raises(auto.CommandError, match="is another role's"):
        stack.up()

    assert "the policy that is imported, or that an alias names, is another role's" in refusal
    assert (before, box.role_policies("api")) == ({CONSOLES: WITH_MORE}, {CONSOLES: DOCUMENT})


@shows(PAGE, (KEEPING, 1))
def test_the_import_can_be_removed_afterwards(box: Sandbox, shown: list[Block]) -> None:
    """Without its transform the program has nothing to do, and destroy deletes the policy."""
    consoles_policy(box, DOCUMENT)
    [program] = shown
    box.stack(program.program()).up()
    without = program.changed("transforms=[adopt]", "")
    box.stack(without.program()).up()
    after = (writes(box), box.role_policies("web"))
    box.stack(without.program()).destroy()

    assert after == ([], {CONSOLES: DOCUMENT})
    assert box.role_policies("web") == {}


@shows(PAGE, MOVING)
def test_a_bare_policy_becomes_the_components(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The alias in the transform makes it the same policy: the preview has no line for it, and nothing is written."""
    before, after, look = shown
    box.stack(before.program()).up()
    policies = box.role_policies("web")
    stack = box.stack(after.program())
    [preview] = terminal(stack).run(look.text)
    stack.up()

    assert "+ ssm-perms:index:SessionManagerPermissions: (create)" in preview
    assert "rolePolicy:RolePolicy: (" not in preview
    assert (writes(box), box.role_policies("web")) == ([("PutRolePolicy", "web")], policies)


@shows(PAGE, MOVING)
def test_an_alias_that_is_not_the_policys(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The preview shows what the page says to stop at; with the same explicit name the role ends without the policy."""
    before, after, look = shown
    box.stack(before.changed('role="web"', 'role="web", name="ssm"').program()).up()
    wrong = after.changed('name="ssm"', 'name="smm"').changed('"role": "web"', '"role": "web", "policy_name": "ssm"')
    stack = box.stack(wrong.program())
    [preview] = terminal(stack).run(look.text)
    stack.up()

    assert "+ aws:iam/rolePolicy:RolePolicy: (create)" in preview
    assert "- aws:iam/rolePolicy:RolePolicy: (delete)" in preview
    assert box.role_policies("web") == {}


NOTHING: list[tuple[str, str]] = []
OLD_FIRST = [("DeleteRolePolicy", "web"), ("PutRolePolicy", "web")]
ROWS: Mapping[tuple[str, str], tuple[str | None, str | None, list[tuple[str, str]]]] = {
    ("left out", "left out"): (None, None, NOTHING),
    ("given", "left out"): ("ssm", None, NOTHING),
    ("given", "the same"): ("ssm", "ssm", NOTHING),
    ("given", "another"): ("ssm", "other", OLD_FIRST),
    ("left out", "given"): (None, "other", OLD_FIRST),
}


@pytest.mark.parametrize("row", table(PAGE, MOVING), ids=lambda row: "-".join(row[:2]))
@shows(PAGE, (MOVING, 1), (MOVING, 2))
def test_what_is_written_depends_on_the_name(box: Sandbox, shown: list[Block], row: list[str]) -> None:
    """Each row of the page's table is so: without a write there is no gap, and where there is one the page says it."""
    bare, component = shown
    old, new, expected = ROWS[row[0], row[1]]
    box.stack(bare.changed('role="web"', f'role="web", name={old!r}').program()).up()
    first = len(box.writes)
    box.stack(component.changed('"role": "web"', f'"role": "web", "policy_name": {new!r}').program()).up()

    assert (writes(box)[first:], len(gaps(box))) == (expected, len(expected) // 2)
    assert row[2].split(":")[0].split(";")[0] == ("nothing" if expected == NOTHING else "a gap")
