"""How the sandbox comes by its programs: the order of search, the cache, and what it says when nothing works."""

import io
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import ToolError, cache, tools
from sandbox.cache import Say
from sandbox.progress import Progress, Remaining, span

ROOT = Path(__file__).parents[2]


def script(folder: Path, name: str, text: str) -> Path:
    """Put a program of a shell script into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def fake_go(folder: Path, then: str = ":", listing: str = ":") -> Path:
    """Put a `go` into a folder that builds, whatever it is asked for, a script that says so, and counts its builds."""
    find_output = 'while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"'
    build = f'echo build >> "{folder}/builds"; {then}; {find_output}; echo built > "$2"'
    return script(folder, "go", f'if [ "$1" = list ]; then {listing}; exit; fi; {build}')


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with neither CLI nor Go, an empty cache, and an installer that is out of reach."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("cat", "dirname", "env", "mkdir", "sleep"):
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(tools, "_INSTALL", "raise SystemExit('the download site cannot be reached')")
    return tmp_path


def install_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Pulumi's installer work: it puts a script into the folder that it is given."""
    code = "import os, sys; os.chdir(sys.argv[1]); os.mkdir('bin'); print('installed', file=open('bin/pulumi', 'w'))"
    monkeypatch.setattr(tools, "_INSTALL", code)


def test_a_new_enough_cli_on_path_is_taken(machine: Path) -> None:
    """The user's own CLI comes first, before the cache and any download."""
    own = script(machine / "bin", "pulumi", "echo v3.250.1")

    assert tools.cli(pytest.fail) == own


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("echo v3.236.9", "is 3.236.9, needed is 3.237.0 or a later 3.x"),
        ("echo v4.0.0", "is 4.0.0, needed is 3.237.0 or a later 3.x"),
        ("echo nonsense", "does not say its version"),
        ("exit 1", "does not say its version"),
    ],
)
def test_another_cli_on_path_is_passed_over(machine: Path, answer: str, reason: str) -> None:
    """A CLI that is too old, of another major version or broken is not taken, and the error says why."""
    own = script(machine / "bin", "pulumi", answer)
    with pytest.raises(ToolError) as caught:
        tools.cli(lambda _: None)

    assert f"  - `{own}`: {reason}\n" in str(caught.value)


def test_the_user_s_cli_is_asked_without_the_user_s_settings(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking for the version happens in an empty home, so that nothing of the user's is read or written."""
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "secret")
    script(machine / "bin", "pulumi", f'env > "{machine}/env"; echo v3.250.1')
    tools.cli(pytest.fail)
    env = dict(line.partition("=")[::2] for line in (machine / "env").read_text().splitlines())

    assert "PULUMI_ACCESS_TOKEN" not in env
    assert env["HOME"] == env["PULUMI_HOME"] != str(Path.home())


