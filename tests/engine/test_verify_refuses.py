"""`make verify` for a person in a hurry: what it refuses, in one line, before anything is written."""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest.mock import Mock

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
    # `--yes` if nobody is asked; without a terminal, nothing.
    answer: str | type[BaseException] | None = "--yes"
    code: int = 2


WHOSE: Final = "AWS did not say whose credentials these are"
EXPIRED: Final = (
    f"{WHOSE} (An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The token is expired); "
    "renew them, for example with `aws sso login`."
)
REFUSED: Final = [
    Refused(
        "No Region is set: set AWS_REGION, or `region` in the profile.", {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}
    ),
    Refused(
        "No AWS credentials were found: set AWS_PROFILE, or run `aws configure`.",
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
    ),
    Refused(f"{WHOSE} (The config profile (nope) could not be found).", {"AWS_PROFILE": "nope"}),
    Refused(EXPIRED, fault=Fault.error("ExpiredToken", "The token is expired", 403)),
    Refused("There is no terminal to answer on: add YES=1 to answer yes.", answer=None),
    *(Refused("The answer was not yes.", answer=answer) for answer in ("no", "", "yes, but", EOFError)),
    Refused("Stopped.", answer=KeyboardInterrupt, code=130),
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
    """Nothing was written. Who is asked is told before what it would write, and where; whatever is not yes is no."""
    asked = case.answer != "--yes"
    monkeypatch.setattr("sys.stdin", Mock(isatty=lambda: case.answer is not None))
    monkeypatch.setattr("builtins.input", Mock(side_effect=[case.answer]))
    set_or_unset(monkeypatch, case.env)
    if case.fault:
        verify.box.fail("GetCallerIdentity", case.fault)
    code = call(*([] if asked else ["--yes"]))
    _, recorded, *announced, last = capsys.readouterr().out.splitlines()
    where = (
        rf"^\nAccount {Sandbox.account_id}, as arn:aws:sts::{Sandbox.account_id}:\S+, Region eu-west-1, answered by "
    )

    assert (code, last) == (case.code, f"{case.said} Nothing was written.")
    assert verify.box.writes == []
    assert recorded.startswith("The last recorded run: " if FILE.exists() else "No run on AWS is recorded: ")
    assert bool(re.match(rf"{where}{verify.box.url}, not AWS\.\n", "\n".join(announced))) == asked
    assert ("It takes some minutes." in "".join(announced)) == asked


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

    assert re.search(r"as arn:aws:sts::\d+:assumed-role/deployer/\S+, Region eu-central-1, ", printed)
    assert denied in printed, printed
    assert code == 1
    assert assumed == ["123456"]
    assert (verify.box.writes, [*verify.folder.glob("record*")]) == ([], []), "no claim was tested"


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
