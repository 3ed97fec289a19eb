"""docs/troubleshooting.md: its commands are AWS's, its inputs grant what is missing, its warnings are the real ones."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest
from awscli.customizations import sessionmanager
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests import fleets
from tests.answers import ARN, BOUND, HEARTBEAT, Verdict, iam
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal, commands, script
from tests.docs.pages import Block, shows, table
from tests.documents import ALL_GRANTS, BUCKET, KEY, LOG_GROUP, granted
from tests.on_engine import inline_documents, try_run
from tests.permissions import declare

PAGE: Final = "docs/troubleshooting.md"
THERE: Final = "Is the node there?"
SYMPTOMS: Final = "From symptom to cause to input"
CHECK: Final = "Ask IAM: check_role"

SESSION = "admin-0123456789abcdef0"
NODE = "i-0123456789abcdef0"


@shows(PAGE, (THERE, 1))
def test_the_node_is_there(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The commands ask about the node, and print what the page says where all is well."""
    nodes = {"InstanceInformationList": [{"PingStatus": "Online"}]}
    script(box, {"DescribeInstanceInformation": nodes, "GetConnectionStatus": {"Status": "connected"}})

    terminal(None).run(shown[0].text)

    assert [(call.action, call.params) for call in box.calls] == [
        ("DescribeInstanceInformation", {"Filters": [{"Key": "InstanceIds", "Values": [NODE]}]}),
        ("GetConnectionStatus", {"Target": NODE}),
    ]


@shows(PAGE, (THERE, 2))
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


def test_the_missing_plugin_is_told_in_these_words() -> None:
    """The AWS CLI says so where the Session Manager plugin is not installed."""
    told = {row[0].strip("`") for row in table(PAGE, THERE)}

    assert [text for text in told if "".join(sessionmanager.ERROR_MESSAGE).startswith(f"{text}. ")] != []


@shows(PAGE, "Wait for the agent, or reboot")
def test_the_instance_is_rebooted(
    box: Sandbox, shown: list[Block], terminal: OpenTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS is asked to reboot the node."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    started = box.client("ec2").run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]
    terminal(None).run(shown[0].changed(NODE, started["InstanceId"]).text)

    assert box.calls[-1].action == "RebootInstances"


@shows(PAGE, "A key policy")
def test_the_key_policy_lets_iam_decide(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The command prints the key policy, and the page's statement is what KMS writes by default."""
    look, statement = shown
    key = box.client("kms").create_key()["KeyMetadata"]["Arn"]
    [printed] = terminal(None).run(look.changed(KEY, key).text)

    assert json.loads(printed)["Statement"] == [statement.json]


@shows(PAGE, CHECK)
def test_a_check_warns_in_preview_and_goes_on(box: Sandbox, shown: list[Block]) -> None:
    """In Python and in YAML the preview says what the role may not do, with AWS untouched."""
    python, block = shown
    said = try_run(box.stack(python.program()), "preview").said
    previewed = in_yaml.preview(box, block)

    assert [HEARTBEAT in line for line in said] == [True]
    assert HEARTBEAT in previewed
    assert inline_documents(box) == []


def by_a_policy(call: MockCallArgs) -> Mapping[str, Any] | str:
    """Answer that a statement of a policy denies the heartbeat."""
    return iam(denied=[Verdict(HEARTBEAT, decision="explicitDeny", policies=["guard"])])(call)


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What components say for each kind of answer that IAM gives."""
    caplog.set_level("INFO")
    answers = [
        iam(denied=[HEARTBEAT]),
        iam(role=BOUND, denied=[HEARTBEAT], by_boundary=True),
        by_a_policy,
        iam(denied=[Verdict(HEARTBEAT, decision="explicitDeny")]),
        iam(denied=[HEARTBEAT], missing=["aws:SourceVpc"]),
        iam(fails="AccessDenied: no"),
    ]
    for answer in answers:
        declare({"check_role": True}, answer=answer)
    role = {"arn": ARN.replace("123456789012", "111122223333")}
    elsewhere = {"s3_log_bucket_arn": BUCKET, "s3_log_cross_account": True, "cloudwatch_log_group_arns": [LOG_GROUP]}
    declare({"check_role": True, **elsewhere}, answer=iam(role=role))
    fleets.declare({"roles": [], "check_roles": True}, answer=iam())
    return caplog.messages


@pytest.mark.parametrize("row", table(PAGE, CHECK), ids=lambda row: row[0][:40])
def test_each_warning_is_one_that_the_check_gives(row: list[str], warned: list[str]) -> None:
    """The words that the page quotes are in a warning, in their order, with anything in the place of dots."""
    words = ".*".join(re.escape(part) for part in row[0].strip("`").split("…"))

    assert [text for text in warned if re.search(words, text)] != []
