"""docs/other-languages.md: its command names this plugin, and its blocks are excerpts of the examples that are run."""

import textwrap
import tomllib
from collections.abc import Iterator
from typing import Final

from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows

PAGE: Final = "docs/other-languages.md"
EXAMPLES: Final = {"YAML": "yaml/Pulumi.yaml", "TypeScript": "typescript/index.ts", "Go": "go/declare.go"}


@shows(PAGE, "Adding it to a project")
def test_the_plugin_is_where_the_command_says(shown: list[Block]) -> None:
    """The address is the repository's own, the folder is a plugin, and the version is that of the package."""
    [console] = shown
    [(command, _)] = commands(console.text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    repository = project["urls"]["Repository"].removeprefix("https://")

    assert command == f"pulumi package add {repository}/plugin@v{project['version']}"
    assert (ROOT / "plugin/PulumiPlugin.yaml").is_file()


def lines(text: str) -> Iterator[str]:
    """Yield the lines of a program that say something, without their indentation."""
    return (line.strip() for line in textwrap.dedent(text).splitlines() if line.strip())


@shows(PAGE, *EXAMPLES)
def test_the_blocks_are_excerpts_of_the_examples(shown: list[Block]) -> None:
    """Each block is made of lines of the example that the languages' tests run, in their order."""
    for block in shown:
        example = lines((ROOT / "examples" / EXAMPLES[block.heading]).read_text())

        assert [line for line in lines(block.text) if line not in example] == []
