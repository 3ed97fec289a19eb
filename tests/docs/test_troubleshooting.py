"""docs/troubleshooting.md: its inputs grant what is missing, and its statuses and errors are the real ones."""

import re
from typing import Any, Final

import botocore.session
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests import on_engine
from tests.docs.console import OpenTerminal
from tests.docs.runs import nothing
from tests.documents import ALL_GRANTS, granted
from tests.on_engine import permissions
from tests.pages import ROLE, ROOT, Block, shows, table

PAGE: Final = "docs/troubleshooting.md"
SYMPTOMS: Final = "From symptom to cause to input"


def inputs_of(row: list[str]) -> dict[str, Any]:
    """Return the inputs that a row of the table names."""
    return {name: ALL_GRANTS[name] for name in re.findall(r"`(\w+)`", row[2])}


@pytest.mark.parametrize("row", table(PAGE, SYMPTOMS), ids=lambda row: row[0][:40])
def test_the_input_grants_what_is_missing(row: list[str]) -> None:
    """Without the row's inputs the role may not do what the row names, and with them it may."""
    [action, *_] = re.findall(r"`(\w+:\w+)`", row[1])
    without, with_it = ({name for name, _ in granted(policy_document(**inputs))} for inputs in ({}, inputs_of(row)))

    assert action not in without
    assert action in with_it


def test_the_table_has_every_status() -> None:
    """It has the statuses that AWS's own models have and still use, and what is left if AWS lists nothing."""
    shapes: Any = botocore.session.get_session().get_service_model("ssm").shape_for
    rows = table(PAGE, "Is the node there?")
    pings, channels = ({row[column].strip("`") for row in rows} for column in (0, 1))

    assert pings == {*shapes("PingStatus").enum, "nothing"} - {"Inactive"}
    assert channels == {"", *(status.lower() for status in shapes("ConnectionStatus").enum)}


@shows(PAGE, "Is it the role?")
def test_iam_says_what_the_role_may_do(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints each action of a session: denied by default, and once the role has them, allowed by what."""
    [ask] = shown
    found = []
    for program in (nothing, permissions(role=ROLE, allow_update_instance_information=True)):
        box.stack(program).up()
        [printed] = terminal(None).run(ask.text)
        found.append(dict(line.split("\t", maxsplit=1) for line in printed.splitlines()))
    wanted = [action for action, _ in granted(policy_document(allow_update_instance_information=True))]
    [name] = box.role_policies(ROLE)

    assert found == [
        dict.fromkeys(wanted, "implicitDeny\t"),
        dict.fromkeys(wanted, f"allowed\trole_{ROLE}_{name}"),
    ]


def test_what_pulumi_adds_in_yaml_is_quoted(box: Sandbox) -> None:
    """Before the component's line stand the words of the page, and a misspelt input gets those of its table."""
    page = (ROOT / PAGE).read_text()
    component = "ssm-perms:SessionManagerPermissions"
    refused, unknown = (
        on_engine.in_yaml(box, {"web": {"type": component, "properties": properties}}, "preview", fails=True)
        for properties in ({"role": "no role"}, {"role": ROLE, "checks": "advisory"})
    )
    [added] = re.findall(r"`(error: ssm-perms:index:\S+ resource 'web' has a problem:)`", page)
    [misspelt] = re.findall(r"\| `(Property … [^`]*)`", page)

    assert f"{added} SessionManagerPermissions 'web': role 'no role'" in refused
    assert misspelt.replace("…", "checks") in unknown