def test_the_installer_comes_before_a_build(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Pulumi's installer works, Go is not needed; the next run takes the CLI from the cache without a word."""
    install_with(monkeypatch)
    fake_go(machine / "bin")
    installed = tools.cli(lambda _: None)

    assert installed.read_text() == "installed\n"
    assert tools.cli(pytest.fail) == installed
    assert not (machine / "bin" / "builds").exists()


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


def test_when_nothing_works_the_error_says_what_to_install(machine: Path) -> None:
    """One message: what was tried, why it failed, and two ways to go on."""
    with pytest.raises(ToolError) as caught:
        tools.cli(lambda _: None)

    assert str(caught.value) == (
        "The sandbox needs `pulumi` and could not get it. Tried:\n"
        "  - `pulumi` on PATH: not there\n"
        "  - an earlier build: none in the cache\n"
        "  - Pulumi's installer: the download site cannot be reached\n"
        "  - a build with Go: `go` is not on PATH\n"
        "Install the Pulumi CLI (https://www.pulumi.com/docs/install), or Go (https://go.dev/dl, or your "
        "distribution's package `golang`), then run this again."
    )
    assert machine.exists()


@pytest.mark.parametrize("find", [tools.provider, tools.yaml_host])
def test_a_program_of_go_sources_needs_go(machine: Path, find: Callable[[Say], Path]) -> None:
    """Without Go there is neither provider nor YAML host, and the error says where Go is to be had."""
    with pytest.raises(ToolError, match=r"`go` is not on PATH\nInstall Go \(https://go\.dev/dl"):
        find(lambda _: None)

    assert machine.exists()


def test_a_build_that_fails_shows_its_words_and_leaves_nothing(machine: Path) -> None:
    """What the compiler said is in the error; the cache holds no half of a build."""
    script(machine / "bin", "go", "echo 'go.mod requires go >= 9.9' >&2; exit 1")
    with pytest.raises(ToolError, match=r"go\.mod requires go >= 9\.9"):
        tools.provider(lambda _: None)

    assert [file.name for file in cache.folder().iterdir() if file.is_dir()] == []


def test_a_build_says_how_far_it_is(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Go works, a person is told of modules, of packages that are compiled, of linking, and of the time left."""
    states: list[str] = []

    class Watched(Progress):
        def __init__(self, state: Callable[[], str], say: Say) -> None:
            self._see = state
            super().__init__(self._seen, say, every=0.02)

        def _seen(self) -> str:
            states.append(self._see())
            return states[-1]

    monkeypatch.setattr("sandbox.go.Progress", Watched)
    packages = "".join(
        f'{{"ImportPath": "{name}", "Dir": "{machine}", "GoFiles": ["{name}.go"], "Stale": {stale}}}\n'
        for name, stale in (("small", "true"), ("large", "true"), ("ready", "false"))
    )
    for name, size in (("small", 1_000_000), ("large", 3_000_000), ("ready", 9_000_000)):
        (machine / f"{name}.go").write_text(" " * size)
    (machine / "list").write_text(packages)
    fake_go(
        machine / "bin",
        listing=f'echo "go: downloading example.com/a v1.0.0" >&2; sleep 0.3; cat "{machine}/list"',
        then="echo small >&2; sleep 0.3; echo large >&2; sleep 0.3",
    )
    tools.provider(lambda _: None)
    seen = list(dict.fromkeys(re.sub(r", about .* yet$", ", about … yet", state) for state in states))

    assert [state for state in seen if " 0 " not in state] == [
        "pulumi-resource-aws: getting its sources, 1 modules so far",
        "pulumi-resource-aws: 1 of 2 packages compiled, about … yet",
        "pulumi-resource-aws: linking, about … yet",
    ]


@pytest.mark.parametrize(
    ("elapsed", "done", "words"),
    [
        (0, 0.0, "about 7 minutes yet"),
        (100, 0.0, "about 5 minutes yet"),
        (60, 0.1, "about 7 minutes yet"),
        (300, 0.5, "about 5 minutes yet"),
        (90, 0.6, "about 60 s yet"),
        (400, 0.99, "about 10 s yet"),
    ],
)
def test_the_time_that_is_left(elapsed: float, done: float, words: str) -> None:
    """At first it is what was expected, and soon what the work until now tells."""
    times = iter([0.0, elapsed])

    assert Remaining(400.0, lambda: next(times)).words(done) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "10 s"), (44.0, "40 s"), (89.0, "90 s"), (90.0, "2 minutes"), (400.0, "7 minutes")]
)
def test_a_time_in_words(seconds: float, words: str) -> None:
    """Nobody needs the second, least of all in a guess."""
    assert span(seconds) == words


class FakeTerminal(io.StringIO):
    """Where a person looks on."""

    def isatty(self) -> bool:
        """Be a terminal."""
        return True


def test_on_a_terminal_the_line_changes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sees one line that is written anew, and nothing of it stays."""
    screen = FakeTerminal()
    monkeypatch.setattr("sys.stderr", screen)
    with Progress(lambda: "half", cache.stderr, every=0.01):
        while "half" not in screen.getvalue():
            pass

    assert set(screen.getvalue().split("\r\x1b[2K")) == {"", "  … half"}
    assert screen.getvalue().endswith("\r\x1b[2K")


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


def test_old_builds_are_removed(machine: Path) -> None:
    """Of each program the four that were used last stay, and each that was used in the last two days."""
    day = 24 * 3600.0
    now = time.time()
    ages = {"a": 90 * day, "b": 60 * day, "c": 50 * day, "d": 40 * day, "e": 30 * day, "f": 1 * day}
    folder = cache.folder()
    for key, age in ages.items():
        for name in ("tool", "tool-other"):
            (folder / f"{name}-{key * 16}").mkdir(parents=True)
            os.utime(folder / f"{name}-{key * 16}", (now - age, now - age))
    used = cache.entry("tool", "a" * 16)
    cache.make("tool", "0" * 16, lambda made: (made / "new").touch(), "Making …", lambda _: None)
    left = sorted(file.name.removeprefix("tool-")[0] for file in folder.glob("tool-" + "[0-9a-f]" * 16))

    assert used is not None
    assert left == ["0", "a", "e", "f"]
    assert len(list(folder.glob("tool-other-*"))) == len(ages)
    assert machine.exists()


def test_changed_sources_make_another_entry(tmp_path: Path) -> None:
    """The key changes with each source and with each fact, so that an old build is never taken for a new one."""
    source = tmp_path / "main.go"
    source.write_text("one")
    keys = [cache.key("a", files=[source]), cache.key("b", files=[source])]
    source.write_text("two")
    keys.append(cache.key("a", files=[source]))

    assert len(set(keys)) == 3


BUILD = """
import pathlib, sys
from sandbox import tools
print(tools.provider(lambda line: None).read_text(), end="")
"""


def test_runs_at_the_same_time_build_once(machine: Path) -> None:
    """Four runs that all find the cache empty: one builds, the others wait and take what it made."""
    fake_go(machine / "bin", then="sleep 1")
    command = [sys.executable, "-c", BUILD]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)]

    assert [run.communicate(timeout=60)[0] for run in runs] == ["built\n"] * 4
    assert (machine / "bin" / "builds").read_text() == "build\n"


