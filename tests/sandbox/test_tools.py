"""The CLI is found or built; what is missing is told in a line or two, with what to install."""

import shutil

import pytest

from sandbox import ToolError, tools

VERSION = tools._required("cli", tools._CLI)  # noqa: SLF001


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

    assert tools.cli(pytest.fail) == machine.folder / "pulumi"


@pytest.mark.parametrize(
    ("said", "told"), [("echo v3.254.9", "is 3.254.9"), ("echo v4.0.0", "is 4.0.0"), ("exit 1", "of no known version")]
)
def test_another_cli_is_not_taken(machine, said, told):
    """It is told, and a build is looked for."""
    machine("pulumi", said)
    made = machine.cached / f"pulumi-{VERSION}/bin/pulumi"
    made.parent.mkdir(parents=True)
    machine.cached.chmod(0o700)
    made.touch()
    lines = []

    assert tools.cli(lines.append) == made
    assert told in lines[0]


def test_it_is_built_once(machine):
    machine(
        "go",
        'if [ "$1" = version ]; then echo go version go9.9; else for last; do :; done; while [ "$1" != -o ]; do shift; done; echo made > "$2"; fi',
    )
    lines = []

    assert [tools.cli(lines.append).read_text() for _ in range(2)] == ["made\n"] * 2
    assert lines == [f"Building pulumi {VERSION} from its Go module: some minutes, once per machine …"]


MISSING = {
    "no Go, no network": (None, "Go .* or newer is needed, and there is none on PATH; as a wheel: ERROR: no network"),
    "an old Go": ("echo go version go1.2", "and `.*/with a space/go` is older; as a wheel: ERROR: no network"),
    "a build that fails": (
        "case $1 in version) echo go version go9.9;; *) echo 'dial tcp: no such host'; exit 1; esac",
        "no such host",
    ),
}


@pytest.mark.parametrize(("go", "says"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_told(machine, go, says):
    if go:
        machine("go", go)
    elif shutil.which("go"):
        pytest.fail("this machine's Go is in /usr/bin")
    with pytest.raises(
        ToolError, match=f"^pulumi can't be built: .*{says}\nInstall the Pulumi CLI .*run this again.$"
    ) as caught:
        tools.cli(lambda _: None)
    assert len(str(caught.value).splitlines()) == 2
    assert list(machine.cached.glob("*/bin/*")) == []


def test_a_cache_that_others_can_change_is_not_used(machine):
    machine.cached.mkdir(parents=True)
    machine.cached.chmod(0o777)
    with pytest.raises(ToolError, match="Another user can change"):
        tools.cli(lambda _: None)


def test_a_cache_that_cannot_be_written_is_told(machine):
    machine.cached.parent.write_text("not a folder")
    with pytest.raises(ToolError, match="set XDG_CACHE_HOME to another folder"):
        tools.cli(lambda _: None)
