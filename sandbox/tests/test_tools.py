"""How the sandbox comes by its programs: the order of search, one build for all runs, and clear errors."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import ToolError, cache, cached, go, shell, tools
from sandbox.tests.machine import fake_go, script

ROOT = Path(__file__).parents[2]
NO_GO = (
    f"Go {go.minimum()} or newer is not here: `go` on PATH: not there; as a wheel: "
    "the package index cannot be reached; install your distribution's package `go` or `golang`, or Go from https://go.dev/dl"
)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("echo v3.254.9", "is 3.254.9, needed is 3.255.0 or a later 3.x"),
        ("echo v4.0.0", "is 4.0.0, needed is 3.255.0 or a later 3.x"),
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
    own = script(machine / "bin", "pulumi", f'env > "{machine}/env"; echo v3.260.1')
    found = tools.cli(pytest.fail)
    env = dict(line.partition("=")[::2] for line in (machine / "env").read_text().splitlines())

    assert found == own
    assert "PULUMI_ACCESS_TOKEN" not in env
    assert env["HOME"] == env["PULUMI_HOME"] != str(Path.home())


def test_the_installer_comes_before_a_build(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Pulumi's installer works, Go is not needed; the next run takes the CLI from the cache without a word."""
    code = "import os, sys; os.chdir(sys.argv[1]); os.mkdir('bin'); print('installed', file=open('bin/pulumi', 'w'))"
    monkeypatch.setattr(tools, "_INSTALL", code)
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
    """While Go works, a person is told how many modules it has found and packages it has compiled."""
    monkeypatch.setattr(go, "_TOLD_SECONDS", 0)
    said: list[str] = []
    fake_go(machine / "bin", then="echo 'go: downloading example.com/a v1.0.0' >&2; echo small >&2")
    tools.provider(said.append)

    assert said[1:] == [
        "  … pulumi-resource-aws: 1 modules and packages so far",
        "  … pulumi-resource-aws: 2 modules and packages so far",
    ]


@pytest.mark.usefixtures("machine")
def test_when_nothing_works_the_error_says_what_to_install() -> None:
    """One message: what was tried, why each failed, and what to install."""
    with pytest.raises(ToolError) as caught:
        tools.cli(lambda _: None)

    assert str(caught.value) == (
        "The sandbox needs `pulumi` and could not get it. Tried:\n"
        "  - `pulumi` on PATH: not there\n"
        "  - Pulumi's installer: the download site cannot be reached\n"
        f"  - a build with Go: {NO_GO}\n"
        "Install the Pulumi CLI (https://www.pulumi.com/docs/install), then run this again."
    )


def test_the_host_beside_the_cli_comes_before_a_build(machine: Path) -> None:
    """Pulumi installs it there, and PATH may have a link to the CLI alone; without it, Go builds one."""
    fake_go(machine / "bin")
    own = script(machine / "pulumi", "pulumi", "echo v3.260.1")
    (machine / "bin/pulumi").symlink_to(own)
    built = tools.yaml_host(lambda _: None)
    host = script(machine / "pulumi", "pulumi-language-yaml", ":")

    assert built.read_text() == "built\n"
    assert tools.yaml_host(pytest.fail) == host


def test_old_builds_are_removed(machine: Path) -> None:
    """A new build ends those of its program that no run has used for two weeks."""
    fake_go(machine / "bin")
    for name in ("pulumi-resource-aws-", "pulumi-resource-aws-old-", "pulumi-resource-"):
        for key, days in (("a", 15), ("b", 13)):
            (cache.folder() / f"{name}{key * 16}").mkdir()
            used = time.time() - days * 24 * 3600.0
            os.utime(cache.folder() / f"{name}{key * 16}", (used, used))
    tools.provider(lambda _: None)
    left = {each.name for each in cache.folder().iterdir() if each.name.endswith(("aaa", "bbb"))}

    assert "pulumi-resource-aws-" + "a" * 16 not in left
    assert len(left) == 5


