"""The workflows: what they run is there, and they watch all that the repository pins and supports."""

import fnmatch
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
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
    "uv build * --no-build-isolation *",
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
    assert [step["run"] for step in test["steps"] if "run" in step] == ["sudo apt-get install --yes zsh", ".ci/run"]
    assert test["steps"][-1]["env"] == {"LANGUAGE_HOSTS": "required"}


DIST: Final = {"name": "dist", "path": "dist/"}
BUILD: Final = [
    {"uses": "actions/checkout", "with": {"fetch-depth": 0, "persist-credentials": False}},
    {"uses": "actions/setup-python", "with": {"python-version": "3.13"}},
    {"run": "make release"},
    {"uses": "actions/upload-artifact", "with": {**DIST, "if-no-files-found": "error"}},
]
PUBLISH: Final = [
    {"uses": "actions/download-artifact", "with": DIST},
    {"uses": "actions/attest", "with": {"subject-path": "dist/*"}},
    {"uses": "pypa/gh-action-pypi-publish"},
]


def steps(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a job, without their names and the pins of actions."""
    found: list[dict[str, Any]] = [{**step, "name": ""} for step in job["steps"]]
    for step in found:
        del step["name"]
        step.update({"uses": step["uses"].partition("@")[0]} if "uses" in step else {})
    return found


def test_only_what_was_tested_and_built_is_published() -> None:
    """And only of a tag, and after a person's review, which the environment asks for."""
    release = yaml.safe_load((FOLDER / "release.yml").read_text())
    tested, build, publish = release["jobs"].values()

    assert release[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads `on` as true
    assert tested["uses"] == "$/.github/workflows/ci.yml"
    assert (publish["needs"], publish["environment"]) == (["test", "build"], "pypi")
    assert (steps(build), steps(publish)) == (BUILD, PUBLISH)


WORKFLOW: Final = {"name", True, "permissions", "concurrency", "jobs"}
JOB: Final = {"name", "needs", "runs-on", "timeout-minutes", "environment", "permissions", "strategy", "steps", "uses"}
STEP: Final = {"name", "uses", "with", "run", "env"}


def test_nothing_lifts_a_step() -> None:
    """No condition, shell or environment changes what runs, and no failure is ignored except an unproven Python's."""
    more: dict[str, Any] = {}
    for file in FOLDER.glob("*.yml"):
        workflow = yaml.safe_load(file.read_text())
        more |= {f"{file.stem} {key}": workflow[key] for key in workflow.keys() - WORKFLOW}
        for name, job in workflow["jobs"].items():
            more |= {f"{name} {key}": job[key] for key in job.keys() - JOB}
            more |= {f"{name} {key}": step[key] for step in job.get("steps", []) for key in step.keys() - STEP}

    assert more == {"test continue-on-error": "${{ matrix.unproven == true }}"}
    assert jobs("ci")["test"]["strategy"]["matrix"]["include"] == [{"python": "3.14", "unproven": True}]


def test_no_checkout_leaves_credentials_behind() -> None:
    """What runs after it has no token with which it could push."""
    found = [
        step.get("with", {})
        for file in FOLDER.glob("*.yml")
        for job in jobs(file.stem).values()
        for step in job.get("steps", [])
        if "checkout" in step.get("uses", "")
    ]

    assert [checkout.get("persist-credentials") for checkout in found] == [False] * 5


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
