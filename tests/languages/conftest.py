"""Fixtures of the tests in every language: the roles that their programs expect, and each language's way to run."""

import pytest

from sandbox import Sandbox
from tests.languages import toolchains
from tests.languages.programs import Runner


@pytest.fixture
def box(box: Sandbox) -> Sandbox:
    """A sandbox with the two roles that the programs expect, and nothing else."""
    box.create_role("web")
    box.create_role("api", path="/team/")
    return box


@pytest.fixture(params=toolchains.LANGUAGES)
def runner(request: pytest.FixtureRequest, box: Sandbox) -> Runner:
    """Each language in turn, as far as the machine has it."""
    language: str = request.param
    toolchains.need(language)
    return Runner(language, box)
