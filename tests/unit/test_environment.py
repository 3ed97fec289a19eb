"""How the repository's own environment is made: of what the locks say, fast where it can be."""

import importlib.metadata
import os
import re
import shlex
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

from tools import environment

ROOT = Path(__file__).parents[2]
Install = Callable[..., tuple[str, Sequence[str]]]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Install:
    """Install a lock with commands that do nothing, and uv's as given; return what is said, and the commands."""

    def installed(folder: str = "env", *, uv: bool | None = True, editable: bool = False) -> tuple[str, Sequence[str]]:
        ran: list[str] = []

        def succeeds(command: Sequence[str]) -> bool | None:
            ran.append(" ".join(command).replace(str(tmp_path / folder), "ENV"))
            return uv if ran[-1].startswith("ENV/bin/uv") else True

        monkeypatch.setattr(environment, "succeeds", succeeds)
        wrong = environment.install(tmp_path / folder, Path("all.lock"), editable=editable)
        return wrong or capsys.readouterr().err, ran

    venv.create(tmp_path / "env")
    return installed


BY_PIP: Final = "ENV/bin/python -m pip install --quiet --no-deps --require-hashes --requirement"
BY_UV: Final = "ENV/bin/uv pip sync --quiet --python ENV/bin/python --require-hashes all.lock"


def test_pip_installs_the_lock_where_uv_cannot_be_started(install: Install, tmp_path: Path) -> None:
    """It is told, because it takes minutes; uv itself comes from pip, by its hashes in the lock."""
    told, ran = install(uv=None, editable=True)

    assert set(told.splitlines()) == {"uv can't be started here; pip takes some minutes …"}
    assert ran[:3] == [f"{BY_PIP} ENV/uv.lock", BY_UV, f"{BY_PIP} all.lock"]
    assert ran[-1] == "ENV/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable ."
    assert re.fullmatch(r"uv==\S+ \\\n(    --hash=sha256:\w{64}( \\)?\n)+", (tmp_path / "env/uv.lock").read_text())


def test_what_uv_refuses_is_not_installed(install: Install, tmp_path: Path) -> None:
    """A hash that differs is one reason: nothing else tries the same package again."""
    told, ran = install(uv=False)

    assert told == f"`{BY_UV}` failed.".replace("ENV", str(tmp_path / "env"))
    assert ran == [f"{BY_PIP} ENV/uv.lock", BY_UV]


def test_a_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    """That is neither success nor failure."""
    assert [environment.succeeds([word]) for word in ("true", "false", str(tmp_path / "uv"))] == [True, False, None]


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


def run_pytest(folder: Path, packages: Sequence[str], *asked: str) -> subprocess.CompletedProcess[str]:
    """Run pytest where only these packages are installed, and what they require, as links to those installed here."""
    wanted = [*packages]
    for name in wanted:  # grows as it goes
        package = importlib.metadata.distribution(name)
        needs = [each for each in map(Requirement, package.requires or []) if each.name not in wanted]
        wanted += [each.name for each in needs if not each.marker or each.marker.evaluate({"extra": ""})]
        for top in {file.parts[0] for file in package.files or []} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(str(package.locate_file(top)))
    command = [sys.executable, "-S", "-m", "pytest", "-p", "no:cacheprovider", "--tb=short", *asked]
    env = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("asked", [[], ["tests/component", "tests/unit"]], ids=["all", "more than the component"])
def test_pytest_says_what_to_install(tmp_path: Path, asked: list[str]) -> None:
    """Where there is only pytest, nothing else is imported before the commands are printed."""
    done = run_pytest(tmp_path, ["pytest"], *asked)

    assert (done.returncode, done.stderr.partition(", such as ")[2]) == (1, TO_INSTALL)


@pytest.mark.slow
def test_the_components_tests_need_three_packages(tmp_path: Path) -> None:
    """Where pulumi, pulumi-aws and pytest are installed, they run, and each passes."""
    done = run_pytest(tmp_path, ["pulumi", "pulumi-aws", "pytest"], "tests/component", "tests/unit/test_document.py")

    assert re.fullmatch(r"=+ \d{3,} passed in .*=+", done.stdout.splitlines()[-1]), done.stdout + done.stderr


LOCKS: Final = sorted(ROOT.glob("requirements*.lock"))


def test_each_package_has_its_hashes() -> None:
    """Each line of a lock pins a version with hashes; where packages come from is the machine's business."""
    pinned = r"(?:[\w.-]+==\S+(?: ; [^\n\\]+?)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)+"

    assert len(LOCKS) == 4
    assert [lock.name for lock in LOCKS if not re.fullmatch(pinned, lock.read_text())] == []


@pytest.mark.parametrize(
    ("words", "environment", "young"),
    [([], {"FIX": "uv"}, []), (["FIX=urllib3 uv"], {}, ["urllib3=false", "uv=false"])],
)
def test_nothing_younger_than_a_week_is_locked(words: list[str], environment: dict[str, str], young: list[str]) -> None:
    """Except for a package that is named on the command line, for a security fix."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", **environment}
    command = ["make", "--dry-run", "lock", *words]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    locking = [line for line in done.stdout.replace("\\\n", "").splitlines() if "uv pip compile" in line]

    limits = [[word for word in shlex.split(line) if word.startswith("--exclude-newer")] for line in locking]
    expected = ["--exclude-newer=7 days", *(f"--exclude-newer-package={name}" for name in young)]

    assert limits == [expected] * len(LOCKS)


def test_the_smaller_locks_have_the_versions_of_the_tests() -> None:
    """What the sandbox and a release need is a part of what the tests run with, pin by pin; a release needs little."""
    everything, sandbox, release = (
        dict(re.findall(r"(?m)^(.+)==(\S+)", (ROOT / f"requirements{name}.lock").read_text()))
        for name in ("", "-sandbox", "-release")
    )

    assert sandbox.items() < everything.items()
    assert release.items() < everything.items()
    assert {*sandbox, *release} & {"ruff", "mypy", "basedpyright", "pytest"} == set()
    assert release.keys() & {"moto", "pulumi", "pulumi-aws"} == set()
