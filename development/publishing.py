"""The end of `make release`: what only a person can do, in order."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from development.agreement import repository, version

_STEPS: Final = """\
Own {address}, or write your address into pyproject.toml, run `make schema registry`, and commit.
In the repository's settings, turn on private vulnerability reports.
There, too, make the environment `pypi`, and require your review in it.
On pypi.org, add a trusted publisher to the project pulumi-ssm-perms: {name}, release.yml, environment pypi.
Run git tag {tag} && git push origin {tag}. The workflow tests, builds, waits for your review, and publishes.
On GitHub, make a release of {tag} with the text of CHANGELOG.md.
Write into README.md that the package is on PyPI, and run `make registry`.
Pulumi's registry installs a plugin from archives, and nothing here builds them yet. Add them to the release.
Write where they are into plugin/make_schema.py, as `pluginDownloadURL`, and release that.
Ask pulumi/registry to add {name}, with plugin/schema.json, to community-packages/package-list.json.
In the same request, add the schema's publisher to publisher-names.json.
"""


def by_hand(root: Path) -> Iterator[str]:
    """Yield a numbered line for each step."""
    address = repository(root)
    names = {"address": address, "name": address.removeprefix("https://github.com/"), "tag": f"v{version(root)}"}
    for number, step in enumerate(_STEPS.format(**names).splitlines(), start=1):
        yield f"{number}. {step}"
