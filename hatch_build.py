"""The addresses that the package index shows, made from the one in pyproject.toml; each build runs this."""

from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Addresses(MetadataHookInterface):
    """Adds `urls` to the project: where the repository is, and what is where in it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Make them from the repository's address."""
        repository = self.config["repository"]
        metadata["urls"] = {
            "Homepage": repository,
            "Repository": repository,
            "Documentation": f"{repository}/tree/main/docs",
            "Changelog": f"{repository}/blob/main/CHANGELOG.md",
            "Issues": f"{repository}/issues",
        }
