"""docs/other-languages.md: its programs are the examples' or run, and what it quotes is what Pulumi prints."""

import re
from typing import Final

from sandbox import Sandbox, find_cli
from tests.docs import in_typescript, in_yaml
from tests.docs.console import commands
from tests.docs.pages import ROOT, Block, shows
from tests.documents import CHANNELS_AND_HEARTBEAT, policy
from tests.languages import kits
from tests.languages.printed import complaints, refused
from tests.languages.programs import Runner
from tests.on_engine import inline_documents

PAGE: Final = "docs/other-languages.md"
ADD: Final = "Add it to your project"
GO: Final = "Go"


@shows(PAGE, (ADD, 1))
def test_the_plugin_is_a_folder_of_the_clone(shown: list[Block]) -> None:
    """The command names the folder that Pulumi takes for a plugin."""
    [(command, _)] = commands(shown[0].text)
    folder = command.removeprefix("pulumi package add ../pulumi-ssm-perms/")

    assert (ROOT / folder / "PulumiPlugin.yaml").is_file()


@shows(PAGE, (ADD, 2))
def test_what_pulumi_prints_is_quoted_whole(shown: list[Block]) -> None:
    """The CLI has the sentences of the page, between which it prints what the plugin said."""
    cli = find_cli().read_bytes().decode(errors="ignore")
    sentences = re.split(r"error: Detected that …/plugin|\n *", shown[0].text.strip())

    assert [each for each in sentences if each.strip() not in cli] == []


@shows(PAGE, "YAML")
def test_the_project_in_yaml_runs(box: Sandbox, shown: list[Block]) -> None:
    """It gives the role the policy."""
    in_yaml.up(box, shown[0])

    assert inline_documents(box, "web-role") == [policy(CHANNELS_AND_HEARTBEAT)]


def strange(excerpt: Block, example: str, role: str) -> list[str]:
    """Return the lines of an excerpt that its example does not have in this order, with the page's role in it."""
    lines = iter([line.strip() for line in (ROOT / example).read_text().replace(role, '"web-role"').splitlines()])
    wanted = [line.strip().removeprefix('import "') for line in excerpt.text.splitlines() if line.strip()]
    return [line for line in wanted if not any(line in each for each in lines)]


@shows(PAGE, "TypeScript", (GO, 1))
def test_the_excerpts_are_of_the_examples(shown: list[Block]) -> None:
    """The lines are those of the examples that the languages' tests run; only the role is another."""
    typescript, go = shown

    assert strange(typescript, "examples/typescript/index.ts", 'config.require("role")') == []
    assert strange(go, "examples/go/declare.go", 'cfg.Require("role")') == []
    assert in_typescript.compiled(typescript).language == "typescript"


@shows(PAGE, (GO, 2))
def test_what_go_adds_to_a_refusal_is_quoted(box: Sandbox, shown: list[Block]) -> None:
    """Go's SDK and the CLI have each part of it; without Pulumi's host for Go, only our own line is printed."""
    done = Runner("go", box).run("example", "up", {"role": "web-role", "kmsKeyArns": ["alias/ssm"]})
    programs = [kits.go() / "bin/as-it-stands", find_cli()]
    said = "".join(program.read_bytes().decode(errors="ignore") for program in programs)
    parts = re.split(r"error: (?=an )|:\s+(?!code)|code = Unknown desc = ", shown[0].text.strip())

    assert complaints(done) == refused("go", "web", kms_key_arns=["alias/ssm"])
    assert [part for part in parts if part not in said] == []
