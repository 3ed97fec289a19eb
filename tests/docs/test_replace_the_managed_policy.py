"""docs/replace-the-managed-policy.md: its steps, run in its order, never leave the role without Session Manager."""

import json
import re
from typing import Any, Final

import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import policy_document
from sandbox import Sandbox
from tests.docs import in_yaml
from tests.docs.console import OpenTerminal, script
from tests.docs.pages import Block, shows, table
from tests.docs.runs import up
from tests.on_engine import permissions, writes

PAGE: Final = "docs/replace-the-managed-policy.md"
GIVEN: Final = "What the managed policy gives"
ADD: Final = "Add, with the heartbeat"
NODE: Final = "i-0123456789abcdef0"
MANAGED: Final = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"

OURS: Final = policy_document(allow_update_instance_information=True)
NEEDED: Final = [action for statement in OURS["Statement"] for action in statement["Action"]]


@pytest.fixture
def box(shared_box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox with AWS's managed policies, one of which the role has."""
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    shared_box.reset()
    shared_box.create_role("web")
    shared_box.client("iam").attach_role_policy(RoleName="web", PolicyArn=MANAGED)
    return shared_box


def event(name: str, **more: str) -> dict[str, Any]:
    """Return what CloudTrail says of a call."""
    return {"EventSource": "ssm.amazonaws.com", "EventName": name, "CloudTrailEvent": json.dumps(more)}


def test_the_table_is_the_policy(box: Sandbox) -> None:
    """It has each action of AWS's document once, and the first two rows are what this package grants."""
    document = box.attached_policies("web")[MANAGED]
    given = [action for statement in document["Statement"] for action in statement["Action"]]
    rows = [re.findall(r"`(\w+:\w+)`", row[0]) for row in table(PAGE, GIVEN)]

    assert sorted(action for row in rows for action in row) == sorted(given)
    assert [*rows[0], *rows[1]] == NEEDED


@shows(PAGE, (ADD, 1), "Look", "Detach", "The way back")
def test_step_by_step(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The role has both policies, then ours alone, then both again, and after no call less than it needs."""
    program, look, detach, back = shown
    console = terminal(box.stack(program.program()))
    *_, names = console.run(look.text)
    inline, attached = [list(box.role_policies("web").values())], [list(box.attached_policies("web"))]
    for step in (detach, back):
        console.run(step.text)
        inline.append(list(box.role_policies("web").values()))
        attached.append(list(box.attached_policies("web")))

    assert names.strip().startswith("web-session-manager-")
    assert inline == [[OURS], [OURS], [OURS]]
    assert attached == [[MANAGED], [], [MANAGED]]
    assert [gap for action in NEEDED for gap in box.gaps("web", action)] == []


@shows(PAGE, (ADD, 1), "Detach")
def test_without_the_heartbeat_the_nodes_are_lost(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """What the page warns of: the detachment takes the heartbeat away."""
    program, detach = shown
    console = terminal(up(box, program.changed(", allow_update_instance_information=True", "").program()))
    console.run(detach.text)

    lost = [(action, gap.action) for action in NEEDED for gap in box.gaps("web", action)]
    assert lost == [("ssm:UpdateInstanceInformation", "DetachRolePolicy")]


@shows(PAGE, (ADD, 2))
def test_the_yaml_adds_the_same(box: Sandbox, shown: list[Block]) -> None:
    """The block in YAML writes the same policy."""
    [block] = shown
    in_yaml.up(box, block)

    assert list(box.role_policies("web").values()) == [OURS]


def test_an_attachment_of_a_program_is_taken_out(box: Sandbox) -> None:
    """In the run that adds the component, the attachment goes last."""

    def attached() -> None:
        aws.iam.RolePolicyAttachment("core", role="web", policy_arn=MANAGED)

    up(box, attached, permissions(allow_update_instance_information=True))

    assert writes(box)[-2:] == [("PutRolePolicy", "web"), ("DetachRolePolicy", "web")]
    assert [gap for action in NEEDED for gap in box.gaps("web", action)] == []


@shows(PAGE, "Who has it, and what is used")
def test_what_is_used_is_listed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The commands print the roles, the associations, and how often the node made each call."""
    [look] = shown
    box.create_role("other")
    events = [event("GetParameter"), event("UpdateInstanceInformation"), event("GetParameter")]
    associations = [{"Name": "AWS-GatherSoftwareInventory"}, {"Name": "AWS-UpdateSSMAgent"}]
    script(box, {"ListAssociations": {"Associations": associations}, "LookupEvents": {"Events": events}})
    roles, documents, calls = (text.split() for text in terminal(None).run(look.text))

    assert roles == ["web"]
    assert documents == ["AWS-GatherSoftwareInventory", "AWS-UpdateSSMAgent"]
    assert calls == ["2", "ssm.amazonaws.com:GetParameter", "1", "ssm.amazonaws.com:UpdateInstanceInformation"]


@shows(PAGE, "See what broke")
def test_what_broke_is_listed(box: Sandbox, shown: list[Block], terminal: OpenTerminal) -> None:
    """The commands print the node's ping, and of its calls those that were refused."""
    nodes = [{"PingStatus": "Online", "LastPingDateTime": 1700000000}]
    events = [event("UpdateInstanceInformation"), event("ListInstanceAssociations", errorCode="AccessDenied")]
    script(box, {"DescribeInstanceInformation": {"InstanceInformationList": nodes}, "LookupEvents": {"Events": events}})
    ping, calls = (text.split() for text in terminal(None).run(shown[0].text))

    assert ping[0] == "Online"
    assert calls == ["1", "ssm.amazonaws.com:ListInstanceAssociations"]
    assert box.calls[-1].params == {"LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": NODE}]}
