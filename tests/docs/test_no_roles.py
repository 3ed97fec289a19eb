"""What an error says of the way to a role is what docs/find-the-role.md says of it, and is there to be called."""

import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import pytest

from tests.bad_roles import NO_ROLES
from tests.docs.pages import ROOT

PAGE: Final = (ROOT / "docs/find-the-role.md").read_text()
TOLD: Final = sorted(why for why in NO_ROLES if "docs/find-the-role.md" in why)


@pytest.mark.parametrize("why", TOLD, ids=lambda why: why.partition(",")[0])
def test_the_page_has_the_commands(why: str) -> None:
    """Each command of an error, by its name and its query, is on the page."""
    commands = re.findall(r'`(aws \S+ \S+) [^`]*--query ("[^"]*"|\S+)', why)
    words = " ".join(PAGE.replace("\\\n", " ").split())

    assert commands
    assert [name for name, query in commands if not re.search(f"{name} [^$]*{re.escape(query)}", words)] == []


def test_the_look_ups_are_there() -> None:
    """The functions and properties that the errors name are pulumi-aws's, which has a file for each."""
    named = {name for why in TOLD for name in re.findall(r"aws\.(\w+\.(?:get)?\w+)", why)}
    files = {re.sub(r"(?<!\.)([A-Z])", r"_\1", name).lower() for name in named}
    package = Path(str(distribution("pulumi-aws").locate_file("pulumi_aws")))

    assert files == {
        "autoscaling.get_group",
        "ec2.get_instance",
        "ecs.get_task_definition",
        "iam.get_instance_profile",
        "ssm.activation",
    }
    assert [name for name in files if not package.joinpath(*name.split(".")).with_suffix(".py").exists()] == []
    assert "def iam_role(self)" in package.joinpath("ssm", "activation.py").read_text()
