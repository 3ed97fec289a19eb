"""examples/README.md: a line for each example, and commands that configure one."""

import re
import shutil
from pathlib import Path
from typing import Final

import yaml

from sandbox import Sandbox
from tests.docs.console import commands
from tests.pages import ROOT, Block, examples, shows, table

PAGE: Final = "examples/README.md"


def test_the_page_has_each_example_with_what_it_asks_for() -> None:
    """Each folder has its line, with the configuration that has no default; the first runs from the root as well."""
    asked = {}
    for folder in examples():
        config = yaml.safe_load((ROOT / folder / "Pulumi.yaml").read_text())["config"]
        asked[Path(folder).name] = [name for name, setting in config.items() if "default" not in setting]
    rows = table(PAGE, "Examples")
    told = {name: re.findall(r"`(\w+)`", row[2]) for row in rows for name in re.findall(r"\[`(\w+)`\]", row[0])}
    root, own = (yaml.safe_load((ROOT / at / "Pulumi.yaml").read_text()) for at in ("", "examples/existing_role"))

    assert told == asked
    assert root == {**own, "name": root["name"], "main": "examples/existing_role"}


@shows(PAGE, "Examples")
def test_the_commands_configure_an_example(box: Sandbox, shown: list[Block], tmp_path: Path) -> None:
    """They make a stack that has what the example asks for; what is left is `pulumi install` and `pulumi up`."""
    shutil.copy(ROOT / "examples/existing_role/Pulumi.yaml", tmp_path)
    install, *configure, up = (command.split()[1:] for command, _ in commands(shown[0].text))
    done = [box.pulumi(*command, cwd=tmp_path).returncode for command in configure]
    role = box.pulumi("config", "get", "role", cwd=tmp_path)

    assert [install, done, up] == [["install"], [0, 0], ["up"]]
    assert role.stdout.strip() == "web-role"
