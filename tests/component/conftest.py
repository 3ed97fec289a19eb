"""In which runs, and in which ways, a component is declared: a test that takes one of these runs once with each."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.components import WAYS


@pytest.fixture(autouse=True)
def _quick(without_pauses: None) -> None:
    """Ask again at once in every test."""


@pytest.fixture(params=[True, False], ids=["preview", "update"])
def preview(request: pytest.FixtureRequest) -> bool:
    """Whether the run is a preview."""
    return bool(request.param)


@pytest.fixture(params=WAYS.values(), ids=[*WAYS])
def way(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """How a value is given: plain, or as what becomes one; a secret is `components.secret`."""
    made: Callable[[Any], Any] = request.param
    return made
