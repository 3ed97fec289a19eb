"""`make verify`, whole, against the sandbox: what it claims, what it asks of AWS, and what it leaves behind."""

import itertools
import json
import re
import signal
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore import xform_name

from sandbox import Call, Fault, Sandbox
from tests.docs.pages import table
from tests.documents import OWN
from tests.engine.verifying import Ended, Verify
from tools.verify import removal
from tools.verify.run import PREFIX, find

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)
Command = Callable[..., int]


@pytest.fixture(scope="module")
def whole(shared_box: Sandbox, tmp_path_factory: pytest.TempPathFactory, plugin: str) -> Ended:
    """A run that nothing disturbs."""
    shared_box.reset()
    return Verify(shared_box, tmp_path_factory.mktemp("whole"), plugin).run()


def writes(whole: Ended) -> list[Call]:
    """Return what a run wrote."""
    return [call for call in whole.calls if call.write]


def test_each_claim_holds(whole: Ended) -> None:
    """Nothing but what has the run's name is written, nothing stays, and the record tells it, without the account."""
    told = json.loads(whole.record)
    names = {
        str(each.params.get("PolicyName") or each.params.get("PolicyArn") or each.target) for each in writes(whole)
    }
    listed = table("CONTRIBUTING.md", "How to run `make verify`")

    assert whole.code == 0, whole.printed
    assert [claim["holds"] for claim in told["claims"]] == [True] * 16
    assert re.findall("(?m)^  ✓ (.*)$", whole.printed) == [claim["claim"] for claim in told["claims"]]
    assert [name for name in names if f"{PREFIX}{whole.id}-" not in name] == []
    assert (whole.made, told["nothing left"]) == ([], True)
    assert Sandbox.account_id not in whole.record
    assert needed(whole.calls) == {about: set(re.findall(r"\w+:\w+", actions)) for about, actions in listed}


def needed(calls: Sequence[Call]) -> dict[str, set[str]]:
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


def test_a_run_that_fails(verify: Verify) -> None:
    """It tells which claims fail, the error that ends it, and what it can't remove; the record names no caller."""
    verify.box.script_simulation("kms:Decrypt", decision="allowed")
    verify.box.fail("DeleteRolePolicy", Fault.denied())
    verify.signal_at("ListPolicies", 1)
    done = verify.run()
    told = json.loads(done.record)
    failed = [claim for claim in told["claims"] if not claim["holds"]]

    assert done.code == 1
    assert [(each["answered"]["decision"], each["wanted"]["decision"]) for each in failed] == [
        ("allowed", "explicitDeny"),
        ("allowed", "implicitDeny"),
    ]
    assert "    decision: allowed\n    wanted: implicitDeny\n" in done.printed
    assert "13 of 15 claims that were tested hold." in done.printed
    assert "User: CALLER is not authorized to perform: iam:DeleteRolePolicy on resource: role " in told["ended by"]
    assert (f"{PREFIX}{done.id}-web" in done.made, told["nothing left"]) == (True, False)
    assert re.search(r"\nNot everything could be removed \(An error occurred .*DeleteRolePolicy", done.printed)
    assert "It first removes what it made, and then ends ..." in done.printed, "Ctrl-C must not end a removal"


@pytest.mark.parametrize(("action", "number"), [("CreateRole", 2), ("SimulatePrincipalPolicy", 1)])
def test_ctrl_c_leaves_nothing_behind(verify: Verify, action: str, number: int) -> None:
    """Whatever it is doing, it removes what it made; that is not ended by another Ctrl-C, or with the terminal."""
    verify.signal_at(action, number)
    verify.signal_at("DeleteRole", 1)
    verify.signal_at("DeletePolicy", 1, signal.SIGHUP)
    done = verify.run()

    assert (done.code, done.made, done.record) == (130, [], ""), done.printed
    assert done.printed.count("It first removes what it made, and then ends ...") == 2
    assert done.printed.splitlines()[-1].startswith("Nothing is left: ")


def again(iam: Any, calls: Sequence[Call]) -> None:
    """Make calls to IAM once more."""
    for call in calls:
        plain = {key: value for key, value in call.params.items() if "." not in key and key != "MaxSessionDuration"}
        keys = [key for key in call.params if re.fullmatch(r"Tags\.member\.\d+\.Key", key)]
        tags = [{"Key": call.params[key], "Value": call.params[key.replace("Key", "Value")]} for key in keys]
        getattr(iam, xform_name(call.action))(**plain, **({"Tags": tags} if tags else {}))


@pytest.mark.usefixtures("call")
def test_whatever_a_run_has_made_its_id_removes(whole: Ended, verify: Verify) -> None:
    """Wherever it was killed: those of its writes up to each are made again. What lacks the run's tags stays."""
    run, wrote, left = find(whole.id, patience=0), writes(whole), {}
    run.iam.create_policy(PolicyName=f"{run.prefix}mine", PolicyDocument=json.dumps(OWN))
    for number, last in enumerate(wrote, 1):
        again(run.iam, wrote[:number])
        if not removal.remove(run) or verify.made() != [f"{run.prefix}mine"]:
            left[f"{number}: {last.action}"] = verify.made()

    assert len(wrote) >= 18
    assert left == {}


@pytest.mark.parametrize("case", [("DeleteRole", 0, ["web", "bounded"]), ("ListPolicies", 1, [])])
def test_what_cannot_be_removed_is_told(
    whole: Ended,
    verify: Verify,
    call: Command,
    capsys: pytest.CaptureFixture[str],
    case: tuple[str, int, list[str]],
) -> None:
    """IAM's error comes with what is left, as far as IAM tells it, and with the command that removes it."""
    (fails, skip, named), remove = case, f"--remove={whole.id}"
    again(find(whole.id, 0).iam, [*itertools.takewhile(lambda write: write.action[:2] != "De", writes(whole))])
    codes = [call(remove), len(verify.made())]
    verify.box.fail(fails, Fault.denied(), skip=skip)
    codes.append(call(remove, "--yes"))
    verify.box.clear_faults()
    said, _, commands = capsys.readouterr().out.rpartition(f" Try again with: make verify REMOVE={whole.id}\n")
    codes += [call(remove, "--yes"), call(remove)]

    assert re.search(rf"\nNot everything could be removed \(An error occurred .*{fails} .*\)\.$", said), said
    assert re.findall("(?m)^  aws iam delete-role --role-name .*-(.*)$", commands) == named
    assert (codes, verify.made()) == ([2, 4, 1, 0, 0], [])
