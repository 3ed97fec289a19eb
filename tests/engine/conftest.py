"""`make verify` against the sandbox, run once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.engine.verifying import Ended, Verify, plugin_served


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the CLI gets the AWS plugin."""
    with plugin_served(tmp_path_factory.mktemp("plugin")) as url:
        yield url


@pytest.fixture(scope="session")
def whole(shared_box: Sandbox, tmp_path_factory: pytest.TempPathFactory, plugin: str) -> Ended:
    """A run that nothing disturbs."""
    shared_box.reset()
    return Verify(shared_box, tmp_path_factory.mktemp("whole"), plugin).run("--yes")


@pytest.fixture
def verify(box: Sandbox, tmp_path: Path, plugin: str) -> Verify:
    """The command, in an empty account."""
    return Verify(box, tmp_path, plugin)
