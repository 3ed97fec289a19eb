"""docs/session-logs.md: from an alias to its key. Its examples are run in `tests/engine/test_examples.py`."""

from typing import Final

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.pages import Block, shows
from tests.on_engine import inline_documents

PAGE: Final = "docs/session-logs.md"


@shows(PAGE, "The key that encrypts session data")
def test_an_alias_becomes_the_keys_arn(box: Sandbox, shown: list[Block]) -> None:
    """The program gets from the alias to the key that it names."""
    [program] = shown
    kms = box.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/sessions", TargetKeyId=key["KeyId"])
    box.stack(program.program()).up()

    assert inline_documents(box) == [policy_document(kms_key_arns=[key["Arn"]])]
