"""`make verify` for a person in a hurry: what it refuses, in one line, before anything is written."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from botocore.credentials import AssumeRoleProvider

from sandbox import Fault, Sandbox
from tests.engine.verifying import APPLICATION, Verify
from verification.record import RECORD

ROOT: Final = Path(__file__).parents[2]
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
        *before, last = printed.out.splitlines()

        assert found == code
        assert printed.err == ""
        assert verify.box.writes == []
        # What is refused before the question has no other lines but the introduction.
        assert len(before) == 2 or "It takes about 10 minutes." in "".join(before)
        assert last.endswith(" Nothing was written.")

        return last.removesuffix(" Nothing was written.")

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


class Unfit(NamedTuple):
    """An environment in which the caller's account is not known: variables, and what STS answers."""

    told: str
    env: Mapping[str, str | None] = {}
    fault: Fault | None = None


@pytest.mark.parametrize(
    "given",
    [
        Unfit(
            "No Region is set: set AWS_REGION, or `region` in the profile.",
            {"AWS_REGION": None, "AWS_DEFAULT_REGION": None},
        ),
        Unfit(
            "No AWS credentials were found: set AWS_PROFILE, or run `aws configure`.",
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
        ),
        Unfit(
            "AWS did not say whose credentials these are (The config profile (nope) could not be found).",
            {"AWS_PROFILE": "nope"},
        ),
        Unfit(
            "AWS did not say whose credentials these are (An error occurred (ExpiredToken) when calling the "
            "GetCallerIdentity operation: The token is expired); renew them, for example with `aws sso login`.",
            fault=Fault.error("ExpiredToken", "The token is expired", 403),
        ),
    ],
    ids=["region", "credentials", "profile", "expired"],
)
def test_without_region_or_credentials(
    verify: Verify, refused: Refused, monkeypatch: pytest.MonkeyPatch, given: Unfit
) -> None:
    """The line says what to set or to run."""
    for name, value in given.env.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    if given.fault:
        verify.box.fail("GetCallerIdentity", given.fault)

    assert refused("--yes") == given.told


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

    assert lines[1].startswith("The last recorded run: " if RECORD.exists() else "No run on AWS is recorded: ")
    assert lines[3].startswith(f"Account {Sandbox.account_id}, as arn:aws:sts::{Sandbox.account_id}:")
    assert lines[3].endswith(", Region eu-west-1.")
    assert lines[4] == f"The endpoint is not AWS: {verify.box.url}."
    assert "  - inline policies and one attached policy on the role web" in lines
    assert done.returncode == 2
    assert lines[-1] == "There is no terminal to answer on: add YES=1 to answer yes. Nothing was written."
    assert verify.box.writes == []


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


def test_a_profile_with_mfa(
    verify: Verify, call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code is asked for once, and the plugin, which cannot ask, gets the same credentials; an SCP ends the run."""
    verify.box.create_role("deployer")
    config = verify.folder / "config"
    config.write_text(PROFILES.format(**verify.env))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "deployer")
    asks: Any = AssumeRoleProvider.__init__
    monkeypatch.setattr(asks, "__defaults__", (lambda _: "123456", *asks.__defaults__[1:]))
    denied = "with an explicit deny in a service control policy"
    verify.box.fail("CreatePolicy", Fault.error("AccessDenied", denied, 403))
    code = call("--yes")
    printed = capsys.readouterr().out
    assumed = [call.params["TokenCode"] for call in verify.box.calls if call.action == "AssumeRole"]

    assert re.search(r"as arn:aws:sts::\d+:assumed-role/deployer/\S+, Region eu-central-1\.", printed)
    assert f"(AccessDenied) when calling the CreatePolicy operation: {denied}" in printed, printed
    assert code == 1
    assert assumed == ["123456"]
    assert verify.box.writes == []


@pytest.mark.parametrize(
    ("environment", "words", "options"),
    [
        ({}, [], []),
        ({}, ["ROLE=web", "HAS_POLICIES=1", "YES=yes"], ['--role="$ROLE"', "--has-policies", "--yes"]),
        ({}, ["REMOVE=00000000", "YES=no"], ['--remove="$REMOVE"']),
        ({"ROLE": "web", "HAS_POLICIES": "1", "YES": "1", "REMOVE": "00000000"}, [], []),
    ],
)
def test_only_the_command_line_answers(environment: Mapping[str, str], words: list[str], options: list[str]) -> None:
    """A variable of the environment may be another program's: it names no role, and is no yes."""
    command = ["make", "--dry-run", "--no-print-directory", "verify", *words]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", **environment}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    [found] = re.findall(r"(?s)-m verification(.*)", done.stdout)

    assert found.replace("\\\n", "").split() == options


def test_it_needs_no_sandbox() -> None:
    """A real run loads nothing of the local AWS."""
    code = "import sys, verification.__main__; print(sorted({'moto', 'sandbox.box'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
