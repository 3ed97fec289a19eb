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

    def __init__(self, *, failing: str = "") -> None:
        """Take none yet."""
        super().__init__()
        self._failing = failing

    def __call__(self, command: list[str]) -> bool:
        """Note a command, and say whether it succeeds."""
        self.append(command)
        return self._failing not in command


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


def test_pip_does_what_uv_cannot(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where uv does not reach an index, as pip may that was told how, pip installs the same; a person is told."""
    ran = Ran(failing="sync")
    monkeypatch.setattr(environment, "succeeds", ran)
    result = environment.install(folder, Path("requirements-sandbox.lock"), editable=False)

    assert result is None
    assert " ".join(ran[-1][1:]) == "-m pip install --quiet --require-hashes --requirement requirements-sandbox.lock"
    assert "trying pip" in capsys.readouterr().err


def test_what_fails_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that failed ends it; its own words are above."""
    monkeypatch.setattr(environment, "succeeds", lambda _: False)
    result = environment.install(folder, Path("requirements.lock"), editable=True)

    assert result is not None
    assert re.fullmatch(r"`\S+/bin/python -m pip install .*` failed\.", result)


def test_an_environment_of_another_python_is_made_anew(folder: Path, tmp_path: Path) -> None:
    """One that fits is brought up to date; a broken one, none, or one of another Python is not taken."""
    other = tmp_path / "other/bin/python"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\necho 3.9.0 /usr\n")
    other.chmod(0o755)

    assert environment.fits(folder)
    assert [environment.fits(tmp_path / name) for name in ("other", "none")] == [False, False]


def test_an_environment_is_made_where_there_is_none(tmp_path: Path, ran: Ran) -> None:
    """First of all, the Python that runs this makes an environment with pip in it."""
    (tmp_path / "env").mkdir()
    environment.install(tmp_path / "env", Path("requirements.lock"), editable=False)

    assert ran[0] == [sys.executable, "-m", "venv", "--clear", "--symlinks", str(tmp_path / "env")]
    assert [Path(command[0]).name for command in ran[1:]] == ["python", "uv"]


@pytest.mark.parametrize(
    ("missing", "lacks"),
    [({"ensurepip"}, "ensurepip"), ({"venv", "ensurepip"}, "venv and ensurepip")],
)
def test_a_python_without_venv_is_told_in_the_first_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: set[str], lacks: str
) -> None:
    """Debian has parts of Python in another package: it is named, and nothing is made."""
    monkeypatch.setattr(environment, "is_here", lambda name: name not in missing)
    told = environment.main([str(tmp_path / "env"), "requirements.lock"])
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    assert told == (
        f"{sys.executable} lacks {lacks}: install the package python{version}-venv (so Debian and Ubuntu call it; "
        f"elsewhere it is a part of Python {version}), then run this again."
    )
    assert capsys.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("module", "here"), [("venv", True), ("ensurepip", True), ("ensurepipe", False)])
def test_a_part_of_python_is_looked_for(module: str, *, here: bool) -> None:
    """This Python has what it takes to make an environment."""
    assert environment.is_here(module) == here


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
