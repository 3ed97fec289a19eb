"""Fixtures of the sandbox's tests: one sandbox per worker, empty at the beginning of each test."""

from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from sandbox.tests.machine import machine

__all__ = ["machine"]


@pytest.fixture(scope="session")
def shared_box(tools: None) -> Iterator[Sandbox]:
    """The sandbox that a worker's tests take turns with; it can run programs in YAML as well."""
    with Sandbox(yaml=True) as box:
        yield box


@pytest.fixture
def box(shared_box: Sandbox) -> Sandbox:
    """A sandbox without a role, a call, a fault or a stack."""
    shared_box.reset()
    return shared_box
