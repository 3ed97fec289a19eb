"""What a run of pytest needs before the first test: the locked packages; and the programs of a sandbox."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

MISSING = """\
The tests need packages that are not installed here, such as {}. Run
  pip install --no-deps --require-hashes -r requirements.lock
  pip install --no-deps -e .
or let `make check` do it, in .venv."""


def missing() -> list[str]:
    """Return which packages of the tests are not installed."""
    project = tomllib.loads(Path(__file__).with_name("pyproject.toml").read_text())
    groups = project["dependency-groups"]
    named = [*groups["dev"], *groups["release"], *groups["sandbox"]]
    wanted = [re.split(r"[\[=]", each)[0] for each in named if isinstance(each, str)]
    installed = importlib.metadata.distributions
    return [name for name in [*wanted, project["project"]["name"]] if not any(installed(name=name))]


# The other files of this name import such packages before pytest calls a hook.
if lacking := missing():
    raise SystemExit(MISSING.format(", ".join(lacking[-3:])))


@pytest.fixture(scope="session")
def tools() -> None:
    """The programs that a sandbox needs. A fixture has no time limit, and workers wait for the one that builds."""
    from sandbox import find_cli, find_provider, find_yaml_host

    find_cli()
    find_provider()
    find_yaml_host()
