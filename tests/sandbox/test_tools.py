"""The CLI is found or built; what is missing is told in a few lines, with what to install."""

import pytest

from sandbox import ToolError, tools

VERSION = tools.locked(r"pulumi/pkg/v3 (v\S+)", "cli/go.mod")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with an empty cache, and programs that say and do what a test wants, in a folder with a space."""
    folder = tmp_path / "with a space"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(tools.sys, "executable", str(folder / "python"))

    def has(name, script):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    has("python", "echo 'ERROR: no network' >&2; exit 1")
    has.cached = tmp_path / "cache/pulumi-ssm-perms"
    has.folder = folder
    return has


def test_the_cli_on_path_is_taken_if_it_is_new_enough(machine):
    machine("pulumi", "echo v3.255.0")

    assert tools.cli() == machine.folder / "pulumi"


@pytest.mark.parametrize("script", ["echo v3.254.9", "echo v4.0.0", "exit 1"])
def test_another_cli_is_not_taken(machine, capsys, script):
    """The person is told, and a build is looked for."""
    machine("pulumi", script)
    made = machine.cached / f"pulumi-{VERSION}/bin/pulumi"
    made.parent.mkdir(parents=True)
    machine.cached.chmod(0o700)
    made.touch()

    assert tools.cli() == made
    assert "is not 3.255 or a later 3: looking for another." in capsys.readouterr().err


NEW_GO = 'if [ "$1" = version ]; then echo go version go9.9; else '


def test_it_is_built_once(machine, capsys):
    machine("go", NEW_GO + 'while [ "$1" != -o ]; do shift; done; echo made > "$2"; fi')

    assert [tools.cli().read_text() for _ in range(2)] == ["made\n"] * 2
    assert (
        capsys.readouterr().err == f"Building pulumi {VERSION} from its Go module: some minutes, once per machine …\n"
    )


MISSING = {
    "no Go, no network": (None, "ERROR: no network"),
    "an old Go": ("echo go version go1.2", "ERROR: no network"),
    "a build that fails": (NEW_GO + "echo 'dial tcp: no such host'; exit 1; fi", "dial tcp: no such host"),
}


@pytest.mark.parametrize(("go", "message"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_told(machine, go, message):
    if go:
        machine("go", go)
    with pytest.raises(
        ToolError, match=f"^pulumi can't be built: {message}\nInstall the Pulumi CLI .*run this again.$"
    ):
        tools.cli()
    assert list(machine.cached.glob("*/bin/*")) == []


def test_a_cache_that_others_can_change_is_not_used(machine):
    machine.cached.mkdir(parents=True)
    machine.cached.chmod(0o777)
    with pytest.raises(ToolError, match="Another user can change"):
        tools.cli()


def test_a_cache_that_cannot_be_written_is_told(machine):
    machine.cached.parent.write_text("not a folder")
    with pytest.raises(ToolError, match="set XDG_CACHE_HOME to another folder"):
        tools.cli()
