"""The workflows: what they run is there, and they watch all that the repository pins and supports."""

import fnmatch
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / ".github/workflows"


def jobs(workflow: str) -> dict[str, Any]:
    """Return the jobs of a workflow."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{workflow}.yml").read_text())["jobs"]
    return found


def targets() -> Iterator[str]:
    """Yield the targets that the workflows make, those of a matrix one by one."""
    for workflow in FOLDER.glob("*.yml"):
        for job in jobs(workflow.stem).values():
            matrix = job.get("strategy", {}).get("matrix", {})
            for step in job.get("steps", []):
                for target in re.findall(r'make "?(\S+?)"?$', step.get("run", "")):
                    yield from matrix["target"] if target == "$TARGET" else [target]


def test_make_can_do_what_the_workflows_run() -> None:
    """Each target is there with all that it needs."""
    made = {
        target: subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
        for target in targets()
    }

    assert made.keys() >= {"check", "demo", "release", "test-oldest", "test-newest", "test-plugin"}
    assert {target: done.stderr for target, done in made.items() if done.returncode != 0} == {}
    assert [target for target, done in made.items() if "Nothing to be done" in done.stdout] == [], "they have no recipe"


TOOL: Final = """#!/bin/sh
said="$(basename "$0") $*"
echo "$said" >>tools
case "$said" in $FAILS) exit 1;; esac
"""
STEPS: Final = [
    "ruff format --check .",
    "ruff check .",
    "lint-imports *",
    "zizmor *",
    "check-jsonschema *dependabot*",
    "mypy *",
    "basedpyright *",
    "uv build *",
    "python -m sandbox tools",
    "pytest * --cov *",
    "pytest * --ignore=* tests sandbox",
]
"""What `.ci/run` has to run, each as a pattern of the shell's."""


@pytest.fixture
def ci(tmp_path: Path) -> Callable[[str], int]:
    """Run `.ci/run` with tools that do nothing, of which one fails; return the exit code."""
    bin_ = tmp_path / ".venv/bin"
    bin_.mkdir(parents=True)
    for name in {step.split()[0] for step in STEPS}:
        (bin_ / name).write_text(TOOL)
        (bin_ / name).chmod(0o755)
    for name in ("Makefile", ".ci/run", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (bin_.parent / "locked").touch()
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)}

    def run(fails: str) -> int:
        command = [tmp_path / ".ci/run"]
        done = subprocess.run(command, env={**env, "FAILS": fails}, capture_output=True, text=True, check=False)
        return done.returncode

    return run


def test_ci_runs_everything_and_fails_with_each(ci: Callable[[str], int], tmp_path: Path) -> None:
    """Whichever step fails, a machine sees it: no recipe or script takes an exit code away."""
    passed = ci("nothing")
    ran = (tmp_path / "tools").read_text().splitlines()

    assert passed == 0
    assert [step for step in STEPS if not fnmatch.filter(ran, step)] == []
    assert [step for step in STEPS if ci(step) == 0] == []


def test_each_supported_python_is_tested() -> None:
    """Every version that the package names has a job, in which a missing language host is a failure."""
    test = jobs("ci")["test"]
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())

    assert test["strategy"]["matrix"]["python"] == named
    assert (test["steps"][-1]["run"], test["steps"][-1]["env"]) == (".ci/run", {"LANGUAGE_HOSTS": "required"})


def test_only_what_was_tested_and_built_is_published() -> None:
    """And only of a tag, and after a person's review, which the environment asks for; no condition lifts that."""
    release = yaml.safe_load((FOLDER / "release.yml").read_text())
    publish = release["jobs"]["publish"]
    lifted = [name for name, job in release["jobs"].items() if job.keys() & {"if", "continue-on-error"}]

    assert release[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads `on` as true
    assert (publish["needs"], publish["environment"]) == (["test", "build"], "pypi")
    assert lifted == []


def test_only_the_job_that_publishes_may_write() -> None:
    """Every other one reads the source, and has no token with which it could be taken for this workflow."""
    more = {
        (file.stem, name): job["permissions"]
        for file in FOLDER.glob("*.yml")
        for name, job in jobs(file.stem).items()
        if job["permissions"] != {"contents": "read"}
    }
    everywhere = [yaml.safe_load(file.read_text())["permissions"] for file in FOLDER.glob("*.yml")]

    assert more == {("release", "publish"): {"attestations": "write", "id-token": "write"}}
    assert everywhere == [{}, {}, {}]


def test_dependabot_watches_every_folder_with_pins() -> None:
    """Go modules and npm packages that are committed are kept new. Python's locks have `make audit`."""
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    watched = {each["package-ecosystem"]: each.get("directories") for each in updates}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    folders = [
        sorted(f"/{Path(file).parent}" for file in listed if Path(file).name == name)
        for name in ("go.mod", "package.json")
    ]

    assert [watched[name] for name in ("github-actions", "gomod", "npm")] == [None, *folders]
