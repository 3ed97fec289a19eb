"""docs/reference/options.md: its tables are what the engine's state shows, and its programs set what they say."""

import inspect
import json
import re
from typing import Final

import pulumi

from sandbox import Sandbox
from tests.docs import in_yaml, options
from tests.docs.pages import Block, shows
from tests.docs.runs import up
from tests.facts import assert_current

PAGE: Final = "docs/reference/options.md"
REACHES: Final = "What reaches the policy"


def test_the_tables_are_what_the_engine_shows(shared_box: Sandbox) -> None:
    """Each option that does something to a bare policy does it to ours, or not, as the page says."""
    shared_box.reset()
    [committed] = options.MADE.findall(options.PAGE.read_text())

    assert_current(PAGE, committed, options.tables(options.found(shared_box)), options.COMMAND)


def test_the_page_names_every_option() -> None:
    """An option of a newer SDK is missing there until the page says whether it reaches the policy."""
    named = set(re.findall(r"`(\w+)`", options.PAGE.read_text()))

    assert {*inspect.signature(pulumi.ResourceOptions).parameters} - named == set()


@shows(PAGE, "Any option, by a transform")
def test_a_transform_sets_hooks_on_the_policy(box: Sandbox, shown: list[Block]) -> None:
    """The policy has the page's hook, and its component has none."""
    up(box, shown[0].program())
    resources = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    hooks = {each["type"]: each["resourceHooks"] for each in resources if each.get("resourceHooks")}

    assert hooks == {"aws:iam/rolePolicy:RolePolicy": {"BeforeDelete": ["announce"]}}


@shows(PAGE, REACHES)
def test_options_in_yaml(box: Sandbox, shown: list[Block]) -> None:
    """The page's options reach the policy."""
    in_yaml.up(box, shown[0])
    resources = json.loads(box.state_file().read_text())["checkpoint"]["latest"]["resources"]
    [policy] = [each for each in resources if each["urn"].endswith("::/web-role/SessionManager")]

    assert (policy["protect"], policy["retainOnDelete"]) == (True, True)
