"""docs/other-languages.md: its commands are of this plugin, its excerpt is of an example that is run."""

from pathlib import Path
from typing import Final

import yaml

from sandbox import Sandbox
from tests.docs.console import commands, follow
from tests.docs.pages import ROOT, Block, shows
from tests.documents import CHANNELS_AND_HEARTBEAT, policy
from tests.languages import kits
from tests.on_engine import inline_documents

PAGE: Final = "docs/other-languages.md"


@shows(PAGE, ("From a clone, today", 1))
def test_the_commands_run_an_example_of_a_clone(box: Sandbox, shown: list[Block], tmp_path: Path) -> None:
    """They give the role the policy; what `pulumi install` installs is left to Pulumi's own hosts, or stands in."""
    [console] = shown
    change, install, *configure_and_run = console.changed("NAME-OR-ARN-OF-YOUR-ROLE", "web").text.splitlines()
    clone, example = tmp_path / "pulumi-ssm-perms", change.removeprefix("$ cd pulumi-ssm-perms/")
    kits.copy(ROOT / example, clone / example)
    (clone / "plugin").symlink_to(box.folder / "plugin")
    follow(box, "\n".join(configure_and_run), clone / example)

    assert example == "examples/yaml"
    assert install == "$ pulumi install"
    assert inline_documents(box) == [policy(CHANNELS_AND_HEARTBEAT)]


@shows(PAGE, ("From a clone, today", 2))
def test_the_plugin_is_a_folder_of_the_clone(shown: list[Block]) -> None:
    """The command names the folder that Pulumi takes for a plugin."""
    [console] = shown
    [(command, _)] = commands(console.text)
    folder = command.removeprefix("pulumi package add ../pulumi-ssm-perms/")

    assert (ROOT / folder / "PulumiPlugin.yaml").is_file()


@shows(PAGE, "An excerpt")
def test_the_block_is_an_excerpt_of_the_example(shown: list[Block]) -> None:
    """The resource is the one of the example that the languages' tests run."""
    [excerpt] = (yaml.safe_load(block.text) for block in shown)
    example = yaml.safe_load((ROOT / "examples/yaml/Pulumi.yaml").read_text())

    assert excerpt["resources"].items() <= example["resources"].items()
