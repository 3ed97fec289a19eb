"""Fixtures of the tests in every language: the roles that their programs expect, and each language's way to run."""

import pytest

from sandbox import Sandbox
from tests.languages import kits
from tests.languages.programs import Runner, create_roles


@pytest.fixture
def box(box: Sandbox) -> Sandbox:
    """A sandbox with the two roles that the programs expect, and nothing else."""
    create_roles(box)
    return box


@pytest.fixture(scope="session")
def programs(tools: None) -> None:
    """The programs in TypeScript and Go, built before a test's time runs."""
    kits.typescript()
    kits.go()


@pytest.fixture(scope="module", params=kits.LANGUAGES)
def language(request: pytest.FixtureRequest, programs: None) -> str:
    """Each language in turn."""
    found: str = request.param
    return found


@pytest.fixture
def runner(language: str, box: Sandbox) -> Runner:
    """The way to run programs of each language in turn."""
    return Runner(language, box)
