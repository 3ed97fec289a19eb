"""The cache of built programs: one build for all runs, nothing of a build that failed, and an end to old ones."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import ToolError, cache, tools
from sandbox.tests.machine import fake_go

ROOT = Path(__file__).parents[2]


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


@pytest.mark.parametrize(
    ("up", "change", "user"),
    [
        pytest.param(0, lambda file: file.chmod(0o757), 0, id="a file that everyone may write"),
        pytest.param(1, lambda file: file.chmod(0o775), 0, id="a folder that its group may write"),
        pytest.param(2, lambda file: file.chmod(0o1777), 0, id="an entry that everyone may write"),
        pytest.param(3, lambda file: file.chmod(0o775), 0, id="a cache that its group may write"),
        pytest.param(0, lambda file: file.symlink_to(file.rename(f"{file}-")), 0, id="a link to a file"),
        pytest.param(2, lambda file: file.symlink_to(file.rename(f"{file}-")), 0, id="a link to an entry"),
        pytest.param(2, lambda _: None, 1, id="an entry of another user"),
    ],
)
def test_what_others_can_change_is_refused(
    machine: Path, monkeypatch: pytest.MonkeyPatch, up: int, change: Callable[[Path], object], user: int
) -> None:
    """Another user could put any program there. A build closes what it makes, whatever the umask."""
    fake_go(machine / "bin", then="umask 0")
    built = tools.provider(lambda _: None)
    again = tools.provider(lambda _: None)
    part, owner = [built, *built.parents][up], built.stat().st_uid
    change(part)
    monkeypatch.setattr(os, "getuid", lambda: owner + user)
    with pytest.raises(ToolError, match=rf"Another user can change {part}: remove it, or set XDG_CACHE_HOME to a fol"):
        tools.provider(lambda _: None)

    assert again == built


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
