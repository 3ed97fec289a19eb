"""How the sandbox comes by its programs: the order of search, and what it says when nothing works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import ToolError, cache, compiler, go, tools
from sandbox.tests.machine import fake_go, script

ROOT = Path(__file__).parents[2]
NO_GO = (
    f"Go {compiler.minimum()} or newer is not here: `go` on PATH: not there; as a wheel: "
    "the package index cannot be reached; install your distribution's package `golang`, or Go from https://go.dev/dl"
)


def install_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Pulumi's installer work: it puts a script into the folder that it is given."""
    code = "import os, sys; os.chdir(sys.argv[1]); os.mkdir('bin'); print('installed', file=open('bin/pulumi', 'w'))"
    monkeypatch.setattr(tools, "_INSTALL", code)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("echo v3.236.9", "is 3.236.9, needed is 3.237.0 or a later 3.x"),
        ("echo v4.0.0", "is 4.0.0, needed is 3.237.0 or a later 3.x"),
        ("echo nonsense", "does not say its version"),
    ],
)
def test_another_cli_on_path_is_passed_over(machine: Path, answer: str, reason: str) -> None:
    """A CLI that is too old, of another major version or broken is not taken, and the error says why."""
    own = script(machine / "bin", "pulumi", answer)
    with pytest.raises(ToolError) as caught:
        tools.cli(lambda _: None)

    assert f"  - `{own}`: {reason}\n" in str(caught.value)


def test_the_user_s_cli_is_taken_without_the_user_s_settings(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes first, before the cache and any download. An empty home lets it read and write nothing of the user's."""
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "secret")
    own = script(machine / "bin", "pulumi", f'env > "{machine}/env"; echo v3.250.1')
    found = tools.cli(pytest.fail)
    env = dict(line.partition("=")[::2] for line in (machine / "env").read_text().splitlines())

    assert found == own
    assert "PULUMI_ACCESS_TOKEN" not in env
    assert env["HOME"] == env["PULUMI_HOME"] != str(Path.home())


def test_the_installer_comes_before_a_build(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Pulumi's installer works, Go is not needed; the next run takes the CLI from the cache without a word."""
    install_with(monkeypatch)
    fake_go(machine / "bin")
    installed = tools.cli(lambda _: None)

    assert installed.read_text() == "installed\n"
    assert tools.cli(pytest.fail) == installed
    assert not (machine / "bin" / "builds").exists(), "nothing must be built"


def test_a_build_comes_last_and_says_that_it_takes_time(machine: Path) -> None:
    """Without CLI, cache and installer, Go builds it; each step is announced."""
    fake_go(machine / "bin")
    said: list[str] = []
    built = tools.cli(said.append)
    version = tools.cli_version()

    assert built.read_text() == "built\n"
    assert said == [
        f"Getting the Pulumi CLI {version} with Pulumi's installer: about 100 MB, once per machine …",
        "  that did not work (the download site cannot be reached)",
        f"Building the Pulumi CLI v{version} from its Go module: about 4 minutes, once per machine …",
    ]
    assert tools.cli(pytest.fail) == built


def test_a_build_says_how_far_it_is(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Go works, a person is told of the modules that it has found, and of the packages that it has compiled."""
    monkeypatch.setattr(go, "_TOLD_SECONDS", 0)
    said: list[str] = []
    listing = 'echo "go: downloading example.com/a v1.0.0" >&2; echo small; echo large'
    fake_go(machine / "bin", listing=listing, then="echo small >&2; echo large >&2")
    tools.provider(said.append)

    assert said[1:] == [
        "  … pulumi-resource-aws: 1 modules found",
        "  … pulumi-resource-aws: 1 of 2 packages compiled",
        "  … pulumi-resource-aws: 2 of 2 packages compiled",
    ]


def test_when_nothing_works_the_error_says_what_to_install(machine: Path) -> None:
    """One message: what was tried, why each failed, and what to install."""
    with pytest.raises(ToolError) as caught:
        tools.cli(lambda _: None)

    assert str(caught.value) == (
        "The sandbox needs `pulumi` and could not get it. Tried:\n"
        "  - `pulumi` on PATH: not there\n"
        "  - an earlier build: none in the cache\n"
        "  - Pulumi's installer: the download site cannot be reached\n"
        f"  - a build with Go: {NO_GO}\n"
        "Install the Pulumi CLI (https://www.pulumi.com/docs/install), then run this again."
    )
    assert machine.exists()


def test_a_build_that_fails_shows_its_words_and_leaves_nothing(machine: Path) -> None:
    """What the compiler said is in the error; the cache holds no half of a build."""
    fake_go(machine / "bin", listing="echo 'no space left on device' >&2; exit 1")
    with pytest.raises(ToolError, match=r"- a build with Go: no space left on device$"):
        tools.provider(lambda _: None)

    assert [file.name for file in cache.folder().iterdir() if file.is_dir()] == []


def test_go_leaves_the_user_s_settings_alone(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go's counters do not go into `~/.config`; what the user told Go is still heard, and so is a GOGC of his own."""
    for name in ("GOENV", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(machine))
    monkeypatch.setenv("GOGC", "50")
    monkeypatch.setattr("sys.platform", "linux")
    fake_go(machine / "bin", then=f'env > "{machine}/env"')
    tools.provider(lambda _: None)
    env = dict(line.partition("=")[::2] for line in (machine / "env").read_text().splitlines())

    assert {name: env[name] for name in ("GOENV", "XDG_CONFIG_HOME", "GOGC")} == {
        "GOENV": f"{machine}/.config/go/env",
        "XDG_CONFIG_HOME": f"{machine}/cache/go-settings",
        "GOGC": "50",
    }


def test_the_command_prints_the_error_alone(machine: Path) -> None:
    """`python -m sandbox tools` ends with the message and exit code 1, without a traceback."""
    command = [sys.executable, "-m", "sandbox", "tools"]
    env = {**os.environ, "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 1
    assert done.stdout == ""
    assert "The sandbox needs `pulumi` and could not get it. Tried:" in done.stderr
    assert "Traceback" not in done.stderr
    assert machine.exists()
