"""The Makefile: what its commands take from the environment and the command line, and which folder they may delete."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
MAKEFILE: Final = (ROOT / "Makefile").read_text()
HOSTILE: Final = "hostile; touch hostile"

DryRun = Callable[..., CompletedProcess[str]]


@pytest.fixture
def dry_run(tmp_path: Path) -> DryRun:
    """Return what `make` would run in a clone in which nothing has been made yet."""
    for file in (ROOT / "Makefile", ROOT / "pyproject.toml", *ROOT.glob("requirements*.lock")):
        shutil.copy(file, tmp_path)

    def run(*words: str, **environment: str) -> CompletedProcess[str]:
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", **environment}
        command = ["make", "--dry-run", *words]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    return run


def test_no_command_depends_on_the_environment(dry_run: DryRun) -> None:
    """Whatever a variable of it is called; only VENV is looked at, and what make itself reads."""
    hostile = dict.fromkeys(
        {*re.findall(r"\w+", MAKEFILE)} - {"MAKE", "MAKEFLAGS", "MAKELEVEL", "PATH", "VENV"}, HOSTILE
    )
    targets = re.findall(r"[a-z-]+", MAKEFILE.partition(".PHONY:")[2])
    plain = {target: dry_run(target).stdout for target in targets}

    assert hostile.keys() >= {"PYTHON", "TESTS", "ROLES", "SEEDS", "REMOVE", "YES", "BIN", "WHEEL"}
    assert [target for target, commands in plain.items() if not commands] == []
    assert {target: dry_run(target, **hostile).stdout for target in targets} == plain


@pytest.mark.parametrize(
    "venv",
    [
        "thesis",
        "..",
        "/",
        "~",
        "",
        ".venv-",
        ".venv/..",
        ".venv-a/../..",
        ".venv thesis",
        ".venv*",
        "$(info hostile)",
        "'",
    ],
)
def test_no_other_folder_is_emptied_or_deleted(dry_run: DryRun, venv: str) -> None:
    """Nothing runs with a VENV that may be a folder of the user's, wherever its name comes from."""
    ways: list[tuple[Sequence[str], dict[str, str]]] = [
        ((f"VENV={venv}",), {}),
        ((), {"VENV": venv}),
        (("-e",), {"VENV": venv}),
        ((), {"MAKEFLAGS": "VENV=" + venv.replace(" ", "\\ ")}),
    ]
    done = [dry_run(target, *words, **env) for words, env in ways for target in ("clean", "demo")]

    assert {each.returncode for each in done} == {2}
    assert {each.stdout for each in done} == {""}
    assert {"must be .venv, or .venv- and letters, digits or dashes" in each.stderr for each in done} == {True}


def test_an_environment_of_another_name_can_be_made(dry_run: DryRun) -> None:
    """`make clean` deletes it too."""
    assert "environment.py .venv-py3-14 " in dry_run("demo", "VENV=.venv-py3-14").stdout
    assert "rm -rf .venv-py3-14 .venv-*" in dry_run("clean", VENV=".venv-py3-14").stdout


def test_the_environment_cannot_override_the_makefile(dry_run: DryRun) -> None:
    """`make -e` would run whatever the environment calls `PYTEST`, for example, so that it is an error."""
    done = [dry_run("check", "-e"), dry_run("check", MAKEFLAGS="e")]

    assert [(each.returncode, each.stdout) for each in done] == [(2, ""), (2, "")]
    assert {"leave out -e" in each.stderr for each in done} == {True}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["shell", "ROLES=web it's;x"], ["--role=web", "--role=it's;x"]),
        (["quick", "TESTS=tests/a.py::test[x;y] tests/b"], ["tests/a.py::test[x;y]", "tests/b"]),
        (["verify", "REMOVE=0 $x", "YES=yes"], ["--remove=$REMOVE", "--yes"]),
        (["demo", "PYTHON=/opt/my python/bin/python3"], ["/opt/my python/bin/python3"]),
        (["assurance", "SEEDS=1 '2'"], ["SEEDS=1 '2'"]),
    ],
)
def test_a_value_reaches_its_program_as_it_is(dry_run: DryRun, words: list[str], expected: list[str]) -> None:
    """No shell reads it; tests and roles are lists of words."""
    found = shlex.split(dry_run(*words).stdout)

    assert [word for word in expected if word not in found] == []


def test_another_word_than_yes_is_no_yes(dry_run: DryRun) -> None:
    """`make verify YES=no` asks."""
    assert dry_run("verify", "YES=no").stdout == dry_run("verify").stdout
