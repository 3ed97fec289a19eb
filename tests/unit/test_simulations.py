"""Questions to AWS: three simulations at a time, none of a throttled service, and for how long one is asked again."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from types import SimpleNamespace
from typing import Any, Final

import pulumi
import pytest

from pulumi_ssm_perms import _invokes
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._invokes import (
    GET_CALLER_IDENTITY,
    GET_KEY,
    GET_ROLE,
    SIMULATE,
    InvokeError,
    invoke,
    provider_field,
    simulate,
)
from tests.sentences import AWS_SAID

Answer = Callable[[str, str], Coroutine[Any, Any, Mapping[str, Any]]]
"""What a function answers that a provider is asked."""
FOUND: Final = {"results": [], "arn": "found"}


def component(provider: str) -> Component:
    """Return a component with a provider, outside of a program."""
    resource: Any = SimpleNamespace(get_provider=lambda _: provider)
    return Component(resource, "web", "web", pulumi.ResourceOptions())


A, B = component("a"), component("b")


def asking(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> Counter[tuple[str, str]]:
    """Let a function answer in the engine's place; return how often each provider is asked what."""
    asked: Counter[tuple[str, str]] = Counter()

    async def invoke(token: str, _: object, opts: Any) -> Mapping[str, Any]:
        provider = opts.parent.get_provider(token)
        asked[provider, token] += 1
        return await answer(provider, token)

    monkeypatch.setattr(pulumi.runtime, "invoke_async", invoke)
    return asked


def test_simulations_that_hang_hold_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three are under way, whoever asks: a fourth could take the SDK's last thread, which writes need."""

    async def answer(_: str, token: str) -> Mapping[str, Any]:
        await asyncio.sleep(3600 if token == SIMULATE.token else 0)
        return FOUND

    async def ask() -> list[Mapping[str, Any]]:
        hanging = [asyncio.ensure_future(simulate(each, {})) for each in (A, B) * 4]
        await asyncio.sleep(0.05)
        answered = [await invoke(each, GET_ROLE, {}) for each in (A, B)]
        for each in hanging:
            each.cancel()
        return answered

    asked = asking(monkeypatch, answer)

    assert asyncio.run(ask()) == [FOUND, FOUND]
    assert asked == {("a", SIMULATE.token): 2, ("b", SIMULATE.token): 1, **{(each, GET_ROLE.token): 1 for each in "ab"}}


def test_a_throttled_service_is_asked_nothing_more_in_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the provider that was throttled: not even what waits for its turn. Another failure silences none."""
    throttled, other = (AWS_SAID.format("Simulate", f"{code}: no") for code in ("Throttling", "Other"))

    async def answer(provider: str, token: str) -> Mapping[str, Any]:
        await asyncio.sleep(0)
        raise Exception(throttled if (provider, token) == ("a", SIMULATE.token) else other)  # noqa: TRY002

    async def ask() -> list[str]:
        errors = await asyncio.gather(*(simulate(A, {}) for _ in range(8)), return_exceptions=True)
        for each in (A, B):
            for function in (GET_ROLE, GET_KEY):
                errors += await asyncio.gather(invoke(each, function, {}), return_exceptions=True)
        return [error.code for error in errors if isinstance(error, InvokeError)]

    asked = asking(monkeypatch, answer)

    assert asyncio.run(ask()) == [*["Throttling"] * 9, *["Other"] * 3]
    assert asked == {
        ("a", SIMULATE.token): 3,
        ("a", GET_KEY.token): 1,
        ("b", GET_ROLE.token): 1,
        ("b", GET_KEY.token): 1,
    }
    assert asyncio.run(ask()) == [*["Throttling"] * 9, *["Other"] * 3]
    assert asked["a", SIMULATE.token] == 6, "another run must ask anew"


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


def test_whoever_stops_waiting_cancels_the_call_for_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Components share the question about their provider's account."""

    async def answer(*_: str) -> Mapping[str, Any]:
        await asyncio.sleep(0.05)
        return {"accountId": "123456789012"}

    async def ask() -> list[Any]:
        waiting = [asyncio.ensure_future(provider_field(A, GET_CALLER_IDENTITY)) for _ in range(2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    asking(monkeypatch, answer)
    cancelled, answered = asyncio.run(ask())

    assert (type(cancelled), answered) == (asyncio.CancelledError, "123456789012")
