"""`make verify`, whole, against the sandbox: what it claims, what it asks of AWS, and what it leaves behind."""

import json
import re
import signal
from collections.abc import Callable

import pytest

from sandbox import Call, Fault, Sandbox
from tests.docs.pages import table
from tests.documents import OWN
from tests.engine.verifying import PREFIX, Verify

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)


def test_each_claim_holds(verify: Verify, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a role that was there each claim holds, nothing else is written, nothing stays, and the record tells it."""
    # A strict KMS: the sandbox answers and records the question for a state's key as any other call.
    monkeypatch.setattr("sandbox.state_key.answer", lambda *_: None)
    done = verify.on_a_role()
    box, told = verify.box, json.loads(verify.record.read_text())
    names = {str(call.params.get("PolicyName") or call.params.get("PolicyArn") or call.target) for call in box.writes}
    listed = table("CONTRIBUTING.md", "How to run `make verify`")

    assert done.returncode == 0, done.stdout
    assert [claim["result"] for claim in told["claims"]] == ["holds"] * 16
    assert re.findall("(?m)^  ✓ (.*)$", done.stdout) == [claim["claim"] for claim in told["claims"]]
    [ids] = [said for each in told["claims"] if (said := each["answered"].get("ids of the policies that allow"))]
    assert [each.startswith("role_") for each in ids] == [True], "the id of an allow is in the record"
    assert [name for name in names if PREFIX not in name] == []
    assert (verify.made(), list(verify.folder.iterdir())) == ([], [verify.record])
    assert box.role_policies("web") == {"own": OWN}
    assert told["nothing left"] is True, "all that was created must be removed"
    assert {call.action for call in box.calls if call.service == "kms"} == {"DescribeKey"}, "of the alias alone"
    assert needed(box.calls) == {about: set(re.findall(r"\w+:\w+", actions)) for about, actions in listed}


def needed(calls: list[Call]) -> dict[str, set[str]]:
    """Return the actions that were called, by what they were about; tags come with the call that makes a thing."""
    found: dict[str, set[str]] = {}
    for call in calls:
        name = str(call.params.get("RoleName") or call.params.get("PolicySourceArn", "")).rpartition("/")[2]
        own = "`role/ssm-perms-verify-*`" if PREFIX in name else "the role that you name"
        about = own if name else "`policy/ssm-perms-verify-*`" if "Policy" in call.action else "sts"
        about = "`*`" if call.action in ("ListPolicies", "DescribeKey") else about
        found.setdefault(about, set()).add(f"{call.service}:{call.action}")
        if "Tags.member.1.Key" in call.params:
            found[about].add(f"iam:Tag{call.action.removeprefix('Create')}")
    return {about: actions for about, actions in found.items() if about != "sts"}


def test_a_claim_that_fails(verify: Verify) -> None:
    """It says what was answered, and what was wanted; what builds on it is not tried, all else is."""
    verify.box.fail("AttachRolePolicy", Fault.denied(), where={"RoleName": "web"})
    verify.box.fail("DescribeKey", Fault.denied())
    verify.box.script_simulation("kms:Decrypt", decision="explicitDeny")
    done = verify.on_a_role()
    told = json.loads(verify.record.read_text())
    preferences, attached, allowed, keys = (each for each in told["claims"] if each["result"] == "fails")
    groups = [["holds"] * 6, ["fails"], ["fails", *["not tried"] * 3], ["holds"] * 2, ["fails"], ["holds"], ["fails"]]

    assert done.returncode == 1
    assert verify.made() == []
    assert [claim["result"] for claim in told["claims"]] == [result for group in groups for result in group]
    assert "is not authorized to perform: kms:DescribeKey" in preferences["answered"]["AWS plugin"][0]
    assert "not authorized to perform: iam:AttachRolePolicy on resource: role ROLE " in attached["answered"]
    assert [allowed[key]["AWS"]["denied_actions"] for key in ("answered", "wanted")] == [["kms:Decrypt"], []]
    assert keys["answered"]["AWS"]["named"] == {"first key": True, "second key": True, "policy": False}
    assert [result["EvalActionName"] for result in keys["answered"]["simulator's results"]] == ["kms:Decrypt"]
    assert "If an SCP is why, claims about check_role will fail." in done.stdout
    assert "9 of 16 claims hold." in done.stdout
    assert Sandbox.account_id not in verify.record.read_text()


@pytest.mark.parametrize(("action", "number"), [("CreateRole", 2), ("DescribeKey", 1), ("AttachRolePolicy", 2)])
def test_ctrl_c_leaves_nothing_behind(verify: Verify, action: str, number: int) -> None:
    """Whatever it is doing, it removes what it made; that is not ended by another Ctrl-C, or with the terminal."""
    verify.signal_at(action, number)
    verify.signal_at("DeleteRole", 1)
    verify.signal_at("DeletePolicy", 1, signal.SIGHUP)
    done = verify.on_a_role()

    assert done.returncode == 130
    assert verify.made() == []
    assert verify.box.role_policies("web") == {"own": OWN}
    assert done.stdout.count("It first removes what it made, and then ends ...") == 2
    assert done.stdout.splitlines()[-1].startswith("Nothing is left: ")
    assert not verify.record.exists(), "there must be no record"


@pytest.mark.parametrize(
    ("action", "fault", "named"),
    [
        ("DeleteRole", Fault.denied(), 1),
        ("ListPolicies", Fault.error("ExpiredToken", "The security token is expired", 403), 0),
    ],
)
def test_what_cannot_be_removed_is_told(
    verify: Verify, call: Callable[..., int], action: str, fault: Fault, named: int
) -> None:
    """IAM's error comes with what is left, as far as IAM tells it, and with the command that removes it."""
    verify.signal_at("CreateRole", 1)
    verify.box.fail(action, fault)
    done = verify.run("--yes")
    verify.box.clear_faults()
    left = verify.made()
    told = rf"removed \(An error occurred .*{action} .*\. Try again with: make verify REMOVE=(\w+)\n"
    [said] = re.findall(told, done.stdout)
    code = call(f"--remove={said}", "--yes")

    assert done.returncode == 130
    assert left != []
    assert len(re.findall("(?m)^  aws iam ", done.stdout)) == named
    assert code == 0
    assert verify.made() == []


def test_what_a_killed_run_has_left_is_removed_by_its_id(verify: Verify, call: Callable[..., int]) -> None:
    """The run says at its beginning how. What has its name but not its tag is not its own, and stays."""
    verify.signal_at("CreateRole", 2, signal.SIGKILL)
    killed = verify.on_a_role()
    left = verify.made()
    [said] = re.findall("make verify REMOVE=(.*) ROLE=web", killed.stdout)
    mine = [f"{PREFIX}{said}-1", f"{PREFIX}{said}-mine"]
    verify.box.create_role(mine[0])
    verify.box.client("iam").create_policy(PolicyName=mine[1], PolicyDocument=json.dumps(OWN))
    codes = [call("--remove=00000000", "--yes"), call(f"--remove={said}"), len(verify.made())]
    codes.append(call(f"--remove={said}", "--yes"))

    assert len(left) == 3
    assert codes == [0, 2, 5, 0]
    assert verify.made() == mine
    assert verify.box.role_policies("web") == {"own": OWN}
