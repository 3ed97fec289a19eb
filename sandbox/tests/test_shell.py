"""The shell in a sandbox: what is in it, what a person is told, and that nothing of it is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sandbox import shell
from sandbox.process import runs
from sandbox.tests.machine import script

SHELL = [sys.executable, "-P", "-m", "sandbox", "shell"]
LISTED = "aws iam list-roles --query 'sort_by(Roles, &RoleName)[].RoleName' --output text"


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with an AWS profile, a home folder of his own, and an empty folder for what is temporary."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    for name, value in {
        "AWS_PROFILE": "production",
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "XDG_CACHE_HOME": cache,
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def wait_for(what: Callable[[], object]) -> None:
    """Wait until something holds, for half a minute at most."""
    deadline = time.monotonic() + 30
    while not what() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert what()


def test_a_command_runs_in_it(users: Path) -> None:
    """It meets the roles that were named, in the user's own home without his profile; its exit code is handed on."""
    seen = f'{LISTED}; echo "$HOME ${{AWS_PROFILE-none}}"; exit 3'
    command = [*SHELL, "--role", "api", "--role", "web", "--", "sh", "-c", seen]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 3
    assert done.stdout.split() == ["api", "web", f"{users}/home", "none"]
    assert list((users / "tmp").iterdir()) == []


def test_a_person_is_told_what_it_is(users: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's shell opens after a few lines; Pulumi's host for Python, which is missing here, has a stand-in."""
    monkeypatch.setenv("SHELL", "/bin/sh")
    typed, command = "command -v sandbox-python; false\n", [*SHELL, "--role", "web"]
    done = subprocess.run(command, cwd="/", input=typed, capture_output=True, text=True, check=False, timeout=120)
    told = done.stderr.splitlines()

    assert done.returncode == 0
    assert Path(done.stdout.strip()).name == "sandbox-python"
    assert told[0].endswith(", account 123456789012, Region eu-west-1, with the role web.")
    assert told[2].startswith("Pulumi's host for programs in Python, pulumi-language-python, is not here;")
    assert list((users / "tmp").iterdir()) == []


@pytest.mark.parametrize("beside", ["pulumi", "other"])
def test_pulumis_own_host_is_found(tmp_path: Path, beside: str) -> None:
    """It lies beside the CLI, to which PATH may have a link, or elsewhere on PATH."""
    script(tmp_path / "pulumi", "pulumi", ":")
    (tmp_path / "links").mkdir()
    (tmp_path / "links/pulumi").symlink_to(tmp_path / "pulumi/pulumi")
    env = {"PATH": f"{tmp_path}/links:{tmp_path}/other"}
    before = shell.has_python_host(env)
    script(tmp_path / beside, "pulumi-language-python", ":")

    assert before is False
    assert shell.has_python_host(env) is True


def test_a_terminal_that_is_closed_ends_it(users: Path) -> None:
    """The command in it ends, and so does AWS; the temporary folder is empty again."""
    process = subprocess.Popen([*SHELL, "--", "sh", "-c", f"echo $$ > {users}/pid; sleep 60"], cwd="/")
    wait_for(lambda: (users / "pid").exists() and (users / "pid").read_text())
    inner = psutil.Process(int((users / "pid").read_text()))
    process.send_signal(signal.SIGHUP)

    assert process.wait(30) == 130
    assert not runs(inner)
    assert list((users / "tmp").iterdir()) == []


def test_a_script_has_it_until_its_end(users: Path) -> None:
    """What is printed takes a POSIX shell into it, and it is there until the script ends."""
    seen = 'echo "$AWS_ENDPOINT_URL ${AWS_PROFILE-none} $SANDBOX_PID"'
    command = ["bash", "-c", f'. <("$@" --print); {seen}', "script", *SHELL]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True, timeout=120)
    url, profile, pid = done.stdout.split()

    assert url.startswith("http://127.0.0.1:") is True
    assert profile == "none"
    wait_for(lambda: not psutil.pid_exists(int(pid)))
    assert list((users / "tmp").iterdir()) == []
