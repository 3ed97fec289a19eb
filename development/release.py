"""`make release`: builds what is published, checks it, and says what only a person can do; publishes nothing."""

import hashlib
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from development.agreement import disagreements, repository, version

ROOT: Final = Path(__file__).parents[1]
BIN: Final = Path(sysconfig.get_path("scripts"))
MAIN: Final = "refs/remotes/origin/main"

IMPORT_ALL: Final = """
import importlib, pkgutil, pulumi_ssm_perms as package
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    importlib.import_module(module.name)
"""
BY_HAND: Final = """\
Own {address}, or write your address into pyproject.toml, run `make schema registry`, and commit.
In the repository's settings, turn on private vulnerability reports and immutable releases.
Add rulesets: main takes only reviewed pull requests that pass `ci`; only you create, move or delete tags v*.
Make the environment `pypi`: limit it to tags v*, and require your review.
On pypi.org, where the project does not exist yet, add a pending publisher: pulumi-ssm-perms, {name}, release.yml, pypi.
Run git tag {tag} && git push origin {tag}. The workflow tests, builds, waits for your review, and publishes.
On GitHub, make a release of {tag} with the text of CHANGELOG.md.
Write into README.md that the package is on PyPI, run `make registry`, and delete the test that forbids it.
Pulumi's registry installs a plugin from archives, and nothing here builds them yet. Add them to the release.
Write where they are into plugin/make_schema.py, as `pluginDownloadURL`, and release that.
Ask pulumi/registry to add {name}, with plugin/schema.json, to community-packages/package-list.json.
In the same request, add the schema's publisher to publisher-names.json.
"""


def main(root: Path = ROOT) -> int:
    """Do everything, then print the problems or, without problems, what to do next; return the exit code."""
    problems = [*disagreements(root), *_git_problems(root)]
    for built in _build(root):
        print(f"{built.name}  {hashlib.sha256(built.read_bytes()).hexdigest()}", flush=True)
        problems += [f"{built.name}: {problem}" for problem in _problems_of(built, root)]
    for problem in problems:
        print(f"Not ready: {problem}", file=sys.stderr)
    if not problems:
        print("Ready. What only a person can do, in this order:", *by_hand(root), sep="\n")
    return 1 if problems else 0


def by_hand(root: Path) -> list[str]:
    """Return what only a person can do, one numbered line for each step."""
    address = repository(root)
    steps = BY_HAND.format(address=address, name=address.removeprefix("https://github.com/"), tag=f"v{version(root)}")
    return [f"{number}. {step}" for number, step in enumerate(steps.splitlines(), start=1)]


def _build(root: Path) -> list[Path]:
    """Build the source distribution, and from it the wheel; return both."""
    dist = root / "dist"
    for old in dist.glob("*"):
        old.unlink()
    _run([BIN / "uv", "build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", dist], root)
    return [*dist.glob("*.tar.gz"), *dist.glob("*.whl")]


def _problems_of(built: Path, root: Path) -> list[str]:
    """List what is wrong with a distribution: its metadata, and its modules in an otherwise empty environment."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        python, locked = Path(folder, "bin", "python"), root / "requirements.lock"
        # The dependencies have the versions of the tests.
        limits: list[str | Path] = ["--constraint", locked, "--build-constraint", locked]
        commands: list[list[str | Path]] = [
            [BIN / "twine", "check", "--strict", built],
            [BIN / "uv", "venv", "--quiet", "--python", sys.executable, folder],
            [BIN / "uv", "pip", "install", "--quiet", "--python", python, *limits, built],
            [python, "-I", "-c", IMPORT_ALL],
        ]
        for command in commands:
            try:
                _run(command, root)
            except subprocess.CalledProcessError as error:
                found.append(f"`{Path(error.cmd[0]).name} …` failed: {(error.stderr or error.stdout).strip()}")
    return found


def _git_problems(root: Path) -> list[str]:
    found = ["There are changes that are not committed."] if _git(root, "status", "--porcelain") else []
    if not _git(root, "for-each-ref", MAIN, "--contains=HEAD"):
        found.append("This commit is not in origin/main: merge it there, then run `git fetch origin main`.")
    here = _git(root, "tag", "--list", "v*", "--points-at", "HEAD").split()
    return [*found, *tag_problems(version(root), here, _git(root, "tag", "--list", "v*").split())]


def tag_problems(expected: str, here: Sequence[str], everywhere: Sequence[str]) -> list[str]:
    """List the problems with version tags, of this commit and of others."""
    tag = f"v{expected}"
    wrong = [f"This commit has the tag {other}, and its version is {expected}." for other in here if other != tag]
    if tag in everywhere and tag not in here:
        wrong.append(f"{tag} is another commit's tag: {expected} is released already, so write a newer version.")
    return wrong


def _git(root: Path, *words: str) -> str:
    return _run(["git", *words], root)


def _run(command: Sequence[str | Path], folder: Path) -> str:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
