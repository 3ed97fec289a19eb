"""The shell in a sandbox: what is in it, what a person is told, and that nothing of it is left."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sandbox import cache, shell
from sandbox.process import runs
from sandbox.program import OTHER_PASSPHRASE
from sandbox.tests.machine import script

pytestmark = pytest.mark.usefixtures("tools")
SHELL = [sys.executable, "-P", "-m", "sandbox", "shell"]
OF_OTHERS = [
    *("AWS_PROFILE", "PULUMI_ACCESS_TOKEN", "ARM_CLIENT_ID", "AZURE_CONFIG_DIR", "GOOGLE_CLOUD_KEYFILE_JSON"),
    *("GITHUB_TOKEN", "GH_TOKEN", "KUBECONFIG", "DIGITALOCEAN_TOKEN", "CLOUDFLARE_API_KEY", "DB_PASSWORD"),
]
LISTED = "aws iam list-roles --query 'sort_by(Roles, &RoleName)[].RoleName' --output text"


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with an AWS profile, a home folder of his own, and an empty folder for what is temporary."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir()
    caches = str(cache.folder().parent)
    for name, value in {
        **dict.fromkeys(OF_OTHERS, "production"),
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "tmp"),
        "XDG_CACHE_HOME": caches,
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
    """It has the roles that were named, the user's home, and no settings or credentials; its exit code is handed on."""
    names = "|".join(OF_OTHERS)
    seen = f'{LISTED}; echo "$HOME"; env | grep -E "^({names})="; exit 3'
    command = [*SHELL, "--role", "api", "--role", "web", "--", "bash", "-c", seen]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 3
    assert done.stdout.split() == ["api", "web", "web-role", f"{users}/home"]
    assert list((users / "tmp").iterdir()) == []


