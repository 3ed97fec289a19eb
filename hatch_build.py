"""What the package index shows, made from pyproject.toml and README.md; each build runs this."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class IndexPage(MetadataHookInterface):
    """Adds `urls` and `readme` to the project: where the repository is, and README.md with links that lead there."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Make them from the repository's address and the version, whose tag the links name."""
        repository = self.config["repository"]
        metadata["urls"] = {
            "Homepage": repository,
            "Repository": repository,
            "Documentation": f"{repository}/tree/main/docs",
            "Changelog": f"{repository}/blob/main/CHANGELOG.md",
            "Issues": f"{repository}/issues",
        }
        page = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = with_absolute_links(page, repository, f"v{metadata['version']}")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def with_absolute_links(page: str, repository: str, tag: str) -> str:
    """Return README.md with links that work away from the repository; blocks of code stay as they are."""
    parts = re.split(r"(?ms)(^```.*?^```$)", page)
    return "".join(part if part.startswith("```") else _absolute(part, repository, tag) for part in parts)


def _absolute(text: str, repository: str, tag: str) -> str:
    # The index gives headings no anchors, and shows a picture only from an address that answers with the picture.
    pictures = re.sub(r"(!\[[^\]]*\]\()(?!https://)", rf"\g<1>{repository}/raw/{tag}/", text)
    headings = re.sub(r"\]\((?=#)", f"]({repository}/blob/{tag}/README.md", pictures)
    links = re.sub(r"\]\((?!https://)", f"]({repository}/blob/{tag}/", headings)
    return re.sub(r'(?<=href=")(?!https://)', f"{repository}/blob/{tag}/", links)
