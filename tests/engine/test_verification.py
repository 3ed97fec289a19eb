"""`make verify`, whole, against the sandbox: what it claims, what it leaves behind, and what it refuses."""

import json
import re
import signal
import sysconfig
from collections.abc import Callable

import pytest

from sandbox import Call, Fault, Sandbox, run
from tests.docs.pages import table
from tests.engine.verifying import APPLICATION, PREFIX, Verify, made

PAGE = "docs/what-is-tested.md"
ON_AWS = "On a real account"

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)


def test_each_claim_holds(verify: Verify) -> None:
    """On a role that was there each claim holds, nothing else is written, nothing stays, and the record tells it."""
    done = verify.run("--yes", "--role=web", "--has-policies")
    box, told = verify.box, json.loads(verify.record.read_text())
    names = {str(call.params.get("PolicyName") or call.params.get("PolicyArn") or call.target) for call in box.writes}

    assert done.returncode == 0, done.stdout
    assert [claim["result"] for claim in told["claims"]] == ["holds"] * 15
    assert re.findall("(?m)^  ✓ (.*)$", done.stdout) == [claim["claim"] for claim in told["claims"]]
    assert [name for name in names if PREFIX not in name] == []
    assert made(box) == []
    assert box.role_policies("web") == {"own": APPLICATION}
    assert told["nothing left"] is True, "all that was created must be removed"
    assert needed(box.calls) == {about: set(re.findall(r"\w+:\w+", actions)) for about, actions in table(PAGE, ON_AWS)}


def needed(calls: list[Call]) -> dict[str, set[str]]:
    """Return the actions that were called, by what they were about; tags come with the call that makes a role."""
    found: dict[str, set[str]] = {}
    for call in calls:
        name = str(call.params.get("RoleName") or call.params.get("PolicySourceArn", "")).rpartition("/")[2]
        about = ("role" if PREFIX in name else "ROLE") if name else "policy" if "Policy" in call.action else "sts"
        about = "anything" if call.action in ("ListPolicies", "DescribeKey") else about
        found.setdefault(about, set()).add(f"{call.service}:{call.action}")
        if "Tags.member.1.Key" in call.params:
            found[about].add("iam:TagRole")
    words = {
        "role": "`role/ssm-perms-verify-*`",
        "ROLE": "the role that you name",
        "policy": "`policy/ssm-perms-verify-*`",
        "anything": "`*`",
    }
    return {words[about]: actions for about, actions in found.items() if about != "sts"}


def test_a_claim_that_fails(verify: Verify) -> None:
    """It says what was answered, and what was wanted; what builds on it is not tried, all else is."""
    verify.box.fail("AttachRolePolicy", Fault.denied(), where={"RoleName": "web"})
    verify.box.script_simulation("kms:GenerateDataKey", decision="explicitDeny")
    done = verify.run("--yes", "--role=web", "--has-policies")
    told = json.loads(verify.record.read_text())
    attached, allowed = (claim for claim in told["claims"] if claim["result"] == "fails")
    results = [*["holds"] * 7, "fails", *["not tried"] * 3, "fails", *["holds"] * 3]

    assert done.returncode == 1
    assert made(verify.box) == []
    assert [claim["result"] for claim in told["claims"]] == results
    assert "not authorized to perform: iam:AttachRolePolicy on resource: role ROLE " in attached["answered"]
    assert allowed["answered"]["AWS"]["denied_actions"] == ["kms:GenerateDataKey"]
    assert allowed["wanted"]["AWS"]["denied_actions"] == []
    assert "10 of 15 claims hold." in done.stdout
    assert Sandbox.account_id not in verify.record.read_text()


