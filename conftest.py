"""What a run of pytest needs before the first test: the locked packages, then the programs that its tests start."""

import contextlib
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
    """The programs that a sandbox needs, built before the first test."""


@pytest.fixture(scope="session")
def programs(tools: None) -> None:
    """The kits of other languages, built before the first test."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what a collected test needs, as long as no test's timeout runs; one worker builds, and the others wait.

    A test tells by its fixtures, and by the modules that it names. What cannot be built fails the tests that need it.
    """
    tests = [item for item in session.items if isinstance(item, pytest.Function)]
    needed = {name for test in tests for name in (*test.fixturenames, *test.function.__code__.co_names)}
    of_programs = not needed.isdisjoint({"programs", "kits"})
    if session.config.option.collectonly or not (of_programs or needed & {"tools", "find_cli"}):
        return
    from sandbox import ToolError, find_cli, find_provider, find_yaml_host

    with contextlib.suppress(ToolError):
        find_cli()
        find_provider()
        find_yaml_host()
        if of_programs:
            from tests.languages import kits

            kits.typescript()
            kits.go()
