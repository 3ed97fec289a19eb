"""How the repository's own environment is made: of what the locks say, fast where it can be."""

import re
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from tools import environment

ROOT = Path(__file__).parents[2]
Install = Callable[..., tuple[str, Sequence[str]]]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Install:
    """Install a lock with commands that do nothing, of which uv's fail; return what is said, and the commands."""

    def installed(folder: str = "env") -> tuple[str, Sequence[str]]:
        ran: list[str] = []

        def succeeds(command: Sequence[str]) -> bool:
            ran.append(" ".join(command).replace(str(tmp_path / folder), "ENV"))
            return "sync" not in command

        monkeypatch.setattr(environment, "succeeds", succeeds)
        wrong = environment.install(tmp_path / folder, Path("all.lock"), editable=False)
        return wrong or capsys.readouterr().err, ran

    venv.create(tmp_path / "env")
    return installed


def test_pip_installs_the_lock_where_uv_reaches_no_index(install: Install, tmp_path: Path) -> None:
    """It is told, because it takes minutes; uv itself comes from pip, by its hashes in the lock."""
    by_pip = "ENV/bin/python -m pip install --quiet --no-deps --require-hashes --requirement"
    by_uv = "ENV/bin/uv pip sync --quiet --python ENV/bin/python --require-hashes all.lock"

    assert install() == (
        "uv could not do it; trying pip, which takes some minutes …\n",
        [f"{by_pip} ENV/uv.lock", by_uv, f"{by_pip} all.lock"],
    )
    assert re.fullmatch(r"uv==\S+ \\\n(    --hash=sha256:\w{64}( \\)?\n)+", (tmp_path / "env/uv.lock").read_text())


TO_INSTALL: Final = """\
filelock, semver, pulumi-ssm-perms. Run
  pip install --no-deps --require-hashes -r requirements.lock
  pip install --no-deps -e .
or let `make check` do it, in .venv.
"""


def test_an_environment_of_another_python_is_made_anew(install: Install, tmp_path: Path) -> None:
    """One that fits is brought up to date; none, or one of another Python, is made with pip in it first."""
    other = tmp_path / "other/bin/python"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\necho 3.9.0 /usr\n")
    other.chmod(0o755)
    (tmp_path / "none").mkdir()
    first = {folder: install(folder)[1][0].split()[1:3] for folder in ("env", "other", "none")}

    assert first == {"env": ["-m", "pip"], "other": ["-m", "venv"], "none": ["-m", "venv"]}


@pytest.mark.parametrize(
    ("missing", "lacks"), [({"ensurepip"}, "ensurepip"), ({"venv", "ensurepip"}, "venv and ensurepip")]
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
    assert (capsys.readouterr().err, list(tmp_path.iterdir())) == ("", [])


def test_pytest_says_what_to_install(tmp_path: Path) -> None:
    """Where there is only pytest, nothing else is imported before the commands are printed."""
    for name in ("pytest", "_pytest", "py.py", "pluggy", "iniconfig", "packaging", "pygments"):
        (tmp_path / name).symlink_to(Path(pytest.__file__).parents[1] / name)
    command = [sys.executable, "-S", "-m", "pytest"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr.partition(", such as ")[2]) == (1, TO_INSTALL)


def test_no_lock_names_an_index() -> None:
    """Where packages come from is the machine's business."""
    assert [lock.name for lock in ROOT.glob("requirements*.lock") if "://" in lock.read_text()] == []


def test_the_sandbox_has_the_versions_of_the_tests() -> None:
    """What the sandbox and the demo need is a part of what the tests run with, pin by pin."""
    everything, sandbox = (
        dict(re.findall(r"(?m)^(.+)==(\S+)", (ROOT / name).read_text()))
        for name in ("requirements.lock", "requirements-sandbox.lock")
    )

    assert sandbox.items() < everything.items()
    assert sandbox.keys() & {"ruff", "mypy", "basedpyright", "pytest"} == set()
