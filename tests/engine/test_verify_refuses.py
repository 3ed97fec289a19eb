"""`make verify` for a person in a hurry: what it refuses, in one line, before anything is written."""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from botocore.credentials import AssumeRoleProvider

from sandbox import Fault, Sandbox
from tests.engine.verifying import Verify
from tools.verify.record import FILE

ROOT: Final = Path(__file__).parents[2]

pytestmark = pytest.mark.own_provider(
    "the CLI downloads it for each run; with the real plugin that is 200 MB each time"
)


class Refused(NamedTuple):
    """Why the command ends: variables (an empty one is taken away), what STS answers, or a person's answer."""

    said: str
    env: Mapping[str, str] = {}
    fault: Fault | None = None
    answer: str | type[BaseException] = "yes"
    code: int = 2


WHOSE: Final = "AWS did not say whose credentials these are"
EXPIRED: Final = (
    f"{WHOSE} (An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The token is expired); "
    "renew them, for example with `aws sso login`."
)
NO_REGION: Final = "No Region is set: set AWS_REGION, or `region` in the profile."
NO_KEYS: Final = "No AWS credentials were found: set AWS_PROFILE, or run `aws configure`."
NOT_YES: Final = "The answer was not yes."
STOPPED: Final = "Stopped."
REFUSED: Final = [
    Refused(NO_REGION, env={"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}),
    Refused(NO_KEYS, env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}),
    Refused(f"{WHOSE} (The config profile (nope) could not be found).", env={"AWS_PROFILE": "nope"}),
    Refused(EXPIRED, fault=Fault.error("ExpiredToken", "The token is expired", 403)),
    *(Refused(NOT_YES, answer=answer) for answer in ("no", "", "yes, but", EOFError)),
    Refused(STOPPED, answer=KeyboardInterrupt, code=130),
]


def set_or_unset(monkeypatch: pytest.MonkeyPatch, env: Mapping[str, str]) -> None:
    """Give variables their values, and take those away that are empty."""
    for name, value in env.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.said[:40])
def test_it_ends_with_one_line_that_says_why(
    verify: Verify,
    call: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    case: Refused,
) -> None:
    """Nothing was written; whatever is not yes is no, the end of the input and Ctrl-C as well."""

    def answer(_: str) -> str:
        if isinstance(case.answer, str):
            return case.answer
        raise case.answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)
    set_or_unset(monkeypatch, case.env)
    if case.fault:
        verify.box.fail("GetCallerIdentity", case.fault)
    code = call(*(["--yes"] if case.answer == "yes" else []))
    *before, last = capsys.readouterr().out.splitlines()

    assert (code, last) == (case.code, f"{case.said} Nothing was written.")
    assert verify.box.writes == []
    # Only what a person is asked about is described, after the two lines of the introduction.
    asked = case.said in {NOT_YES, STOPPED}
    assert (len(before) > 2, "It takes some minutes." in "".join(before)) == (asked, asked)


def test_without_a_terminal_the_answer_is_no(verify: Verify) -> None:
    """What it would write, and where, is said before; that it has not met AWS is said first."""
    done = verify.run()
    lines = done.stdout.splitlines()

    assert lines[1].startswith("The last recorded run: " if FILE.exists() else "No run on AWS is recorded: ")
    assert lines[3].startswith(f"Account {Sandbox.account_id}, as arn:aws:sts::{Sandbox.account_id}:")
    assert lines[3].endswith(", Region eu-west-1.")
    assert lines[4] == f"The endpoint is not AWS: {verify.box.url}."
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
    verify: Verify, call: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code is asked for once, and the plugin, which cannot ask, gets the same credentials; an SCP ends the run."""
    verify.box.create_role("deployer")
    config = verify.folder / "config"
    config.write_text(PROFILES.format(**verify.env))
    unset = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"), "")
    set_or_unset(monkeypatch, {**unset, "AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "deployer"})
    asks: Any = AssumeRoleProvider.__init__
    monkeypatch.setattr(asks, "__defaults__", (lambda _: "123456", *asks.__defaults__[1:]))
    denied = "with an explicit deny in a service control policy"
    for action in ("CreatePolicy", "CreateRole"):
        verify.box.fail(action, Fault.error("AccessDenied", denied, 403))
    code = call("--yes")
    printed = capsys.readouterr().out
    assumed = [call.params["TokenCode"] for call in verify.box.calls if call.action == "AssumeRole"]

    assert re.search(r"as arn:aws:sts::\d+:assumed-role/deployer/\S+, Region eu-central-1\.", printed)
    assert denied in printed, printed
    assert code == 1
    assert assumed == ["123456"]
    assert verify.box.writes == []


@pytest.mark.parametrize(
    ("environment", "words", "options"),
    [
        ({}, ["REMOVE=00000000", "YES=yes"], ['--remove="$REMOVE"', "--yes"]),
        ({}, ["YES=no"], []),
        ({"YES": "1", "REMOVE": "00000000"}, [], []),
    ],
)
def test_only_the_command_line_answers(environment: Mapping[str, str], words: list[str], options: list[str]) -> None:
    """A variable of the environment may be another program's: it is no yes."""
    command = ["make", "--dry-run", "--no-print-directory", "verify", *words]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", **environment}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    [found] = re.findall(r"(?s)-m tools.verify(.*)", done.stdout)

    assert found.replace("\\\n", "").split() == options


def test_it_needs_no_sandbox() -> None:
    """A real run loads nothing of the local AWS."""
    code = "import sys, tools.verify.__main__; print(sorted({'moto', 'sandbox.box'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
