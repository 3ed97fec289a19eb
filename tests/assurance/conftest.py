"""Fixtures of the proofs: a sandbox for each module, and how far a proof goes (`ASSURANCE=long`: all the way)."""

import os
from collections.abc import Iterator
from typing import Final

import pytest

from sandbox import Sandbox

LONG: Final = os.environ.get("ASSURANCE") == "long"


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether a proof goes all the way, or far enough for every day."""
    return LONG


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
