"""`make verify`, whole, against the sandbox: what it claims, what it asks of AWS, and what it leaves behind."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest

from sandbox import Call, Fault, Sandbox
from tests.engine.verifying import Ended, Verify
from tests.pages import table
from tools.verify.claims import CLAIMS

ROOT: Final = Path(__file__).parents[2]

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)


def test_each_claim_holds(whole: Ended) -> None:
    """Only what has the run's name is written, nothing stays, and the record tells it, without the account."""
    told = json.loads(whole.record)
    listed = table("CONTRIBUTING.md", "How to run `make verify`")
    written = {str(call.params.get("PolicyName") or call.target).rpartition("/")[2] for call in writes(whole)}

    assert whole.code == 0, whole.printed
    assert [(claim["claim"], claim["holds"]) for claim in told["claims"]] == [(claim, True) for claim in CLAIMS]
    assert (whole.made, told["not run"]) == ([], [])
    assert [name for name in written if not name.startswith(f"ssm-perms-verify-{whole.id}")] == []
    assert Sandbox.account_id not in whole.record
    assert needed(whole.calls) == {about: set(re.findall(r"\w+:\w+", actions)) for about, actions in listed}


def test_it_makes_nothing_that_could_be_used(whole: Ended) -> None:
    """Nobody can assume the role; what is allowed is AWS's policy alone; the simulator sees a long document."""
    made, denies, *_ = (call.params for call in writes(whole))
    asked = [str(call.params.get("PolicyInputList.member.1", "")) for call in whole.calls]
    documents = [json.loads(made["AssumeRolePolicyDocument"]), json.loads(denies["PolicyDocument"])]

    assert [statement["Effect"] for document in documents for statement in document["Statement"]] == ["Deny", "Deny"]
    assert max(map(len, asked)) > 2_500


def writes(run: Ended) -> list[Call]:
    """Return what a run wrote."""
    return [call for call in run.calls if call.write]


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


def answer(action: str, result: str = "") -> tuple[int, bytes, str]:
    """Return an answer of IAM's that a handler gives without doing anything."""
    inner = f"<{action}Result>{result}</{action}Result>" if result else ""
    xmlns = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
    return HTTPStatus.OK, f"<{action}Response {xmlns}>{inner}</{action}Response>".encode(), "text/xml"


def failed(run: Ended) -> list[int]:
    """Return the numbers of the claims that failed."""
    return [CLAIMS.index(each["claim"]) + 1 for each in json.loads(run.record)["claims"] if not each["holds"]]


def test_each_claim_can_fail(verify: Verify) -> None:
    """An AWS that shows no policy, loses the one that denies, and deletes no role fails them all. The rest is told."""
    none = answer("ListRolePolicies", "<PolicyNames/><IsTruncated>false</IsTruncated>")
    verify.box.answer("ListRolePolicies", lambda _: none)
    forgets = lambda put: answer("PutRolePolicy") if put["PolicyName"].endswith("-deny") else None  # noqa: E731
    verify.box.answer("PutRolePolicy", forgets)
    verify.box.fail("DeleteRole", Fault.denied())
    too_long = Fault.error("InvalidInput", "Invalid Input policy: longer than 2000")
    verify.box.fail("SimulatePrincipalPolicy", too_long, where={"ActionNames.member.1": "logs:PutLogEvents"})
    done = verify.run("--yes")

    verify.box.answer("ListRolePolicies", lambda _: None)
    verify.box.clear_faults()
    removed = verify.run(f"--remove={done.id}")

    assert (done.code, failed(done)) == (1, [1, 2, 3, 4, 5, 6, 7]), done.printed
    assert "(InvalidInput) when calling the SimulatePrincipalPolicy" in done.record
    assert done.printed.count(f"\nTry again with: make verify REMOVE={done.id}\n") == 1
    assert (removed.code, removed.made) == (0, [])


def test_a_policy_that_stays_is_no_success(verify: Verify) -> None:
    """An AWS that answers a delete, and deletes nothing, is found out by the managed policy's ARN."""
    verify.box.answer("DeletePolicy", lambda _: answer("DeletePolicy"))
    done = verify.run("--yes")

    assert (done.code, failed(done)) == (1, [6, 7]), done.printed
    assert "    IAM still shows it\n" in done.printed


def test_an_error_ends_a_run(verify: Verify) -> None:
    """The record has it, without the caller, and says what was not run; what was made is removed."""
    verify.box.fail("CreatePolicy", Fault.denied())
    done = verify.run("--yes")
    told = json.loads(done.record)

    assert (done.code, done.made, told["not run"]) == (1, [], [*CLAIMS[:-1]]), done.printed
    assert "User: CALLER is not authorized to perform: iam:CreatePolicy on resource: " in told["ended by"]


def test_ctrl_c_leaves_nothing_behind(verify: Verify) -> None:
    """In the middle of `pulumi up`, it ends the run, removes what was made, and writes no record."""
    done = verify.run("--yes", ends_at="CreatePolicy")

    assert (done.code, done.made, done.record) == (130, [], ""), done.printed
    assert done.printed.endswith(f"\n  ✓ {CLAIMS[-1]}\n")


PROFILES: Final = """
[profile base]
aws_access_key_id = {AWS_ACCESS_KEY_ID}
aws_secret_access_key = {AWS_SECRET_ACCESS_KEY}
[profile deployer]
region = eu-central-1
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
"""


def test_a_profile_with_mfa(verify: Verify, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The code is asked for once, and the plugin, which can't ask, writes with the same credentials.

    SIGQUIT ends it as Ctrl-C does.
    """
    verify.box.create_role("deployer")
    config = tmp_path_factory.mktemp("aws") / "config"
    config.write_text(PROFILES.format(**verify.env))
    unset = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION")
    profile = {**dict.fromkeys(unset, ""), "AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "deployer"}
    done = verify.run("--yes", typed="123456\n", ends_at="CreatePolicy", by=signal.SIGQUIT, more_env=profile)
    assumed = [call.params["TokenCode"] for call in done.calls if call.action == "AssumeRole"]

    assert (done.code, assumed) == (130, ["123456"]), done.printed
    assert "assumed-role/deployer/" in done.printed


def test_it_writes_nothing_unless_somebody_agrees(verify: Verify) -> None:
    """Without a terminal, nobody can; the account, and who asks, are told before."""
    done = verify.run(more_env={"YES": "1"})
    first, *_, last = done.printed.splitlines()

    assert (done.code, last) == (2, "Nobody said yes; YES=1 says it. Nothing was written.")
    assert re.fullmatch(r"Account \d{12}, as arn:\S+, Region eu-west-1, answered by 127\.0\.0\.1:\d+, not AWS\.", first)
    assert verify.box.writes == []


def test_it_needs_no_sandbox() -> None:
    """A real run loads nothing of the local AWS."""
    code = "import sys, tools.verify.__main__; print(sorted({'moto', 'sandbox.box'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