def test_a_build_that_was_killed_is_not_taken_for_one(machine: Path) -> None:
    """What a killed build has left is neither used nor kept, and its lock does not stay."""
    fake_go(machine / "bin", then=f'kill -9 $(cat "{machine}/pid"); exit 1')
    code = f"import os, pathlib; pathlib.Path({str(machine / 'pid')!r}).write_text(str(os.getpid())){BUILD}"
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60)
    fake_go(machine / "bin")
    built = tools.provider(lambda _: None)

    assert killed.returncode == -9
    assert built.read_text() == "built\n"
    assert [file for file in cache.folder().iterdir() if file.name.startswith(".partial")] == []


def test_a_cache_that_cannot_be_written_is_named(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that cannot be made is an error that names it and the variable that moves it."""
    fake_go(machine / "bin")
    (machine / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine / "file"))
    with pytest.raises(ToolError, match=re.escape(f"{machine / 'file'}/pulumi-ssm-perms") + ".*XDG_CACHE_HOME"):
        tools.provider(lambda _: None)

    assert (machine / "file").is_file()


def test_the_command_prints_the_error_alone(machine: Path) -> None:
    """`python -m sandbox tools` ends with the message and exit code 1, without a traceback."""
    command = [sys.executable, "-m", "sandbox", "tools"]
    env = {**os.environ, "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)

    assert (done.returncode, done.stdout) == (1, "")
    assert "The sandbox needs `pulumi` and could not get it. Tried:" in done.stderr
    assert "Traceback" not in done.stderr
    assert machine.exists()
