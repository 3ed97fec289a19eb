"""What is remembered for one run of a program, and not for another one of the same process."""

import pulumi
import pytest

from pulumi_ssm_perms import _run, _sdk


class Client:
    """Stands for the client of the engine."""


def runs(monkeypatch: pytest.MonkeyPatch, root: object) -> list[_run.Run]:
    """Return the run of a client, of another one, and of the first again."""
    first, second = Client(), Client()
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: root)
    found = []
    for client in (first, second, first):
        monkeypatch.setattr(_sdk, "monitor", lambda client=client: client)
        found.append(_run.current())
    return found


def test_each_run_of_a_program_remembers_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's client tells the runs of one process apart."""
    first, second, again = runs(monkeypatch, object())

    assert first is again
    assert first is not second


def test_a_plugin_remembers_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin has a client for each component, and no root resource: all of them are of the run it was started for."""
    first, second, again = runs(monkeypatch, None)

    assert first is second is again
