"""Fixtures of the documentation's tests: the sandbox, and the blocks of the pages that a test shows to be true."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.docs.console import OpenTerminal, Terminal
from tests.pages import ROLE, Block, shown_by


@pytest.fixture
def box(box: Sandbox) -> Sandbox:
    """A sandbox with two roles: that of the pages, and that of the tests' own programs."""
    box.create_role(ROLE)
    box.create_role("web")
    return box


@pytest.fixture
def shown(request: pytest.FixtureRequest) -> Iterator[list[Block]]:
    """The blocks that the test says it shows; afterwards each must have been used."""
    found = shown_by(request.function)
    yield found
    unused = [str(block) for block in found if not block.used]

    assert unused == []


@pytest.fixture
def terminal(box: Sandbox, tmp_path: Path) -> OpenTerminal:
    """A terminal in the folder of a stack's program, or in an empty one."""
    return lambda stack: Terminal(box, stack, stack.workspace.work_dir if stack else str(tmp_path))
