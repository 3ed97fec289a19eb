"""docs/session-logs-and-keys.md: from preferences to inputs, and from one key or bucket to another without a gap."""

import re
from dataclasses import replace
from typing import Final

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal
from tests.documents import ALL_GRANTS, KEY, granted
from tests.on_engine import gaps, inline_documents
from tests.pages import ROLE, Block, shows, table

PAGE: Final = "docs/session-logs-and-keys.md"
EXISTING: Final = "From preferences to inputs"


def test_the_table_has_each_input_for_logs_and_keys() -> None:
    """Every input has its row, except the heartbeat and the enforcement that names no bucket."""
    named = {name for _, text in table(PAGE, EXISTING) for name in re.findall(r"`(\w+)`", text)}

    assert named == {*ALL_GRANTS} - {"allow_update_instance_information", "s3_log_encryption_enforced"}


def key(box: Sandbox, alias: str = "") -> str:
    """Make a key, with an alias or without one; return its ARN."""
    kms = box.client("kms")
    made = str(kms.create_key()["KeyMetadata"]["Arn"])
    if alias:
        kms.create_alias(AliasName=alias, TargetKeyId=made)
    return made


@shows(PAGE, (EXISTING, 2))
def test_what_exists_is_granted(box: Sandbox, shown: list[Block]) -> None:
    """Each line grants what its comment names, and an alias becomes the key's ARN."""
    session_key, bucket_key = (key(box, f"alias/{name}") for name in ("session-data", "session-logs"))
    box.stack(shown[0].program()).up()

    assert inline_documents(box, ROLE) == [
        policy_document(
            allow_update_instance_information=True,
            kms_key_arns=[session_key],
            s3_log_bucket_arn="arn:aws:s3:::example-session-logs",
            s3_log_key_prefix="web",
            s3_log_kms_key_arn=bucket_key,
            cloudwatch_log_group_arns=["arn:aws:logs:eu-west-1:123456789012:log-group:/ssm/sessions"],
        )
    ]


@shows(PAGE, "Rotate the session key")
def test_a_session_key_is_rotated(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The role may use the key of the preferences at each step; the first run is one update, the last takes one out."""
    program, first, alias, last = shown
    old, new = key(box, "alias/session-data"), key(box)
    present = program.changed(f'        "{KEY}",\n', "")
    box.stack(present.program()).up()
    console = terminal(box.stack(program.changed(KEY, new).program()))
    previewed, _ = console.run(first.text)
    both = granted_keys(box)
    console.run(alias.changed("1234abcd-12ab-34cd-56ef-1234567890ab", new.rpartition("/")[2]).text)
    terminal(box.stack(present.program())).run(last.text)

    assert previewed.count("aws:iam/rolePolicy:RolePolicy: (update)") == 1
    assert (both, granted_keys(box)) == ({old, new}, {new})
    assert gaps(box, [ROLE]) == []


def granted_keys(box: Sandbox) -> set[str]:
    """Return the keys that the role may decrypt with."""
    return {
        on for document in inline_documents(box, ROLE) for action, on in granted(document) if action == "kms:Decrypt"
    }


@shows(PAGE, "Move the log bucket")
def test_a_bucket_is_moved(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The role may write to the old bucket until the end, and to the new one from the first run on."""
    both, first, last = shown
    one, _ = both.text.split('SessionManagerPermissions("web-new-logs"')
    program = replace(both, content=one)
    box.stack(program.program()).up()
    terminal(box.stack(both.program())).run(first.text)
    written = [buckets(box)]
    terminal(box.stack(program.changed("example-session-logs", "new-session-logs").program())).run(last.text)
    written.append(buckets(box))

    assert written == [{"example-session-logs", "new-session-logs"}, {"new-session-logs"}]
    assert len(inline_documents(box, ROLE)) == 1
    assert gaps(box, [ROLE]) == []


def buckets(box: Sandbox) -> set[str]:
    """Return the buckets that the role may write to."""
    found = [each for document in inline_documents(box, ROLE) for each in granted(document)]
    return {on.partition(":::")[2].partition("/")[0] for action, on in found if action == "s3:PutObject"}
