"""`make release`: builds what is published, checks it, and says what only a person can do; publishes nothing."""

import hashlib
import json
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
BIN: Final = Path(sysconfig.get_path("scripts"))
RECORD: Final = "tools/verify/record.json"
ALPHA: Final = "Development Status :: 3 - Alpha"
MAIN: Final = "refs/remotes/origin/main"
LOCK: Final = "examples/typescript/package-lock.json"

BY_HAND: Final = """\
Own the names that CONTRIBUTING.md lists, or write names of yours, run `make generate`, and commit.
In the repository's settings, turn on private vulnerability reports and immutable releases.
Add rulesets: main takes only reviewed pull requests that pass `ci`; only you create, move or delete tags v*.
Make the environment `pypi` before you push a tag, because GitHub makes a missing one without any protection. Limit it \
to tags v*, and require your review.
On PyPI, where the project does not exist yet, add a pending publisher: pulumi-ssm-perms, {name}, release.yml, pypi.
Run git tag {tag} && git push origin {tag}. The workflow tests, builds, waits for your review, and publishes.
On GitHub, make a release of {tag} with the text of CHANGELOG.md.
Let README.md and SECURITY.md name the addresses, and delete the test that forbids it.
"""


def main(root: Path = ROOT) -> int:
    """Do everything, then print the problems or, without problems, what to do next; return the exit code."""
    problems = [*disagreements(root), *record_problems(root), *git_problems(root)]
    built = _build(root)
    for file in built:
        print(f"{file.name}  {hashlib.sha256(file.read_bytes()).hexdigest()}")
    checked = subprocess.run([BIN / "twine", "check", "--strict", *built], capture_output=True, text=True, check=False)
    if checked.returncode != 0:
        problems.append(f"The index would not take it: {' '.join(checked.stdout.split())}")
    for problem in problems:
        print(f"Not ready: {problem}", file=sys.stderr)
    if not (root / RECORD).exists():
        print(f"There is no record of `make verify`, {RECORD}: this is an alpha, and nobody knows what AWS says of it.")
    if not problems:
        print("Ready. What only a person can do, in this order:", *by_hand(root), sep="\n")
    return 1 if problems else 0


def version(root: Path) -> str:
    """Return the version of the source."""
    return str(_pyproject(root)["project"]["version"])


def repository(root: Path) -> str:
    """Return the address of the repository, the base of all other addresses."""
    return str(_pyproject(root)["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"])


def _pyproject(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


def by_hand(root: Path) -> list[str]:
    """Return what only a person can do, one numbered line for each step."""
    name = repository(root).removeprefix("https://github.com/")
    steps = BY_HAND.format(name=name, tag=f"v{version(root)}")
    return [f"{number}. {step}" for number, step in enumerate(steps.splitlines(), start=1)]


def disagreements(root: Path) -> Iterator[str]:
    """Yield what does not agree with the version of pyproject.toml, each with its remedy."""
    expected = version(root)
    yield from _changelog(root, expected)
    sdk = json.loads((root / LOCK).read_text())["packages"]["sdks/session-manager-ssm-perms"]["version"]
    if sdk != expected:
        yield f"{LOCK} has version {sdk} of the SDK: write {expected}."


def _changelog(root: Path, expected: str) -> Iterator[str]:
    sections = re.findall(r"(?m)^## \[(.+?)\](.*)\n([\s\S]*?)(?=^## |\Z)", (root / "CHANGELOG.md").read_text())
    newest = next((f"[{name}]{date}" for name, date, _ in sections if name != "Unreleased"), "no version")
    if not re.fullmatch(rf"\[{re.escape(expected)}\] - \d{{4}}-\d{{2}}-\d{{2}}", newest):
        yield f"CHANGELOG.md begins with {newest}: write `## [{expected}] - YYYY-MM-DD`."
    if any(name == "Unreleased" and entries.strip() for name, _, entries in sections):
        yield f"CHANGELOG.md has unreleased changes: move them to the section of {expected}."


def record_problems(root: Path) -> Iterator[str]:
    """Yield what the record of `make verify` lacks for a release."""
    is_alpha = ALPHA in _pyproject(root)["project"]["classifiers"]
    if not (root / RECORD).exists():
        if not is_alpha:
            yield f"There is no record of `make verify`: run it on AWS, or write {ALPHA!r} into pyproject.toml."
        return
    told = json.loads((root / RECORD).read_text())
    tested = told["versions"]["pulumi-ssm-perms"]
    if told["answered by"] != "AWS" or tested != version(root):
        yield f"{RECORD} is about {tested}, answered by {told['answered by']}: run `make verify` on AWS."
    elif told["not run"] or not all(claim["holds"] for claim in told["claims"]):
        yield f"{RECORD} has claims that do not hold or were not run: find out why, and run `make verify` again."


def git_problems(root: Path) -> Iterator[str]:
    """Yield why this commit is not the one to be published: it is not in main, or its tag isn't that of its version."""
    tag = f"v{version(root)}"
    if _git(root, "status", "--porcelain"):
        yield "There are changes that are not committed."
    if not _git(root, "for-each-ref", MAIN, "--contains=HEAD"):
        yield "This commit is not in origin/main: merge it there, then run `git fetch origin main`."
    here = _git(root, "tag", "--list", "v*", "--points-at", "HEAD")
    yield from (f"This commit has the tag {other}, and its version is {tag[1:]}." for other in here if other != tag)
    if tag not in here and _git(root, "tag", "--list", tag):
        yield f"{tag} is another commit's tag: {tag[1:]} is released already, so write a newer version."


def _git(root: Path, *words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.split()


def _build(root: Path) -> list[Path]:
    """Build the source distribution, and from it the wheel; return both."""
    dist = root / "dist"
    for old in dist.glob("*"):
        old.unlink()
    options = ["--quiet", "--no-build-isolation", f"--python={sys.executable}", f"--out-dir={dist}"]
    subprocess.run([BIN / "uv", "build", *options], cwd=root, check=True)
    return [*dist.glob("*.tar.gz"), *dist.glob("*.whl")]


if __name__ == "__main__":
    sys.exit(main())
