"""Fixtures of the proofs: a sandbox for each module, and how far a long proof is."""

import sys
from collections.abc import Callable, Iterator

import pytest

from sandbox import Sandbox
from tests.assurance.extent import LONG


@pytest.fixture(scope="module")
def shared_box() -> Iterator[Sandbox]:
    """The sandbox of a module's tests."""
    with Sandbox() as box:
        yield box


@pytest.fixture
def box(shared_box: Sandbox) -> Sandbox:
    """A sandbox without a role, a call, a fault or a stack."""
    shared_box.reset()
    return shared_box


@pytest.fixture
def progress(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tell the person who waits for a long proof how far it is."""

    def say(how_far: str) -> None:
        if LONG:
            with capfd.disabled():
                sys.stderr.write(f"{request.node.name}: {how_far}\n")

    return say
