"""Fixtures of the tests in every language: a sandbox whose engine finds the plugin, and the language's way to run."""

import os
from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.languages import plugin, toolchains
from tests.languages.programs import Runner


@pytest.fixture(scope="module")
def shared_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox of a module's tests, with the plugin on PATH."""
    folder = tmp_path_factory.mktemp("plugin")
    plugin.install(folder)
    with Sandbox(yaml=True) as box:
        box.env["PATH"] = os.pathsep.join([str(folder), box.env["PATH"]])
        yield box


@pytest.fixture
def box(shared_box: Sandbox) -> Sandbox:
    """A sandbox with the two roles that the programs expect, and nothing else."""
    shared_box.reset()
    shared_box.create_role("web")
    shared_box.create_role("api", path="/team/")
    return shared_box


@pytest.fixture(params=toolchains.LANGUAGES)
def runner(request: pytest.FixtureRequest, box: Sandbox) -> Runner:
    """Each language in turn, as far as the machine has it."""
    language: str = request.param
    toolchains.need(language)
    return Runner(language, box)
