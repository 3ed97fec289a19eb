"""The TypeScript blocks of the pages do what the Python ones beside them do. On the engine they share one stack.

The one that is a unit test is run in `test_test_your_program.py`.
"""

from typing import Final

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.answers import session
from tests.docs import in_typescript
from tests.docs.pages import Block, shows
from tests.documents import BUCKET
from tests.languages import kits
from tests.on_engine import inline_documents

FLEET: Final = ("docs/fleet.md", ("Roles of a path", 3))
LOGS: Final = ("docs/session-logs.md", ("From an alias to the key", 2))
OPTIONS: Final = ("docs/resource-options.md", ("Options by a transform", 2))


@shows(*FLEET)
def test_a_search_that_finds_nothing_ends_the_preview(box: Sandbox, shown: list[Block]) -> None:
    """The error's text is the program's own."""
    done = in_typescript.pulumi(box, "preview", in_typescript.compiled(shown[0]))

    assert done.returncode != 0
    assert "no role has the path /nodes/" in done.stdout + done.stderr


def prepare(box: Sandbox) -> str:
    """Make what the programs expect: roles, preferences, and a key with an alias, whose ARN is returned."""
    for name in ("web-1", "worker", "batch"):
        box.create_role(name, path="/nodes/")
    for name in ("reads", "generated", "exact"):
        box.create_role(name)
    content = session({"s3BucketName": BUCKET.rpartition(":")[2]})
    box.client("ssm").create_document(Name="preferences", DocumentType="Session", Content=content)
    key = box.client("kms").create_key()["KeyMetadata"]
    box.client("kms").create_alias(AliasName="alias/session-data", TargetKeyId=key["KeyId"])
    return str(key["Arn"])


def for_role(block: Block, name: str, inputs: str = "") -> Block:
    """Return a block with another component, on the role that is called like it, with these inputs as well."""
    return block.changed('("web", { role: "web"', f'("{name}", {{ role: "{name}"{inputs}')


@shows(*LOGS)
@shows(*OPTIONS)
@shows(*FLEET)
def test_the_programs_do_what_those_in_python_do(box: Sandbox, shown: list[Block]) -> None:
    """The roles of the search get the policy, and what is looked up as an Output is granted.

    The transform's option is on the policy of a generated name, and not on that of an exact one.
    """
    logs, options, fleet = map(in_typescript.compiled, shown)
    key = prepare(box)
    look_up = 'ssm.getDocumentOutput({ name: "preferences" })'
    reads = logs.changed('kms.getKeyOutput({ keyId: "alias/session-data" })', look_up)
    reads = for_role(reads.changed("kmsKeyArns: [key.arn]", "sessionPreferences: key.content"), "reads")
    generated, exact = for_role(options, "generated"), for_role(options, "exact", ', policyName: "ssm"')
    exported = in_typescript.up(box, logs, reads, generated, exact, fleet)
    attached = {name: len(box.attached_policies(name)) for name in ("web-1", "worker", "batch", "web")}
    ignored = {name: "policy" in made.get("ignoreChanges", []) for name, made in in_typescript.resources(box).items()}

    assert exported == {"deniedActions": {}}
    assert attached == {"web-1": 1, "worker": 1, "batch": 0, "web": 0}
    assert inline_documents(box) == [policy_document(kms_key_arns=[key])]
    assert inline_documents(box, "reads") == [policy_document(s3_log_bucket_arn=BUCKET)]
    assert inline_documents(box, "generated") == inline_documents(box, "exact") == [policy_document()]
    assert [ignored["generated-session-manager"], ignored["/exact/ssm"]] == [True, False]


@shows("README.md", ("In YAML, TypeScript and Go", 2))
def test_every_typescript_block_is_type_checked(shown: list[Block]) -> None:
    """What does not compile with the example's options, which are strict, is not made."""
    names = {f"{name}.js" for name in kits.page_blocks()}
    made = {file.name for file in (kits.page_programs() / "bin").iterdir()}

    assert shown[0].text in {block.content for block in kits.page_blocks().values()}
    assert made == names
