"""The sandbox of the tests on the engine: one per worker, empty at the beginning of each test."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox import Sandbox


@pytest.fixture(scope="session")
def shared_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Sandbox"]:
    """The sandbox that a worker's tests take turns with; it can run programs in YAML, and finds the plugin."""
    # The tests without an engine do not wait for its imports.
    from sandbox import Sandbox
    from tests.languages import plugin

    folder = tmp_path_factory.mktemp("plugin")
    plugin.install(folder)
    with Sandbox(yaml=True) as box:
        box.env["PATH"] = os.pathsep.join([str(folder), box.env["PATH"]])
        yield box


@pytest.fixture
def box(shared_box: "Sandbox") -> "Sandbox":
    """A sandbox without a role, a call, a fault or a stack."""
    shared_box.reset()
    return shared_box
