"""What an error says of the way to a role is what docs/find-the-role.md says of it, and is there to be called."""

import re
from typing import Final

import pulumi_aws as aws
import pytest

from tests.bad_inputs import NO_ROLES
from tests.docs.pages import ROOT

PAGE: Final = (ROOT / "docs/find-the-role.md").read_text()
TOLD: Final = sorted({why for why in NO_ROLES.values() if "docs/find-the-role.md" in why})


@pytest.mark.parametrize("why", TOLD, ids=lambda why: why.partition(",")[0])
def test_the_page_has_the_commands(why: str) -> None:
    """Each command of an error, by its name and its query, is on the page."""
    commands = re.findall(r'`(aws \S+ \S+) [^`]*--query ("[^"]*"|\S+)', why)
    words = " ".join(PAGE.replace("\\\n", " ").split())

    assert commands
    assert [name for name, query in commands if not re.search(f"{name} [^$]*{re.escape(query)}", words)] == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pulumi_aws")
def test_the_look_ups_are_there() -> None:
    """The functions and properties that the errors name are pulumi-aws's."""
    named = {name for why in TOLD for name in re.findall(r"aws\.(\w+\.(?:get)?\w+)", why)}
    snake = {re.sub("([A-Z])", r"_\1", name).lower() if ".get" in name else name for name in named}

    assert snake == {
        "autoscaling.get_group",
        "ec2.get_instance",
        "ecs.get_task_definition",
        "iam.get_instance_profile",
        "ssm.Activation",
    }
    assert [name for name in snake if not hasattr(getattr(aws, name.split(".")[0]), name.split(".")[1])] == []
    assert hasattr(aws.ssm.Activation, "iam_role")
