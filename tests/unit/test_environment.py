"""How the repository's own environment is made: of what the locks say, fast where it can be."""

import re
import sys
import venv
from pathlib import Path

import pytest

from development import environment

ROOT = Path(__file__).parents[2]


class Ran(list[list[str]]):
    """Takes the commands instead of running them; those with a word in them fail."""

    failing = ""

    def __call__(self, command: list[str]) -> bool:
        """Note a command, and say whether it succeeds."""
        self.append(command)
        return self.failing not in command


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """The commands that were run, each of which succeeds; nothing happens."""
    commands = Ran()
    monkeypatch.setattr(environment, "succeeds", commands)
    return commands


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An environment of this Python, with nothing in it."""
    venv.create(tmp_path / "env")
    return tmp_path / "env"


def test_uv_installs_what_the_lock_names(folder: Path, ran: Ran) -> None:
    """First uv itself, by its hashes in the lock; then all packages by their hashes; then the source folder."""
    result = environment.install(folder, Path("requirements.lock"), editable=True)
    uv, python = str(folder / "bin/uv"), str(folder / "bin/python")
    to = ["--quiet", "--python", python]

    assert result is None
    assert ran == [
        [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(folder / "uv.lock")],
        [uv, "pip", "sync", *to, "--require-hashes", "requirements.lock"],
        [uv, "pip", "install", *to, "--no-deps", "--no-build-isolation", "--editable", "."],
    ]
    assert re.fullmatch(r"uv==\S+ \\\n(    --hash=sha256:\w{64}( \\)?\n)+", (folder / "uv.lock").read_text())


def test_pip_does_what_uv_cannot(folder: Path, ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    """Where uv does not reach an index, as pip may that was told how, pip installs the same; a person is told."""
    ran.failing = "sync"
    result = environment.install(folder, Path("requirements-sandbox.lock"), editable=False)

    assert result is None
    assert " ".join(ran[-1][1:]) == "-m pip install --quiet --require-hashes --requirement requirements-sandbox.lock"
    assert "trying pip" in capsys.readouterr().err


def test_what_fails_is_named(folder: Path, ran: Ran) -> None:
    """The command that failed ends it; its own words are above."""
    ran.failing = "--require-hashes"
    result = environment.install(folder, Path("requirements.lock"), editable=True)

    assert result == f"`{' '.join(ran[0])}` failed."
    assert len(ran) == 1


def test_an_environment_of_another_python_is_made_anew(folder: Path, tmp_path: Path, ran: Ran) -> None:
    """One that fits is brought up to date; none, or one of another Python, is made with pip in it first."""
    other = tmp_path / "other/bin/python"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\necho 3.9.0 /usr\n")
    other.chmod(0o755)
    (tmp_path / "none").mkdir()
    first = {}
    for place in (folder, tmp_path / "other", tmp_path / "none"):
        ran.clear()
        environment.install(place, Path("requirements.lock"), editable=False)
        first[place.name] = ran[0][1:3]

    assert first == {"env": ["-m", "pip"], "other": ["-m", "venv"], "none": ["-m", "venv"]}


@pytest.mark.parametrize(
    ("missing", "lacks"),
    [({"ensurepip"}, "ensurepip"), ({"venv", "ensurepip"}, "venv and ensurepip")],
)
def test_a_python_without_venv_is_told_in_the_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: set[str], lacks: str
) -> None:
    """Debian has parts of Python in another package: it is named, and nothing is made."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in missing else name)
    told = environment.main([str(tmp_path / "env"), "requirements.lock"])
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert told == (
        f"{sys.executable} lacks {lacks}: install the package python{version}-venv (so Debian and Ubuntu call it; "
        f"elsewhere it is a part of Python {version}), then run this again."
    )
    assert capsys.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_names_no_index(lock: Path) -> None:
    """Each version has a hash, and where it comes from is the machine's business."""
    text = lock.read_text()

    assert re.findall(r"(?m)^\S+==.*\n(?!    --hash=sha256:)", text) == []
    assert "://" not in text


def test_the_sandbox_has_the_versions_of_the_tests() -> None:
    """What the sandbox and the demo need is a part of what the tests run with, pin by pin."""
    everything, sandbox = (
        set(re.findall(r"(?m)^(\S+==\S+)", (ROOT / name).read_text()))
        for name in ("requirements.lock", "requirements-sandbox.lock")
    )

    assert sandbox < everything
    assert {name.partition("==")[0] for name in sandbox} & {"ruff", "mypy", "basedpyright", "pytest"} == set()
