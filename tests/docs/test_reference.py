"""docs/reference: the pages are what is made from the code, and the blocks beside it run."""

import pytest

from development import reference
from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.on_engine import inline_documents

PAGE = "docs/reference/session-manager-permissions.md"
HOW = "How to pass the inputs"


@pytest.mark.parametrize("page", reference.made())
def test_the_page_is_made_from_the_code(page: str) -> None:
    """After a change of a type or a docstring, `make reference` writes the page anew."""
    assert (
        f"<!-- made by `make reference` -->\n{reference.made()[page]}<!-- end -->\n"
        in (reference.PAGES / page).read_text()
    )


def test_every_page_of_the_folder_is_made() -> None:
    """No page of the reference is written by hand alone."""
    assert {file.name for file in reference.PAGES.iterdir()} == set(reference.made())


@shows(PAGE, (HOW, 1), (HOW, 2))
def test_keywords_and_a_dict_declare_the_same_component(box: Sandbox, shown: list[Block]) -> None:
    """The first program writes the policy; the second one, which builds its inputs, adds the heartbeat to it."""
    keywords, typed = shown
    written = []
    for block in (keywords, typed):
        up(box, block.program())
        written.append(inline_documents(box))

    assert written == [[policy_document()], [policy_document(allow_update_instance_information=True)]]


@shows(PAGE, (HOW, 3))
def test_the_yaml_declares_it_too(box: Sandbox, shown: list[Block]) -> None:
    """The block in YAML writes the same policy."""
    [block] = shown
    in_yaml.up(box, block)

    assert inline_documents(box) == [policy_document()]


@shows("docs/reference/policy-document.md", "An example")
def test_the_function_returns_the_document_and_names_what_is_wrong(shown: list[Block]) -> None:
    """The example gets the document, and the path that the page tells."""
    [block] = shown
    names: dict[str, object] = {}
    exec(block.text, names)

    assert names["document"] == policy_document(allow_update_instance_information=True)
    assert names["wrong"] == ["kms_key_arns[0]"]
