"""The workflows: what they run is there, and they watch all that the repository pins and supports."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

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
    """Each target is there with all that it needs; a machine for each change runs `make test`."""
    made = {
        target: subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
        for target in targets()
    }

    assert made.keys() >= {"check", "demo", "release", "test-oldest", "test-newest", "test-plugin", "mutation"}
    assert {target: done.stderr for target, done in made.items() if done.returncode != 0} == {}
    assert [target for target, done in made.items() if "Nothing to be done" in done.stdout] == [], "they have no recipe"
    assert (ROOT / ".ci/run").read_text().endswith("\nexec make test\n")


def test_each_supported_python_is_tested() -> None:
    """Every version that the package names has a job, in which a missing language host is a failure."""
    test = jobs("ci")["test"]
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text())

    assert test["strategy"]["matrix"]["python"] == named
    assert (test["steps"][-1]["run"], test["steps"][-1]["env"]) == (".ci/run", {"LANGUAGE_HOSTS": "required"})


def test_only_what_was_tested_and_built_is_published() -> None:
    """And only after a person's review, which the environment asks for."""
    publish = jobs("release")["publish"]

    assert (publish["needs"], publish["environment"]) == (["test", "build"], "pypi")


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
