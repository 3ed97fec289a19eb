"""README.md on the package index, which renders what a build makes of it."""

import re
from typing import Any, Final

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from readme_renderer import markdown

from hatch_build import as_published, with_absolute_links
from tests.docs.pages import ROOT, links

REPOSITORY: Final = "https://github.com/owner/name"


@pytest.fixture(scope="module")
def built() -> Any:
    """The metadata that a build makes."""
    return ProjectMetadata(str(ROOT), PluginManager()).core


def test_it_says_that_it_is_published(built: Any) -> None:
    """README.md says of the repository that nothing is; a page on the index is one of a published version."""
    not_published = re.compile(r"(?i)(not|nothing is) published")
    [stage] = [each for each in built.classifiers if each.startswith("Development Status")]

    assert len(not_published.findall((ROOT / "README.md").read_text())) == 2
    assert not_published.findall(built.readme) == []
    assert f"> **Status**: {stage.rpartition(' - ')[2].lower()}, version {built.version}. " in built.readme
    assert f"Without a clone, write `pulumi-ssm-perms=={built.version}`." in built.readme


def test_a_page_that_says_neither_is_not_built() -> None:
    """Whoever words the sentence anew sees what else has to change."""
    with pytest.raises(ValueError, match="has 0 times what a build changes: not published"):
        as_published("Ready", {"version": "1.0.0", "classifiers": ["Development Status :: 3 - Alpha"]})


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
