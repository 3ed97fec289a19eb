"""The TypeScript blocks of the pages do what the Python ones beside them do. On the engine they share one stack.

The one that is a unit test is run in `test_test_your_program.py`.
"""

from typing import Final

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs import in_typescript
from tests.docs.pages import ROLE, Block, shows
from tests.languages import kits
from tests.on_engine import inline_documents

FLEET: Final = ("docs/many-roles.md", ("Roles of a path", 3))
LOGS: Final = ("docs/session-logs-and-keys.md", ("From an alias to the key", 2))


@shows(*FLEET)
def test_a_search_that_finds_nothing_ends_the_preview(box: Sandbox, shown: list[Block]) -> None:
    """The error's text is the program's own."""
    done = in_typescript.pulumi(box, "preview", in_typescript.compiled(shown[0]))

    assert done.returncode != 0
    assert "no role has the path /nodes/" in done.stdout + done.stderr


def prepare(box: Sandbox) -> str:
    """Make what the programs expect: roles, and a key with an alias, whose ARN is returned."""
    for name in ("web-1", "worker", "batch"):
        box.create_role(name, path="/nodes/")
    key = box.client("kms").create_key()["KeyMetadata"]
    box.client("kms").create_alias(AliasName="alias/session-data", TargetKeyId=key["KeyId"])
    return str(key["Arn"])


@shows(*LOGS)
@shows(*FLEET)
def test_the_programs_do_what_those_in_python_do(box: Sandbox, shown: list[Block]) -> None:
    """The roles of the search get the policy, and what is looked up as an Output is granted."""
    logs, fleet = map(in_typescript.compiled, shown)
    key = prepare(box)
    exported = in_typescript.up(box, logs, fleet)
    attached = {name: len(box.attached_policies(name)) for name in ("web-1", "worker", "batch", ROLE)}

    assert exported == {"deniedActions": {}}
    assert attached == {"web-1": 1, "worker": 1, "batch": 0, ROLE: 0}
    assert inline_documents(box, ROLE) == [policy_document(kms_key_arns=[key])]


def test_every_typescript_block_is_type_checked() -> None:
    """What does not compile with the example's options, which are strict, is not made."""
    names = {f"{name}.js" for name in kits.page_blocks()}
    made = {file.name for file in (kits.page_programs() / "bin").iterdir()}

    assert made == names