def test_a_person_is_told_what_it_is(users: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's shell opens after a few lines, which name what is missing, what works, and what still is the user's.

    Models of the AWS CLI's that can't be read stop only the AWS CLI.
    """
    monkeypatch.setenv("SHELL", "/bin/sh")
    for name in ("python", "nodejs"):
        script(users / "hosts", f"pulumi-language-{name}", ":")
    typed, command = "command -v sandbox-python; command -v aws; false\n", [*SHELL, "--role", "web"]
    told = {}
    for path in (os.environ["PATH"], f"{users}/hosts:{os.environ['PATH']}"):
        monkeypatch.setenv("PATH", path)
        done = subprocess.run(command, cwd="/", input=typed, capture_output=True, text=True, check=False, timeout=120)
        told[done.stdout] = done.stderr.splitlines()
        assert done.returncode == 0
        model = users / "home/.aws/models/iam/2010-05-08/service-2.json"
        model.parent.mkdir(parents=True, exist_ok=True)
        model.write_text("{")
    (bare, lines), (with_hosts, others) = told.items()

    assert [Path(line).name for line in bare.split()] == ["sandbox-python", "aws"]
    assert [Path(line).name for line in with_hosts.split()] == ["aws"]
    assert lines[0].endswith(", account 123456789012, Region eu-west-1.")
    assert lines[1] == "Roles: web, web-role. The node i-0123456789abcdef0 has web-role."
    assert lines[2:] == [
        (
            "The node is `Online` as soon as web-role allows it. "
            "On AWS, that takes until its agent's next try or a restart."
        ),
        "Here `pulumi` and `aws` talk to it. In your project, begin with `pulumi stack init NAME`.",
        (
            "Only AWS and Pulumi are local. A program's other providers, such as those of Kubernetes or another cloud, "
            "use your own credentials, and the state of what they make ends with this shell. Where a stack or a "
            "program sets `aws:endpoints` or keys itself, they are obeyed."
        ),
        (
            "Your start files are not read, so there are no aliases, no completion, and no functions such as nvm's or "
            "conda's. PATH stays."
        ),
        OTHER_PASSPHRASE,
        "Pulumi's installer brings the language hosts, which are missing for Python, TypeScript, Go. YAML works.",
        (
            "Until then, leave out `packages:` in YAML, skip `pulumi install`, and for a program in Python write "
            "`sandbox-python up` or `sandbox-python preview`."
        ),
        "When this shell ends, AWS and the stacks' states are gone.",
    ]
    assert others[6:] == [
        "`aws` still reads your ~/.aws/models, which can change what its commands do.",
        OTHER_PASSPHRASE,
        "Pulumi's installer brings the language hosts, which are missing for Go. YAML works.",
        lines[-1],
    ]
    assert list((users / "tmp").iterdir()) == []


OF_A_SHELL = {
    "BASH_FUNC_pulumi%%": "() { echo theirs; }",
    "PROMPT_COMMAND": "theirs",
    "PROMPT": "theirs",
    "PS0": "$(theirs)",
    "PS4": "$(theirs)",
    "SHELLOPTS": "posix",
    "BASHOPTS": "extdebug",
    "BASH_ENV": "theirs",
    "ENV": "theirs",
    "CDPATH": "theirs",
    "FPATH": "theirs",
    "ZDOTDIR": "theirs",
    "HISTFILE": "theirs",
    "INPUTRC": "theirs",
}


def test_no_shell_gets_anything_of_the_users_by_its_environment(users: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No function, hook, option or file; those that a shell has a default for are of the sandbox, or `/dev/null`."""
    for name, value in OF_A_SHELL.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([*SHELL, "--", "env", "-0"], cwd=users, capture_output=True, text=True, check=True)
    env = dict(each.split("=", 1) for each in done.stdout.split("\0") if each)

    assert {name: env[name] for name in OF_A_SHELL if name in env} == {
        "ENV": os.devnull,
        "INPUTRC": os.devnull,
        "ZDOTDIR": env["TMPDIR"],
        "HISTFILE": f"{env['TMPDIR']}/history",
    }


START_FILES = (".bashrc", ".bash_profile", ".profile", ".zshenv", ".zshrc", ".zprofile", ".config/fish/config.fish")
# On one line, because Pulumi asks the terminal for its colours, and then drops what else was typed.
TYPED = "pulumi stack init prod; aws iam list-roles --query 'Roles[].RoleName' --output text >roles; exit\n"


@pytest.mark.parametrize("name", [name for name in ("bash", "zsh", "fish") if shutil.which(name)])
def test_a_shell_reads_and_writes_no_file_of_the_users(users: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The shell says what it is, and `pulumi` and `aws` work in it."""
    monkeypatch.setenv("SHELL", "/bin/sh")  # of `script`
    for file in START_FILES:
        (users / "home" / file).parent.mkdir(parents=True, exist_ok=True)
        (users / "home" / file).write_text(f"touch {users}/asked\n")
    (users / "Pulumi.yaml").write_text("{name: app, runtime: yaml}")
    command = ["env", f"SHELL={shutil.which(name)}", *SHELL]
    typed = ["script", "--quiet", "--command", shlex.join(command), "/dev/null"]
    done = subprocess.run(typed, cwd=users, input=TYPED, capture_output=True, text=True, check=False, timeout=120)
    files = [file for file in (users / "home").rglob("*") if file.is_file()]

    assert "(local AWS) " in done.stdout
    assert (users / "roles").read_text().split() == ["web-role"]
    assert (users / "Pulumi.prod.yaml").exists(), "`pulumi stack init` must have made the stack"
    assert not (users / "asked").exists()
    assert [file for file in files if "stack init" in file.read_text(errors="replace")] == [], "they are a history"


def test_each_shell_is_started_without_the_users_files(users: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is `sh` if the sandbox doesn't know how to start it so."""
    started = {}
    for name in ("bash", "zsh", "fish", "sh", "other"):
        shown = script(users / "bin", name, 'echo "$1 $2" >args')
        monkeypatch.setenv("SHELL", str(shown))
        subprocess.run(SHELL, cwd=users, input="exit\n", capture_output=True, text=True, check=True, timeout=120)
        started[name] = (users / "args").read_text().split() if (users / "args").exists() else None
        (users / "args").unlink(missing_ok=True)

    assert started == {
        "bash": ["--norc", "--noprofile"],
        "zsh": ["-f"],
        "fish": ["--no-config", "--init-command"],
        "sh": [],
        "other": None,
    }


def test_a_shell_that_is_not_there_is_named(users: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one line; nothing is left."""
    monkeypatch.setenv("SHELL", "/nowhere/bash")
    done = subprocess.run(SHELL, cwd=users, capture_output=True, text=True, check=False, timeout=120)

    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "/nowhere/bash can't be started (No such file or directory): set SHELL, or the command, to a program.",
    )
    assert "Traceback" not in done.stderr
    assert list((users / "tmp").iterdir()) == []


def test_the_users_own_programs_come_first(users: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is so for `aws`, and for the host of programs in YAML."""
    host = script(users / "own", "pulumi-language-yaml", f"touch {users}/asked; exit 1")
    script(users / "own", "aws", "echo mine")
    monkeypatch.setenv("PATH", f"{host.parent}:{os.environ['PATH']}")
    (users / "Pulumi.yaml").write_text("{name: app, runtime: yaml}")
    seen = "aws; pulumi stack init dev; pulumi preview"
    done = subprocess.run([*SHELL, "--", "sh", "-c", seen], cwd=users, capture_output=True, text=True, check=False)

    assert done.stdout.splitlines()[0] == "mine"
    assert (users / "asked").exists()


PROJECT = """\
name: app
runtime: yaml
config: {token: {type: string, secret: true}}
resources:
  key: {type: "aws:kms:Key", options: {version: 7.12.3}}
outputs: {hidden: "${token}"}
"""
IN_PYTHON = "import pulumi\npulumi.export('hidden', pulumi.Config().require_secret('token'))\n"
SHOWN = "pulumi stack output hidden --show-secrets"


def test_the_next_shell_goes_on_with_a_project(users: Path) -> None:
    """The settings that one shell has written, with a secret in them, are those of the next: in YAML and in Python.

    `pulumi install` finds the plugin of any SDK's version.
    """
    for name, runtime in (("in-yaml", PROJECT), ("in-python", "{name: other, runtime: python}")):
        (users / name).mkdir()
        (users / name / "Pulumi.yaml").write_text(runtime)
    (users / "in-python/__main__.py").write_text(IN_PYTHON)
    update = {
        "in-yaml": f"pulumi install && pulumi up --yes --skip-preview && {SHOWN}",
        "in-python": f"{shell.IN_ITS_PLACE} up && {SHOWN}",
    }
    told = []
    for commands in (dict.fromkeys(update, "pulumi config set --secret token hush"), update):
        script = " && ".join(f"cd {users}/{name} && pulumi stack init dev && {each}" for name, each in commands.items())
        command = [*SHELL, "--", "sh", "-c", script]
        done = subprocess.run(command, cwd=users, capture_output=True, text=True, check=False, timeout=240)
        told.append((done.returncode, done.stdout.splitlines().count("hush"), done.stderr))

    assert [each[:2] for each in told] == [(0, 0), (0, 2)], told


@pytest.mark.parametrize("beside", ["pulumi", "other"])
def test_pulumis_own_host_is_found(tmp_path: Path, beside: str) -> None:
    """It lies beside the CLI, to which PATH may have a link, or elsewhere on PATH."""
    script(tmp_path / "pulumi", "pulumi", ":")
    (tmp_path / "links").mkdir()
    (tmp_path / "links/pulumi").symlink_to(tmp_path / "pulumi/pulumi")
    env = {"PATH": f"{tmp_path}/links:{tmp_path}/other"}
    before = shell.missing_hosts(env)
    script(tmp_path / beside, "pulumi-language-python", ":")

    assert before == ["Python", "TypeScript", "Go"]
    assert shell.missing_hosts(env) == ["TypeScript", "Go"]


def test_a_terminal_that_is_closed_ends_it(users: Path) -> None:
    """The command in it ends, and so does AWS; the temporary folder is empty again."""
    process = subprocess.Popen([*SHELL, "--", "sh", "-c", f"echo $$ > {users}/pid; sleep 60"], cwd="/")
    wait_for(lambda: (users / "pid").exists() and (users / "pid").read_text())
    inner = psutil.Process(int((users / "pid").read_text()))
    process.send_signal(signal.SIGHUP)

    assert process.wait(30) == 130
    assert not runs(inner), f"process {inner} must have ended"
    assert list((users / "tmp").iterdir()) == []
