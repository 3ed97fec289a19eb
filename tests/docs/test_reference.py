"""docs/reference: the pages are what is made from the code, and the block beside it runs."""

import pytest

from development import reference
from pulumi_ssm_perms import policy_document
from tests.docs.pages import Block, shows


@pytest.mark.parametrize("page", reference.made())
def test_the_page_is_made_from_the_code(page: str) -> None:
    """After a change of a type or a docstring, `make reference` writes the page anew."""
    made = f"<!-- made by `make reference` -->\n{reference.made()[page]}<!-- end -->\n"

    assert made in (reference.PAGES / page).read_text()


def test_every_page_of_the_folder_is_made() -> None:
    """No page of the reference is written by hand alone."""
    assert {file.name for file in reference.PAGES.iterdir()} == set(reference.made())


@shows("docs/reference/policy-document.md", "policy_document, and the errors")
def test_the_function_returns_the_document_and_names_what_is_wrong(shown: list[Block]) -> None:
    """The example gets the document, and the path that its comment has."""
    [block] = shown
    names: dict[str, object] = {}
    exec(block.text, names)

    assert names["document"] == policy_document(allow_update_instance_information=True)
    assert f"# {names['wrong']}".replace("'", '"') in block.text
