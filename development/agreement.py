"""What must agree before a release: the version and repository of pyproject.toml, and all files that repeat them."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from development import registry


def version(root: Path) -> str:
    """Return the version of the source."""
    found: str = _pyproject(root)["project"]["version"]
    return found


def repository(root: Path) -> str:
    """Return the address of the repository, the base of all other addresses."""
    found: str = _pyproject(root)["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
    return found


def _pyproject(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


def disagreements(root: Path) -> list[str]:
    """List what does not agree with pyproject.toml, each with its remedy."""
    expected = version(root)
    return [*_changelog(root, expected), *_schema(root, expected), *_sdk(root, expected), *_pages(root)]


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
    schema = json.loads((root / "plugin/schema.json").read_text())
    pairs = [(schema["version"], expected), (schema["repository"], repository(root))]
    return [
        f"plugin/schema.json has {found}, not {right}: run `make schema`." for found, right in pairs if found != right
    ]


def _sdk(root: Path, expected: str) -> list[str]:
    lock = "examples/typescript/package-lock.json"
    found = json.loads((root / lock).read_text())["packages"]["sdks/session-manager-ssm-perms"]["version"]
    return [] if found == expected else [f"{lock} has version {found} of the SDK: write {expected}."]


def _pages(root: Path) -> list[str]:
    try:
        made = registry.pages(root)
    except registry.MissingSectionError as error:
        return [str(error)]
    return [
        f"{name} is not what README.md and the schema say: run `make registry`."
        for name, text in made.items()
        if (root / name).read_text() != text
    ]


def tag_problems(expected: str, here: list[str], elsewhere: list[str]) -> list[str]:
    """List the problems with version tags, of this commit and of others."""
    tag = f"v{expected}"
    wrong = [f"This commit has the tag {other}, and its version is {expected}." for other in here if other != tag]
    if tag in elsewhere:
        wrong.append(f"{tag} is another commit's tag: {expected} is released already, so write a newer version.")
    return wrong
