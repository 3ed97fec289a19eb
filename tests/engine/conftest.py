"""Fixtures for the tests of `make verify`: the command, in an account of the sandbox."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.engine.verifying import Verify, plugin_served
from tools.verify.__main__ import main


@pytest.fixture(scope="session")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the CLI gets the AWS plugin."""
    with plugin_served(tmp_path_factory.mktemp("plugin")) as url:
        yield url


@pytest.fixture
def verify(box: Sandbox, tmp_path: Path, plugin: str) -> Verify:
    """The command, in an empty account."""
    return Verify(box, tmp_path, plugin)


@pytest.fixture
def call(verify: Verify, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command in this process, which a person or a signal does not reach."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    for name, value in verify.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def run(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["verify", *verify.options, *arguments])
        return main()

    return run
