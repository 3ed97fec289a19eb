"""How far a long proof is."""

import sys
from collections.abc import Callable

import pytest

from tests.assurance.extent import LONG


@pytest.fixture
def progress(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tell the person who waits for a long proof how far it is."""

    def say(how_far: str) -> None:
        if LONG:
            with capfd.disabled():
                sys.stderr.write(f"{request.node.name}: {how_far}\n")

    return say
