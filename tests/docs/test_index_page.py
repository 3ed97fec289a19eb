"""README.md on the package index, which renders what a build makes of it."""

import re
from typing import Any, Final

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from readme_renderer import markdown

from hatch_build import with_absolute_links
from tests.pages import ROOT, links

REPOSITORY: Final = "https://github.com/owner/name"


@pytest.fixture(scope="module")
def built() -> Any:
    """The metadata that a build makes."""
    return ProjectMetadata(str(ROOT), PluginManager()).core


def test_it_says_how_far_it_is(built: Any) -> None:
    """The status on the page is the one that the index has."""
    [stage] = [each for each in built.classifiers if each.startswith("Development Status")]

    assert f"> **Status**: an {stage.rpartition(' - ')[2].lower()} " in built.readme


def test_no_link_is_relative(built: Any) -> None:
    """The index has no file of the repository beside the page, not even a picture, and no anchors on it."""
    shown = re.findall(r'<(?:a|img)\b[^>]*? (?:href|src)="([^"]+)"', markdown.render(built.readme) or "")

    assert built.readme_content_type == "text/markdown"
    assert len(shown) >= len(links("README.md"))
    assert [link for link in shown if not link.startswith("https://")] == []


@pytest.mark.parametrize(
    ("written", "built"),
    [
        ("[a](docs/a.md#b)", f"[a]({REPOSITORY}/blob/v1.0.0/docs/a.md#b)"),
        ("[a](#b)", f"[a]({REPOSITORY}/blob/v1.0.0/README.md#b)"),
        ("![a](docs/a.svg)", f"![a]({REPOSITORY}/raw/v1.0.0/docs/a.svg)"),
        ('<a href="a/b">', f'<a href="{REPOSITORY}/blob/v1.0.0/a/b">'),
        ("[a](https://example.com)", "[a](https://example.com)"),
        ("```python\na[b](c)\n```\n", "```python\na[b](c)\n```\n"),
    ],
)
def test_a_link_leads_to_the_version_that_was_built(written: str, built: str) -> None:
    """Links of every kind name the tag; addresses and code stay as they are."""
    assert with_absolute_links(written, REPOSITORY, "v1.0.0") == built
