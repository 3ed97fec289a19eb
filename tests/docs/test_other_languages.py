"""docs/other-languages.md: its programs are the examples' or run, and what it quotes is what Pulumi prints."""

import json
import re
from typing import Final

import yaml

from sandbox import Sandbox, find_cli
from tests.docs import in_yaml
from tests.docs.console import commands
from tests.documents import CHANNELS_AND_HEARTBEAT, policy
from tests.on_engine import inline_documents
from tests.pages import ROOT, Block, blocks, pages, shows, table

PAGE: Final = "docs/other-languages.md"
ADD: Final = "Add it to your project"
DIFFERS: Final = "What differs from Python"


@shows(PAGE, ADD)
def test_the_plugin_is_a_folder_of_the_repository(shown: list[Block]) -> None:
    """Each command names the folder that Pulumi takes for a plugin, in a commit and in a clone."""
    words = [command for block in shown for command, _ in commands(block.text)]
    folders = [
        re.findall(r"^pulumi package add \S*/pulumi-ssm-perms(?:\.git)?/(\w+)(?:@COMMIT)?$", each) for each in words
    ]

    assert len(words) == 2
    assert [folder for folder in folders if not (ROOT / "".join(folder) / "PulumiPlugin.yaml").is_file()] == []


def test_what_pulumi_prints_is_quoted() -> None:
    """The CLI has the sentence of the page."""
    said = find_cli().read_bytes().decode(errors="ignore")
    parts = "Detected that", " exited prematurely"

    assert all(part in (ROOT / PAGE).read_text() for part in parts), "the page must quote the CLI"
    assert [part for part in parts if part not in said] == []


@shows(PAGE, "YAML")
def test_the_project_in_yaml_runs(box: Sandbox, shown: list[Block]) -> None:
    """It gives the role the policy."""
    in_yaml.up(box, shown[0])

    assert inline_documents(box, "web-role") == [policy(CHANNELS_AND_HEARTBEAT)]


def test_every_program_in_yaml_names_the_plugin() -> None:
    """As it stands in the block, a program finds the plugin."""
    programs = [each for page in pages() for each in blocks(page) if each.language == "yaml"]
    declaring = [each for each in programs if "type: ssm-perms:" in each.content]

    assert declaring
    assert [
        str(each) for each in declaring if "ssm-perms" not in yaml.safe_load(each.content).get("packages", {})
    ] == []


def test_the_plain_inputs_are_the_schemas() -> None:
    """The row names each input that takes no Output."""
    [row] = [cell for subject, cell in table(PAGE, DIFFERS) if subject == "plain values only"]
    resources = json.loads((ROOT / "plugin/schema.json").read_text())["resources"]
    plain = {
        key
        for component in resources.values()
        for key, value in component["inputProperties"].items()
        if value.get("plain", False)
    }

    assert {*re.findall(r"`(\w+)`", row)} == plain
