"""What must agree before a release: the version and repository of pyproject.toml, and all files that repeat them."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from development import registry


def version(root: Path) -> str:
    """Return the version of the source."""
    return str(_pyproject(root)["project"]["version"])


def repository(root: Path) -> str:
    """Return the address of the repository, the base of all other addresses."""
    return str(_pyproject(root)["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"])


def _pyproject(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


def disagreements(root: Path) -> list[str]:
    """List what does not agree with pyproject.toml, each with its remedy."""
    return [*_changelog(root), *_made(root)]


def _changelog(root: Path) -> Iterator[str]:
    expected = version(root)
    sections = re.findall(r"(?m)^## \[(.+?)\](.*)\n([\s\S]*?)(?=^## |\Z)", (root / "CHANGELOG.md").read_text())
    newest = next((f"[{name}]{date}" for name, date, _ in sections if name != "Unreleased"), "no version")
    if not re.fullmatch(rf"\[{re.escape(expected)}\] - \d{{4}}-\d{{2}}-\d{{2}}", newest):
        yield f"CHANGELOG.md begins with {newest}: write `## [{expected}] - YYYY-MM-DD`."
    if any(name == "Unreleased" and entries.strip() for name, _, entries in sections):
        yield f"CHANGELOG.md has unreleased changes: move them to the section of {expected}."


def _made(root: Path) -> Iterator[str]:
    expected = version(root)
    schema = json.loads((root / "plugin/schema.json").read_text())
    for found, right in ((schema["version"], expected), (schema["repository"], repository(root))):
        if found != right:
            yield f"plugin/schema.json has {found}, not {right}: run `make schema`."
    lock = "examples/typescript/package-lock.json"
    sdk = json.loads((root / lock).read_text())["packages"]["sdks/session-manager-ssm-perms"]["version"]
    if sdk != expected:
        yield f"{lock} has version {sdk} of the SDK: write {expected}."
    try:
        pages = registry.pages(root)
    except registry.MissingSectionError as error:
        yield str(error)
    else:
        for name, text in pages.items():
            if (root / name).read_text() != text:
                yield f"{name} is not what README.md and the schema say: run `make registry`."
        for address in re.findall(r"!\[[^\]]*\]\((.+?)\)", pages[registry.INDEX]):
            if not (root / address.removeprefix(f"{schema['repository']}/raw/v{schema['version']}/")).is_file():
                yield f"README.md shows {address}: no such file is in the repository."
