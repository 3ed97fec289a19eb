"""docs/reference: the pages are what is made from the code, and the block beside it runs."""

from pulumi_ssm_perms import policy_document
from tests.pages import Block, shows


@shows("docs/reference/policy-document.md", "policy_document, and the errors")
def test_the_function_returns_the_document_and_names_what_is_wrong(shown: list[Block]) -> None:
    """The example gets the document, and the path that its comment has."""
    [block] = shown
    names: dict[str, object] = {}
    exec(block.text, names)

    assert names["document"] == policy_document(allow_update_instance_information=True)
    assert f"# {names['wrong']}".replace("'", '"') in block.text