@pytest.mark.parametrize(
    ("change", "user"),
    [
        pytest.param(lambda folder: folder.chmod(0o775), 0, id="its group may write"),
        pytest.param(lambda folder: folder.chmod(0o757), 0, id="everyone may write"),
        pytest.param(lambda folder: folder.symlink_to(folder.rename(f"{folder}-")), 0, id="a link"),
        pytest.param(lambda _: None, 1, id="of another user"),
    ],
)
def test_a_cache_that_others_can_change_is_refused(
    machine: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object], user: int
) -> None:
    """Another user could put any program there. Whatever the umask of a build, nobody else can enter the folder."""
    fake_go(machine / "bin", then="umask 0")
    tools.provider(lambda _: None)
    folder, owner = cache.folder(), os.getuid()
    mode = folder.stat().st_mode & 0o777
    change(folder)
    monkeypatch.setattr(os, "getuid", lambda: owner + user)
    with pytest.raises(
        ToolError, match=rf"Another user can change {folder}: remove it, or set XDG_CACHE_HOME to a fol"
    ):
        tools.provider(lambda _: None)

    assert mode == 0o700


@pytest.mark.usefixtures("machine")
def test_only_its_owner_can_read_the_passphrase_file() -> None:
    """Its mode is 600, and each shell of this user finds the same passphrase."""
    found = {shell._passphrase() for _ in range(2)}  # noqa: SLF001 - a shell takes a second

    assert found == {(cache.folder() / "passphrase").read_text()}
    assert (cache.folder() / "passphrase").stat().st_mode & 0o777 == 0o600


def test_changed_sources_make_another_entry(machine: Path) -> None:
    """An old build is never taken for a new one, and an entry is found again."""
    source = machine / "main.go"
    made = []
    for text in ("one", "two", "one"):
        source.write_text(text)
        made += [
            cached("x", lambda _: None, sources=[source], what="", facts=[fact], say=lambda _: None) for fact in "ab"
        ]

    assert len(set(made)) == 4
    assert made[:2] == made[4:]


BUILD = "from sandbox import tools; print(tools.provider(lambda line: None).read_text(), end='')"


def test_runs_at_the_same_time_build_once(machine: Path) -> None:
    """Four runs that all find the cache empty: one builds, the others wait and take what it made."""
    fake_go(machine / "bin", then="sleep 1")
    command = [sys.executable, "-c", BUILD]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)]

    assert [run.communicate(timeout=60)[0] for run in runs] == ["built\n"] * 4
    assert (machine / "bin" / "builds").read_text() == "build\n"


def test_a_build_that_fails_or_is_killed_is_not_taken_for_one(machine: Path) -> None:
    """What the compiler said is in the error; what a build has left is neither used nor kept."""
    fake_go(machine / "bin", then="echo 'no space left on device' >&2; exit 1")
    with pytest.raises(ToolError, match=r"- a build with Go: no space left on device$"):
        tools.provider(lambda _: None)
    after_failure = [file for file in cache.folder().iterdir() if file.is_dir()]
    fake_go(machine / "bin", then=f'kill -9 $(cat "{machine}/pid"); exit 1')
    code = f"import os, pathlib; pathlib.Path({str(machine / 'pid')!r}).write_text(str(os.getpid())); {BUILD}"
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60)
    fake_go(machine / "bin")
    built = tools.provider(lambda _: None)

    assert after_failure == []
    assert killed.returncode == -9
    assert built.read_text() == "built\n"
    assert [file for file in cache.folder().iterdir() if file.is_dir()] == [built.parents[1]]


def test_a_cache_that_cannot_be_written_is_named(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that cannot be made is an error that names it and the variable that moves it."""
    (machine / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine / "file"))

    with pytest.raises(ToolError, match=re.escape(f"{machine / 'file'}/pulumi-ssm-perms") + ".*XDG_CACHE_HOME"):
        tools.provider(lambda _: None)


@pytest.mark.usefixtures("machine")
def test_the_command_prints_the_error_alone() -> None:
    """`python -m sandbox tools` ends with the message and exit code 1, without a traceback."""
    command = [sys.executable, "-m", "sandbox", "tools"]
    env = {**os.environ, "https_proxy": "http://127.0.0.1:9", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 1
    assert done.stdout == ""
    assert "The sandbox needs `pulumi` and could not get it. Tried:" in done.stderr
    assert "Traceback" not in done.stderr
