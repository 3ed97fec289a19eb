"""The sandbox of the tests on the engine, one per worker; and what becomes of tests that cannot run on this machine."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox import Sandbox


@pytest.fixture(scope="session")
def shared_box(tools: None) -> Iterator["Sandbox"]:
    """The sandbox that a worker's tests take turns with; it can run programs in YAML, and finds the plugin."""
    # The tests without an engine do not wait for its imports.
    from sandbox import Sandbox
    from tests import plugin

    with Sandbox(yaml=True) as box:
        # As in a clone, it is `../../plugin` of an example; the executable stands in for Pulumi's Python host.
        folder = box.folder / "plugin"
        folder.mkdir()
        plugin.install(folder)
        box.env["PATH"] = os.pathsep.join([str(folder), box.env["PATH"]])
        yield box


@pytest.fixture
def box(shared_box: "Sandbox") -> "Sandbox":
    """A sandbox without a role, a call, a fault or a stack."""
    shared_box.reset()
    return shared_box


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a check ask again at once, as often as in ten seconds: what is denied or lost in a test stays so."""
    from pulumi_ssm_perms import _invokes

    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Run a test that needs Pulumi's own language hosts only where they are, and one of our provider only with it."""
    for mark in item.iter_markers("own_provider"):
        if os.environ.get("SANDBOX_AWS_PLUGIN") == "real":
            pytest.skip(mark.args[0])
    languages = {str(language): None for mark in item.iter_markers("hosts") for language in mark.args}
    if languages:
        from tests import hosts

        absent = [program for language in languages for program in hosts.missing(language)]
        if absent:
            end = pytest.fail if os.environ.get("LANGUAGE_HOSTS") == "required" else pytest.skip
            end(f"neither beside the Pulumi CLI nor on PATH: {', '.join(absent)}")
