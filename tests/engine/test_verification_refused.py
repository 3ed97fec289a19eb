"""`make verify` for a person in a hurry: what it refuses, in one line, before anything is written."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from sandbox import Fault, Sandbox
from tests.engine.verifying import APPLICATION, Verify
from verification import account
from verification.record import RECORD

Call = Callable[..., int]
Refused = Callable[..., str]

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)

NO_ROLES: Final = {
    "wbe": "Account 123456789012 has no role 'wbe'.",
    "arn:aws:iam::123456789012:role/team/web": "ROLE is an ARN: write the role's name, which is what follows the "
    "last /, web.",
    "web": "web has policies already: own. Name a role without policies, or add HAS_POLICIES=1 to test on this one.",
    "attached": "attached has policies already: limit. Name a role without policies, or add HAS_POLICIES=1 to test on "
    "this one.",
    "AWSServiceRoleForX": "AWSServiceRoleForX is a service-linked role, which only its service can change. Name "
    "another role.",
    "AWSReservedSSO_X": "AWSReservedSSO_X is a role of Identity Center, which only its service can change. Name "
    "another role.",
}


@pytest.fixture
def refused(verify: Verify, call: Call, capsys: pytest.CaptureFixture[str]) -> Refused:
    """The command, which must write nothing and say so; it returns what is said before that."""

    def run(*arguments: str, code: int = 2) -> str:
        found = call(*arguments)
        printed = capsys.readouterr()
        lines = printed.out.splitlines()

        assert found == code
        assert printed.err == ""
        assert verify.box.writes == []
        # What is refused before the question has no other lines but the introduction.
        assert len(lines) == 3 or "It takes about 10 minutes." in lines
        assert lines[-1].endswith(" Nothing was written.")

        return lines[-1].removesuffix(" Nothing was written.")

    return run


@pytest.mark.parametrize("role", NO_ROLES)
def test_a_role_that_may_not_be_tried_on(verify: Verify, refused: Refused, role: str) -> None:
    """It ends with one line that says why, although the answer was yes."""
    box, iam = verify.box, verify.box.client("iam")
    box.create_role("AWSServiceRoleForX", path="/aws-service-role/x.amazonaws.com/")
    box.create_role("AWSReservedSSO_X", path="/aws-reserved/sso.amazonaws.com/")
    box.create_role("attached")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps(APPLICATION))
    iam.attach_role_policy(RoleName="attached", PolicyArn=limit["Policy"]["Arn"])
    box.forget()

    assert refused("--yes", f"--role={role}") == NO_ROLES[role]


def test_no_region(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Region nobody knows where the run is."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)

    assert refused("--yes") == "No Region is set: set AWS_REGION, or `region` in the profile."


def test_no_credentials(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials there is the way to get some."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    assert refused("--yes") == "No AWS credentials were found: set AWS_PROFILE, or run `aws configure`."


def test_a_profile_that_is_not_there(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt profile is told as botocore tells it."""
    monkeypatch.setenv("AWS_PROFILE", "nope")

    assert refused("--yes") == (
        "AWS did not say whose credentials these are (The config profile (nope) could not be found)."
    )


def test_expired_credentials(verify: Verify, refused: Refused) -> None:
    """AWS's own words are there, and what to do."""
    expired = Fault.error("ExpiredToken", "The security token included in the request is expired", 403)
    verify.box.fail("GetCallerIdentity", expired)

    assert refused("--yes") == (
        "AWS did not say whose credentials these are (An error occurred (ExpiredToken) when calling the "
        "GetCallerIdentity operation: The security token included in the request is expired); renew them, for example "
        "with `aws sso login`."
    )


@pytest.mark.parametrize("answer", ["no", "", "yes, but", EOFError, KeyboardInterrupt])
def test_an_answer_that_is_not_yes(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, answer: str | type[BaseException]
) -> None:
    """Whatever is not yes is no, the end of the input and Ctrl-C as well."""

    def answered(_: str) -> str:
        if isinstance(answer, str):
            return answer
        raise answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answered)
    stopped = answer is KeyboardInterrupt

    assert refused(code=130 if stopped else 2) == ("Stopped." if stopped else "The answer was not yes.")


def test_without_a_terminal_the_answer_is_no(verify: Verify) -> None:
    """What it would write, and where, is said before; that it has not met AWS is said first."""
    done = verify.run("--role=web", "--has-policies")
    lines = done.stdout.splitlines()

    assert lines[1] == (
        "The last recorded run: verification/record.json."
        if RECORD.exists()
        else "No run on AWS is recorded: until now it was tested only in this repository's sandbox."
    )
    assert lines[3].startswith(f"Account {Sandbox.account_id}, as arn:aws:sts::{Sandbox.account_id}:")
    assert lines[3].endswith(", Region eu-west-1.")
    assert lines[4] == f"The endpoint is not AWS: {verify.box.url}."
    assert "  - inline policies and one attached policy on the role web" in lines
    assert done.returncode == 2
    assert lines[-1] == "There is no terminal to answer on: add YES=1 to answer yes. Nothing was written."
    assert verify.box.writes == []


def test_a_plugin_of_another_account(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the plugin finds other credentials than this command, nothing is written in either account."""
    other = replace(account.find(), number="210987654321")
    monkeypatch.setattr(account, "find", lambda: other)

    assert refused("--yes") == (
        "Pulumi's AWS plugin finds credentials of account 123456789012: set AWS_PROFILE, or the keys."
    )


def test_it_needs_no_sandbox() -> None:
    """A real run loads nothing of the local AWS."""
    code = "import sys, verification.__main__; print(sorted({'moto', 'sandbox.box'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
