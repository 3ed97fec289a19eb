"""Fixtures of the proofs: a sandbox for each module."""

from collections.abc import Iterator

import pytest

from sandbox import Sandbox


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
