"""What a run of pytest needs before the first test: the locked packages, then the programs that its tests start.

Nothing that must be installed is imported before the packages are looked for.
"""

import contextlib
import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
INSTALL = """\
The tests need packages that are not installed here, such as {}. Run
  pip install --no-deps --require-hashes -r requirements.lock
  pip install --no-deps -e .
or let `make check` do it, in .venv."""


def missing() -> list[str]:
    """Return which packages of the tests are not installed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    wanted = [re.split(r"[\[=]", each)[0] for each in [*groups["dev"], *groups["sandbox"]] if isinstance(each, str)]
    installed = importlib.metadata.distributions
    return [name for name in [*wanted, project["project"]["name"]] if not any(installed(name=name))]


# The other conftest.py files import such packages, before any hook of this one is called.
if lacking := missing():
    raise SystemExit(INSTALL.format(", ".join(lacking[-3:])))


@pytest.fixture(scope="session")
def tools() -> None:
    """The programs that a sandbox needs, built before the first test."""


@pytest.fixture(scope="session")
def kits(tools: None) -> None:
    """What programs in other languages need, built before the first test."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what a collected test needs, while no test's timeout runs. A worker waits for the one that builds.

    What cannot be built fails the tests that need it.
    """
    if session.config.option.collectonly:
        return
    needed = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    if "tools" in needed:
        from sandbox import ToolError, real_plugin
        from sandbox import tools as programs

        with contextlib.suppress(ToolError):
            programs.cli()
            real_plugin.provider()
            programs.yaml_host()
            if "kits" in needed:
                from tests.languages import kits as languages

                languages.page_programs()
                languages.go()
