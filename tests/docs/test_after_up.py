"""docs/after-up.md: its commands are AWS's, and each input that it names for a symptom grants what is missing."""

import json
import re
from typing import Any

import pytest

from pulumi_ssm_perms import policy_document
from pulumi_ssm_perms._grants import GrantArgs
from sandbox import Sandbox
from tests.docs.console import OpenTerminal, commands, script
from tests.docs.pages import Block, shows, table
from tests.documents import ALL_GRANTS, granted

PAGE = "docs/after-up.md"
SYMPTOMS = "From symptom to cause to input"

NODE = "i-0123456789abcdef0"
SESSION = "admin-0123456789abcdef0"
ANSWERS: dict[str, Any] = {
    "DescribeInstanceInformation": {"InstanceInformationList": [{"InstanceId": NODE, "PingStatus": "Online"}]},
    "GetConnectionStatus": {"Target": NODE, "Status": "connected"},
    "DescribeSessions": {"Sessions": [{"SessionId": SESSION, "Target": NODE}]},
    "TerminateSession": {"SessionId": SESSION},
}


@shows(PAGE, ("Is the node there?", 1))
def test_the_node_is_there(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The commands ask about the node, and print what the page says where all is well."""
    [look] = shown
    script(box, ANSWERS)
    terminal(None).run(look.text)

    assert [(call.action, call.params) for call in box.calls] == [
        ("DescribeInstanceInformation", {"Filters": [{"Key": "InstanceIds", "Values": [NODE]}]}),
        ("GetConnectionStatus", {"Target": NODE}),
    ]


@shows(PAGE, ("Is the node there?", 2))
def test_a_session_starts(shown: list[Block], terminal: OpenTerminal) -> None:
    """AWS's command line knows the command and takes its parameters; it is not sent, as there is no plugin here."""
    [start] = shown
    [(command, _)] = commands(start.text)
    [printed] = terminal(None).run(f"$ {command} --generate-cli-skeleton output")

    assert set(json.loads(printed)) == {"SessionId", "TokenValue", "StreamUrl"}


@shows(PAGE, SYMPTOMS)
def test_the_preferences_are_printed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints the content that `session_preferences` takes."""
    [look] = shown
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {"s3BucketName": "logs"}}
    ssm = box.client("ssm")
    ssm.create_document(Name="SSM-SessionManagerRunShell", DocumentType="Session", Content=json.dumps(content))
    [printed] = terminal(None).run(look.text)

    assert json.loads(printed) == content


@shows(PAGE, "After destroy")
def test_a_session_is_ended(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The first command prints the id that the second one takes."""
    [end] = shown
    script(box, ANSWERS)
    listed, _ = terminal(None).run(end.text)

    assert listed.split() == [SESSION, NODE]
    assert (box.calls[-1].action, box.calls[-1].params) == ("TerminateSession", {"SessionId": SESSION})


def inputs_of(row: list[str]) -> dict[str, Any]:
    """Return the inputs that a row of the table names."""
    return {name: ALL_GRANTS[name] for name in re.findall(r"`(\w+)`", row[2])}


@pytest.mark.parametrize("row", table(PAGE, SYMPTOMS), ids=lambda row: row[0][:40])
def test_the_input_grants_what_is_missing(row: list[str]) -> None:
    """Without the row's inputs the role may not do what the row names, and with them it may."""
    [action, *_] = re.findall(r"`(\w+:\w+)`", row[1])
    without, with_it = ({name for name, _ in granted(policy_document(**inputs))} for inputs in ({}, inputs_of(row)))

    assert (action in without, action in with_it) == (False, True)


def test_every_input_is_the_answer_to_a_symptom() -> None:
    """The table names every input that grants something."""
    named = {name for row in table(PAGE, SYMPTOMS) for name in inputs_of(row)}

    assert named == set(GrantArgs.__annotations__) == set(ALL_GRANTS)
