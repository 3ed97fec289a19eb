"""What has to agree before a release: pyproject.toml, which alone has the version, and all that repeats it."""

import json
import re
import tomllib
from pathlib import Path


def version(root: Path) -> str:
    """Return the version that the source has."""
    found: str = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    return found


def disagreements(root: Path) -> list[str]:
    """List what does not agree with the version, each with what to do about it."""
    expected = version(root)
    return [*_changelog(root, expected), *_schema(root, expected), *_sdk(root, expected), *_pages(root, expected)]


def _changelog(root: Path, expected: str) -> list[str]:
    changes = (root / "CHANGELOG.md").read_text()
    sections = re.findall(r"(?m)^## \[(.+?)\](.*)\n([\s\S]*?)(?=^## |\Z)", changes)
    newest = next((f"[{name}]{date}" for name, date, _ in sections if name != "Unreleased"), "no version")
    found = []
    if not re.fullmatch(rf"\[{re.escape(expected)}\] - \d{{4}}-\d{{2}}-\d{{2}}", newest):
        found.append(f"CHANGELOG.md begins with {newest}: write `## [{expected}] - YYYY-MM-DD`.")
    if any(name == "Unreleased" and entries.strip() for name, _, entries in sections):
        found.append(f"CHANGELOG.md has unreleased changes: move them to the section of {expected}.")
    return found


def _schema(root: Path, expected: str) -> list[str]:
    found = json.loads((root / "plugin/schema.json").read_text())["version"]
    return [] if found == expected else [f"plugin/schema.json is of version {found}: run `make schema`."]


def _sdk(root: Path, expected: str) -> list[str]:
    lock = "examples/typescript/package-lock.json"
    found = json.loads((root / lock).read_text())["packages"]["sdks/session-manager-ssm-perms"]["version"]
    return [] if found == expected else [f"{lock} has version {found} of the SDK: write {expected}."]


def _pages(root: Path, expected: str) -> list[str]:
    return [
        f"{page.relative_to(root)} tells people to add version {other} of the plugin: write {expected}."
        for page in (root / "README.md", *sorted((root / "docs").glob("*.md")))
        for other in sorted(set(re.findall(r"/plugin@v([\w.+-]+)", page.read_text())) - {expected})
    ]


def tag_problems(expected: str, here: list[str], elsewhere: list[str]) -> list[str]:
    """List what is wrong with the tags of versions: those of this commit, and those of others."""
    tag = f"v{expected}"
    wrong = [f"This commit has the tag {other}, and its version is {expected}." for other in here if other != tag]
    if tag in elsewhere:
        wrong.append(f"{tag} is another commit's tag: {expected} is released already, so write a newer version.")
    return wrong
