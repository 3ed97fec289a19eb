"""docs/troubleshooting.md: its commands are AWS's, its inputs grant what is missing, its warnings are the real ones."""

import json
import re
from typing import Any

import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs.console import OpenTerminal, commands, script
from tests.docs.pages import Block, shows, table
from tests.documents import ALL_GRANTS, granted

PAGE = "docs/troubleshooting.md"
SYMPTOMS = "From symptom to cause to input"

SESSION = "admin-0123456789abcdef0"
NODE = "i-0123456789abcdef0"


@shows(PAGE, ("Is the node there?", 1))
def test_the_node_is_there(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The commands ask about the node, and print what the page says where all is well."""
    nodes = {"InstanceInformationList": [{"PingStatus": "Online"}]}
    script(box, {"DescribeInstanceInformation": nodes, "GetConnectionStatus": {"Status": "connected"}})

    terminal(None).run(shown[0].text)

    assert [(call.action, call.params) for call in box.calls] == [
        ("DescribeInstanceInformation", {"Filters": [{"Key": "InstanceIds", "Values": [NODE]}]}),
        ("GetConnectionStatus", {"Target": NODE}),
    ]


@shows(PAGE, ("Is the node there?", 2))
@shows("docs/ecs-exec.md", ("Start it, and open a shell", 2))
def test_a_session_starts(shown: list[Block], terminal: OpenTerminal) -> None:
    """AWS's command line knows the commands, on a node and in a task; they are not sent, as there is no plugin here."""
    node, task = (command for block in shown for command, _ in commands(block.text))
    printed = terminal(None).run(f"$ {node} --generate-cli-skeleton output\n$ {task} --generate-cli-skeleton output")
    answers = [set(json.loads(text)) for text in printed]

    assert answers[0] == {"SessionId", "TokenValue", "StreamUrl"}
    assert {"session", "taskArn", "interactive"} <= answers[1]


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
    listed = {"Sessions": [{"SessionId": SESSION, "Target": NODE}]}
    script(box, {"DescribeSessions": listed, "TerminateSession": {"SessionId": SESSION}})
    printed, _ = terminal(None).run(shown[0].text)

    assert printed.split() == [SESSION, NODE]
    assert box.calls[-1].action == "TerminateSession"
    assert box.calls[-1].params == {"SessionId": SESSION}


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


def test_every_input_is_the_answer_to_a_symptom() -> None:
    """The table names every input that grants something."""
    named = {name for row in table(PAGE, SYMPTOMS) for name in inputs_of(row)}

    assert named == set(ALL_GRANTS)
