"""`make verify`, whole, against the sandbox: what it claims, what it asks of AWS, and what it leaves behind."""

import itertools
import json
import re
import signal
from collections.abc import Callable, Sequence
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import pytest
from botocore import xform_name

from sandbox import Call, Fault, Sandbox
from tests.docs.pages import table
from tests.documents import OWN
from tests.engine.verifying import PREFIX, Verify
from tools.verify import removal
from tools.verify.run import find

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)
Remove = Callable[..., int]


class Whole(NamedTuple):
    """A run that nothing disturbs: how it ended, its record, what it asked of AWS, and what is left."""

    done: CompletedProcess[str]
    record: str
    calls: Sequence[Call]
    writes: Sequence[Call]
    left: Sequence[object]

    @property
    def id(self) -> str:
        """The run's id, as it is told to a person."""
        [said] = re.findall("make verify REMOVE=(.*)", self.done.stdout)
        return str(said)


@pytest.fixture(scope="module")
def whole(shared_box: Sandbox, tmp_path_factory: pytest.TempPathFactory, plugin: str) -> Whole:
    """Run it once for the tests of this file."""
    shared_box.reset()
    verify = Verify(shared_box, tmp_path_factory.mktemp("whole"), plugin)
    done = verify.run("--yes")
    calls, writes = [*shared_box.calls], [*shared_box.writes]
    left = [*verify.made(), *(file for file in verify.folder.iterdir() if file != verify.record)]
    return Whole(done, verify.record.read_text(), calls, writes, left)


def test_each_claim_holds(whole: Whole) -> None:
    """Nothing but what has the run's name is written, nothing stays, and the record tells it, without the account."""
    told = json.loads(whole.record)
    names = {str(each.params.get("PolicyName") or each.params.get("PolicyArn") or each.target) for each in whole.writes}
    listed = table("CONTRIBUTING.md", "How to run `make verify`")

    assert whole.done.returncode == 0, whole.done.stdout
    assert [claim["holds"] for claim in told["claims"]] == [True] * 16
    assert re.findall("(?m)^  ✓ (.*)$", whole.done.stdout) == [claim["claim"] for claim in told["claims"]]
    assert [name for name in names if f"{PREFIX}{whole.id}-" not in name] == []
    assert (whole.left, told["nothing left"]) == ([], True)
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


def test_a_run_that_fails(verify: Verify, call: Remove) -> None:
    """It tells which claims fail, the error that ends it, and how to remove the rest; the record names no caller."""
    verify.box.script_simulation("kms:Decrypt", decision="allowed")
    verify.box.fail("DeleteRolePolicy", Fault.denied())
    done = verify.run("--yes")
    verify.box.clear_faults()
    told = json.loads(verify.record.read_text())
    failed = [claim for claim in told["claims"] if not claim["holds"]]
    [said] = re.findall(r"DeleteRolePolicy .*\. Try again with: make verify REMOVE=(\w+)\n", done.stdout)
    code = call(f"--remove={said}", "--yes")

    assert done.returncode == 1
    assert [(each["answered"]["decision"], each["wanted"]["decision"]) for each in failed] == [
        ("allowed", "explicitDeny"),
        ("allowed", "implicitDeny"),
    ]
    assert "    decision: allowed\n    wanted: implicitDeny\n" in done.stdout
    assert "13 of 15 claims that were tested hold." in done.stdout
    assert "User: CALLER is not authorized to perform: iam:DeleteRolePolicy on resource: role " in told["ended by"]
    assert told["nothing left"] is False, "IAM refused to delete an inline policy"
    assert (code, verify.made()) == (0, [])


@pytest.mark.parametrize(("action", "number"), [("CreateRole", 2), ("SimulatePrincipalPolicy", 1)])
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


def test_whatever_a_run_has_made_its_id_removes(whole: Whole, verify: Verify, call: Remove) -> None:
    """Wherever it was killed: those of its writes up to each are made again. What lacks the run's tags stays."""
    run = find(whole.id, patience=0)
    verify.box.client("iam").create_policy(PolicyName=f"{run.prefix}mine", PolicyDocument=json.dumps(OWN))
    left = {}
    for number, last in enumerate(whole.writes):
        for write in whole.writes[: number + 1]:
            again(run.iam, write)
        if not removal.remove(run) or verify.made() != [f"{run.prefix}mine"]:
            left[f"{number}: {last.action}"] = verify.made()

    assert len(whole.writes) >= 18
    assert left == {}
    assert call(f"--remove={run.id}") == 0, "it asks nothing if nothing is left"


def again(iam: Any, call: Call) -> None:
    """Make a call to IAM once more."""
    plain = {key: value for key, value in call.params.items() if "." not in key and key != "MaxSessionDuration"}
    keys = [key for key in call.params if re.fullmatch(r"Tags\.member\.\d+\.Key", key)]
    tags = [{"Key": call.params[key], "Value": call.params[key.replace("Key", "Value")]} for key in keys]
    getattr(iam, xform_name(call.action))(**plain, **({"Tags": tags} if tags else {}))


NOT_ALL = r"Not everything could be removed \({}\. Try again with: make verify REMOVE={}\n"
NOT_TOLD = r"IAM does not tell what is left: {}\.\. Nothing was written\.\n"


@pytest.mark.parametrize(
    ("action", "skip", "code", "said"),
    [("DeleteRole", 0, 1, NOT_ALL), ("ListPolicies", 1, 1, NOT_ALL), ("ListPolicies", 0, 2, NOT_TOLD)],
)
def test_what_cannot_be_removed_is_told(  # noqa: PLR0913, PLR0917 - the fixtures, and the parts of a case
    whole: Whole, verify: Verify, call: Remove, capsys: pytest.CaptureFixture[str],
    action: str, skip: int, code: int, said: str,
) -> None:  # fmt: skip
    """IAM's error comes with what is left, as far as IAM tells it, and with the command that removes it."""
    for write in itertools.takewhile(lambda write: not write.action.startswith("De"), whole.writes):
        again(verify.box.client("iam"), write)
    codes = [call(f"--remove={whole.id}"), len(verify.made())]
    capsys.readouterr()
    verify.box.fail(action, Fault.denied(), skip=skip)
    codes.append(call(f"--remove={whole.id}", "--yes"))
    verify.box.clear_faults()
    out = capsys.readouterr().out
    codes.append(call(f"--remove={whole.id}", "--yes"))

    assert re.search(said.format(rf"An error occurred .*{action} .*", whole.id), out), out
    assert out.rpartition("REMOVE=")[2].count("aws iam delete-role --role-name") == (2 if action == "DeleteRole" else 0)
    assert (codes, verify.made()) == ([2, 4, code, 0], [])
