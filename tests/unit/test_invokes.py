"""How long AWS is asked again about what a run may have created."""

import asyncio

import pytest

from pulumi_ssm_perms import _invokes


def test_the_pauses_end_ten_seconds_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that the questions take is a part of it: the last pause is as long as what is left."""
    now = 0.0

    async def pauses() -> list[float]:
        nonlocal now
        found = []
        with monkeypatch.context() as patched:
            patched.setattr(asyncio.get_running_loop(), "time", lambda: now)
            for pause in _invokes.pauses():
                found.append(pause)
                now += pause + 3.5
        return found

    assert asyncio.run(pauses()) == [1, 2]
    now = 0.0
    monkeypatch.setattr(_invokes, "PAUSES", [1, 8])
    assert asyncio.run(pauses()) == [1, 5.5]
