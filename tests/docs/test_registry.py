"""The two pages of Pulumi's registry: they are made from README.md, the examples and the schema, as it expects them."""

import re

import pytest
import yaml
from packaging.requirements import Requirement

from development import registry
from development.agreement import repository, version
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, links, shows


@pytest.mark.parametrize("page", registry.SECTIONS)
def test_a_page_is_as_the_registry_expects(page: str) -> None:
    """It is made by `make registry`; its head says title, description and layout; no link is relative."""
    _, head, _ = re.split(r"(?m)^---$\n", (ROOT / page).read_text(), maxsplit=2)
    front = yaml.safe_load(head)

    assert {name: type(value) for name, value in front.items()} == {"title": str, "meta_desc": str, "layout": str}
    assert len(front["title"]) <= 60
    assert [link for link in links(page) if not link.startswith("https://")] == []


@shows(registry.INDEX, "Example")
def test_each_language_has_the_example_that_its_tests_run(shown: list[Block]) -> None:
    """The programs are those of examples/; only the plugin of the clone is not named."""
    programs = [(block.language, block.text) for block in shown]
    files = [(language, (ROOT / name).read_text()) for language, names in registry.EXAMPLES.items() for name in names]
    *others, (yaml_language, yaml_program) = files
    without_plugin = {key: value for key, value in yaml.safe_load(yaml_program).items() if key != "packages"}

    assert programs[:-1] == others
    assert programs[-1][0] == yaml_language
    assert yaml.safe_load(programs[-1][1]) == without_plugin


@shows(registry.INSTALLATION, "Install")
def test_the_address_is_the_repositorys(shown: list[Block]) -> None:
    """Requirement and command name this repository, and the version of the package."""
    requirement, console = shown
    [(command, _)] = commands(console.text)
    address = repository(ROOT)

    assert Requirement(requirement.text.strip()).url == f"git+{address}@v{version(ROOT)}"
    assert command == f"pulumi package add {address.removeprefix('https://')}/plugin@v{version(ROOT)}"


def test_the_readme_has_the_repositorys_address() -> None:
    """Where it installs a commit, the command writes the address that the schema has."""
    readme = "git+https://github.com/one/name@COMMIT\n"

    assert registry.addressed(readme, "https://github.com/two/fork") == readme.replace("one/name", "two/fork")


def test_a_section_ends_at_the_next_one() -> None:
    """What looks like a heading within a block is not one."""
    readme = "# Title\n\nFirst.\n\n## One\n\n```console\n## no heading\n```\n\n### Part\n\n## Two\n\nLast.\n"

    assert registry.introduction(readme) == "First.\n"
    assert registry.section(readme, "One") == "```console\n## no heading\n```\n\n### Part\n"
    assert registry.section(readme, "Two") == "Last.\n"
