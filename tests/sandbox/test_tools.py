"""The CLI is found or built; what is missing is said in a few lines, with what to install."""

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

    def make_build():
        build = has.cached / f"pulumi-{VERSION}/bin/pulumi"
        has.cached.mkdir(parents=True, mode=0o700)
        build.parent.mkdir(parents=True)
        build.touch()
        return build

    has("python", "echo 'ERROR: no network' >&2; exit 1")
    has.cached = tmp_path / "cache/pulumi-ssm-perms"
    has.folder, has.make_build = folder, make_build
    return has


def test_the_cli_on_path_is_taken_if_it_is_new_enough(machine):
    machine("pulumi", "echo v3.255.0-alpha.1")

    assert tools.cli() == machine.folder / "pulumi"


def test_the_cli_of_a_relative_folder_on_path_has_an_absolute_path(machine, monkeypatch):
    """The sandbox runs it in other folders."""
    machine("pulumi", "echo v3.255.0")
    monkeypatch.chdir(machine.folder.parent)
    monkeypatch.setenv("PATH", f"{machine.folder.name}:/usr/bin:/bin")

    assert tools.cli() == machine.folder / "pulumi"


OTHER_CLI = {
    "echo v3.254.9": "is Pulumi 3.254.9, not 3.255 or a later 3",
    "echo v4.0.0": "is Pulumi 4.0.0, not 3.255 or a later 3",
    "exit 1": "is not Pulumi's CLI",
    "echo PostScript of 3.999": "is not Pulumi's CLI",
    "printf '\\377v3.255.0'": "is not Pulumi's CLI",
    "cat; sleep 100": "is not Pulumi's CLI",  # without an end of input and a limit of time, for ever
}


@pytest.mark.parametrize(("script", "reason"), OTHER_CLI.items(), ids=OTHER_CLI)
def test_another_cli_is_not_taken(machine, monkeypatch, capsys, script, reason):
    """One line says why, and a build is looked for."""
    monkeypatch.setattr(tools, "_PATIENCE", 3)
    machine("pulumi", script)
    build = machine.make_build()

    assert tools.cli() == build
    assert capsys.readouterr().err == f"`{machine.folder}/pulumi` {reason}: looking for another.\n"


def test_a_program_that_the_machine_cannot_run_is_not_taken(machine, capsys):
    machine("pulumi", "")
    (machine.folder / "pulumi").write_bytes(b"\x7fELF")
    build = machine.make_build()

    assert tools.cli() == build
    assert "is not Pulumi's CLI" in capsys.readouterr().err


def test_whatever_is_called_pulumi_gets_nothing_of_the_user(machine, monkeypatch):
    """Neither keys, nor tokens, nor the home folder."""
    for name in ("AWS_SECRET_ACCESS_KEY", "PULUMI_ACCESS_TOKEN", "HOME", "PULUMI_HOME"):
        monkeypatch.setenv(name, "canary")
    machine("pulumi", f'env >"{machine.folder}/env"; echo v3.255.0')
    tools.cli()
    names = {line.partition("=")[0] for line in (machine.folder / "env").read_text().splitlines()}

    assert "canary" not in (machine.folder / "env").read_text()
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "HOME", "PULUMI_HOME", "PULUMI_SKIP_UPDATE_CHECK"}


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


@pytest.mark.parametrize("mode", [0o777, 0o750], ids=oct)
def test_a_cache_that_others_can_enter_is_not_used(machine, mode):
    machine.cached.mkdir(parents=True)
    machine.cached.chmod(mode)
    with pytest.raises(ToolError, match="is not a folder of yours alone"):
        tools.cli()


def test_a_cache_that_is_a_link_is_not_used(machine, tmp_path):
    """Whoever owns the link can point it elsewhere."""
    machine.cached.parent.mkdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    machine.cached.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ToolError, match="is not a folder of yours alone"):
        tools.cli()


def test_a_cache_of_another_user_is_not_used(machine, monkeypatch):
    machine.make_build()
    monkeypatch.setattr(tools.os, "getuid", lambda: 12345)
    with pytest.raises(ToolError, match="is not a folder of yours alone"):
        tools.cli()


def test_a_cache_that_cannot_be_written_is_told(machine):
    machine.cached.parent.write_text("not a folder")
    with pytest.raises(ToolError, match="set XDG_CACHE_HOME to another folder"):
        tools.cli()