def test_a_claim_about_a_message_fails(verify: Verify) -> None:
    """Where the message is another one, the record has it, with the words of the plugin and of the simulator."""
    verify.box.fail("DescribeKey", Fault.denied())
    verify.box.script_simulation("kms:Decrypt", decision="explicitDeny")
    done = verify.run("--yes")
    told = json.loads(verify.record.read_text())
    preferences, _, policy, keys = (claim for claim in told["claims"] if claim["result"] == "fails")

    assert done.returncode == 1
    assert "AWS KMS did not return the key's ARN (AccessDenied" in preferences["answered"]["AWS"]["error"]
    assert "is not authorized to perform: kms:DescribeKey" in preferences["answered"]["AWS plugin"][0]
    assert policy["answered"]["AWS"]["named"] == {"policy": False}
    assert "the cause is an SCP" in policy["answered"]["warnings"][0]
    assert keys["answered"]["AWS"]["named"] == {"first key": True, "second key": True}
    assert [result["EvalActionName"] for result in keys["answered"]["simulator's results"]] == ["kms:Decrypt"]


@pytest.mark.parametrize(
    ("action", "number"), [("CreateRole", 2), ("PutRolePolicy", 3), ("DescribeKey", 1), ("AttachRolePolicy", 2)]
)
def test_ctrl_c_leaves_nothing_behind(verify: Verify, action: str, number: int) -> None:
    """Whatever it is doing, it removes what it made; that is not ended by another Ctrl-C, or with the terminal."""
    verify.signal_at(action, number)
    verify.signal_at("DeleteRole", 1)
    verify.signal_at("DeletePolicy", 1, signal.SIGHUP)
    done = verify.run("--yes", "--role=web", "--has-policies")

    assert done.returncode == 130
    assert made(verify.box) == []
    assert verify.box.role_policies("web") == {"own": APPLICATION}
    assert done.stdout.count("It first removes what it made, and then ends ...") == 2
    assert done.stdout.splitlines()[-1].startswith("Nothing is left: ")
    assert not verify.record.exists(), "there must be no record"


def test_what_cannot_be_removed_is_told(verify: Verify) -> None:
    """Each thing that is left comes with the command that removes it."""
    verify.signal_at("CreateRole", 1)
    for action in ("DeleteRole", "DeletePolicy"):
        verify.box.fail(action, Fault.denied())
    done = verify.run("--yes")
    left = made(verify.box)
    verify.box.clear_faults()
    for line in re.findall("(?m)^  (aws iam .*)$", done.stdout):
        shell(verify, line)

    assert done.returncode == 130
    assert len(left) == 2
    assert made(verify.box) == []
    assert "Not everything could be removed (An error occurred (AccessDenied) when calling the Delete" in done.stdout


def test_what_nobody_can_see_can_be_looked_for(verify: Verify) -> None:
    """Where IAM does not tell what is left, as when credentials expire, there are commands that find it by name."""
    verify.signal_at("CreateRole", 2)
    verify.box.fail("ListRolePolicies", Fault.error("ExpiredToken", "The security token is expired", 403), skip=2)
    done = verify.run("--yes", "--role=web", "--has-policies")
    verify.box.clear_faults()
    found = [shell(verify, line) for line in re.findall("(?m)^  (aws iam .*)$", done.stdout)]
    names = [name for printed in found for name in re.findall(rf"{PREFIX}\S+\b", printed)]

    assert done.returncode == 130
    assert sorted(names) == sorted(made(verify.box)) != []


def test_what_a_killed_run_has_left_is_removed_by_its_id(verify: Verify, call: Callable[..., int]) -> None:
    """The run says at its beginning how; that command removes what is there, and nothing of another run."""
    verify.signal_at("CreateRole", 2, signal.SIGKILL)
    killed = verify.run("--yes", "--role=web", "--has-policies")
    left = made(verify.box)
    [said] = re.findall("make verify REMOVE=(.*) ROLE=web", killed.stdout)
    codes = [call("--remove=00000000", "--yes"), call(f"--remove={said}", "--role=web"), len(made(verify.box))]
    codes.append(call(f"--remove={said}", "--role=web", "--yes"))

    assert len(left) == 3
    assert codes == [0, 2, 3, 0]
    assert made(verify.box) == []
    assert verify.box.role_policies("web") == {"own": APPLICATION}


def shell(verify: Verify, line: str) -> str:
    """Run a command line of the AWS CLI."""
    path = f"{sysconfig.get_path('scripts')}:{verify.env['PATH']}"
    done = run(["bash", "-c", line], cwd=verify.folder, env={**verify.env, "PATH": path}, timeout=60)

    assert done.returncode == 0, done.stderr

    return done.stdout
