"""`make verify`, whole, against the sandbox: what it claims, what it asks of AWS, and what it leaves behind."""

import json
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name

from sandbox import Call, Fault, Sandbox
from tests.docs.pages import table
from tests.documents import OWN
from tests.engine.verifying import PREFIX, Verify
from tools.verify import account, removal
from tools.verify.run import Run

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)
Remove = Callable[..., int]


def test_each_claim_holds(verify: Verify) -> None:
    """Nothing but what has the run's name is written, nothing stays, and the record tells it, without the account."""
    done = verify.run("--yes")
    told, calls = json.loads(verify.record.read_text()), verify.box.calls
    names = {
        str(each.params.get("PolicyName") or each.params.get("PolicyArn") or each.target) for each in verify.box.writes
    }
    listed = table("CONTRIBUTING.md", "How to run `make verify`")

    assert done.returncode == 0, done.stdout
    assert [claim["holds"] for claim in told["claims"]] == [True] * 13
    assert re.findall("(?m)^  ✓ (.*)$", done.stdout) == [claim["claim"] for claim in told["claims"]]
    assert [name for name in names if PREFIX not in name] == []
    assert (verify.made(), list(verify.folder.iterdir())) == ([], [verify.record])
    assert told["nothing left"] is True, "all that was created must be removed"
    assert Sandbox.account_id not in verify.record.read_text()
    assert needed(calls) == {about: set(re.findall(r"\w+:\w+", actions)) for about, actions in listed}


def needed(calls: list[Call]) -> dict[str, set[str]]:
    """Return the actions that were called, by what they were about; tags come with the call that makes a thing."""
    found: dict[str, set[str]] = {}
    for call in calls:
        role = call.params.get("RoleName") or call.params.get("PolicySourceArn")
        about = f"`{'role' if role else 'policy'}/ssm-perms-verify-*`" if call.action != "ListPolicies" else "`*`"
        if call.service != "sts":
            found.setdefault(about, set()).add(f"{call.service}:{call.action}")
        if "Tags.member.1.Key" in call.params:
            found[about].add(f"iam:Tag{call.action.removeprefix('Create')}")
    return found


def test_a_claim_that_fails(verify: Verify) -> None:
    """It says what was answered, and what was wanted; the other claims are tested all the same."""
    verify.box.script_simulation("kms:Decrypt", decision="allowed")
    done = verify.run("--yes")
    failed = [claim for claim in json.loads(verify.record.read_text())["claims"] if not claim["holds"]]

    assert done.returncode == 1
    assert verify.made() == []
    assert [(each["answered"]["decision"], each["wanted"]["decision"]) for each in failed] == [
        ("allowed", "explicitDeny"),
        ("allowed", "implicitDeny"),
    ]
    assert "    decision: allowed\n    wanted: implicitDeny\n" in done.stdout
    assert "11 of 13 claims that were tested hold." in done.stdout


def test_an_error_of_aws_ends_it(verify: Verify) -> None:
    """The record has the error, without the caller; what was made is removed."""
    verify.box.fail("AttachRolePolicy", Fault.denied())
    done = verify.run("--yes")
    told = json.loads(verify.record.read_text())

    assert done.returncode == 1
    assert (verify.made(), told["claims"], told["nothing left"]) == ([], [], True)
    assert "User: CALLER is not authorized to perform: iam:AttachRolePolicy on resource: role " in told["ended by"]


@pytest.mark.parametrize(("action", "number"), [("CreateRole", 2), ("DetachRolePolicy", 1)])
def test_ctrl_c_leaves_nothing_behind(verify: Verify, action: str, number: int) -> None:
    """Whatever it is doing, it removes what it made; that is not ended by another Ctrl-C, or with the terminal."""
    verify.signal_at(action, number)
    verify.signal_at("DeleteRole", 1)
    verify.signal_at("DeletePolicy", 1, signal.SIGHUP)
    done = verify.run("--yes")

    assert done.returncode == 130, done.stdout
    assert verify.made() == []
    assert done.stdout.count("It first removes what it made, and then ends ...") == 2
    assert done.stdout.splitlines()[-1].startswith("Nothing is left: ")
    assert not verify.record.exists(), "there must be no record"


@pytest.mark.parametrize(
    ("action", "fault", "named"),
    [
        ("DeleteRole", Fault.denied(), "-bounded"),
        ("ListPolicies", Fault.error("ExpiredToken", "The security token is expired", 403), None),
    ],
)
def test_what_cannot_be_removed_is_told(
    verify: Verify, call: Remove, action: str, fault: Fault, named: str | None
) -> None:
    """IAM's error comes with what is left, as far as IAM tells it, and with the command that removes it."""
    verify.signal_at("CreateRole", 2)
    verify.box.fail(action, fault)
    done = verify.run("--yes")
    verify.box.clear_faults()
    left = verify.made()
    told = rf"removed \(An error occurred .*{action} .*\. Try again with: make verify REMOVE=(\w+)\n"
    [said] = re.findall(told, done.stdout)
    code = call(f"--remove={said}", "--yes")

    assert done.returncode == 130
    assert left != []
    assert re.findall("(?m)^  aws iam delete-role --role-name .*(-bounded)$", done.stdout) == ([named] if named else [])
    assert code == 0
    assert verify.made() == []


def test_what_a_killed_run_has_left_is_removed_by_its_id(verify: Verify, call: Remove) -> None:
    """The run says at its beginning how. What has its name but not its tag is not its own, and stays."""
    verify.signal_at("CreateRole", 2, signal.SIGKILL)
    killed = verify.run("--yes")
    left = verify.made()
    [said] = re.findall("make verify REMOVE=(.*)", killed.stdout)
    mine = f"{PREFIX}{said}-mine"
    verify.box.client("iam").create_policy(PolicyName=mine, PolicyDocument=json.dumps(OWN))
    codes = [call("--remove=00000000", "--yes"), call(f"--remove={said}"), len(verify.made())]
    codes.append(call(f"--remove={said}", "--yes"))

    assert len(left) >= 2
    assert codes == [0, 2, len(left) + 1, 0]
    assert verify.made() == [mine]


@pytest.mark.usefixtures("call")
def test_whatever_a_run_has_made_its_id_removes(verify: Verify) -> None:
    """Wherever it was killed: after each of its writes, those up to it are made again, and removal leaves nothing."""
    done = verify.run("--yes")
    [said] = re.findall("make verify REMOVE=(.*)", done.stdout)
    writes, here = verify.box.writes, account.find()
    left = {}
    for number, last in enumerate(writes):
        for write in writes[: number + 1]:
            again(here.iam, write)
        if not removal.remove(here, Run(said, patience=0)) or verify.made():
            left[f"{number}: {last.action}"] = verify.made()

    assert len(writes) >= 18
    assert left == {}


def again(iam: Any, call: Call) -> None:
    """Make a call to IAM once more."""
    plain = {key: value for key, value in call.params.items() if "." not in key and key != "MaxSessionDuration"}
    keys = [key for key in call.params if re.fullmatch(r"Tags\.member\.\d+\.Key", key)]
    tags = [{"Key": call.params[key], "Value": call.params[key.replace("Key", "Value")]} for key in keys]
    getattr(iam, xform_name(call.action))(**plain, **({"Tags": tags} if tags else {}))
