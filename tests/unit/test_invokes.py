"""How AWS's failures are read, how much IAM is asked at a time, and for how long it is asked again."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

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

SAID: Final = (
    "invoke of aws:iam/getRole:getRole failed: invoking aws:iam/getRole:getRole: 1 error occurred:\n\t* reading IAM "
    "Role ({}): operation error IAM: GetRole, {}https response error StatusCode: 400, RequestID: 1-2, {}\n\n"
)
DENIED: Final = "User: ci is not authorized to perform: iam:GetRole on resource: role {}"
PROXIES: Final = ("NoSuchEntityProxy", "ApiThrottlingProxy", "AccessDeniedProxy", "RequestID")


class Case(NamedTuple):
    """What AWS or its provider says, and how it is read."""

    text: str
    code: str
    said: str
    not_found: bool = False
    throttled: bool = False


def of_aws(error: str, role: str = "web", retries: str = "", **read: bool) -> Case:
    """Return an error of AWS about a role."""
    text = error.removeprefix("api error ")
    return Case(SAID.format(role, retries, error), text.partition(":")[0], text, **read)


def dropped(end: str, *, not_found: bool = False) -> Case:
    """Return a message of the provider without AWS's code."""
    text = f"invoke of aws:kms/getKey:getKey failed: reading KMS Key (web){end}"
    return Case(text, "", text, not_found)


CASES: Final[Mapping[str, Case]] = {
    "a modelled error": of_aws("NoSuchEntity: no role web", not_found=True),
    "of KMS": of_aws("NotFoundException: no key", not_found=True),
    "a throttled call": of_aws(
        "api error Throttling: Rate exceeded", retries="exceeded maximum number of attempts, 25, ", throttled=True
    ),
    **{f"denied, about {role}": of_aws(f"api error AccessDenied: {DENIED.format(role)}", role) for role in PROXIES},
    **{f"missing, {role}": of_aws(f"NoSuchEntity: no role {role}", role, not_found=True) for role in PROXIES},
    "without a cause": dropped(": couldn't find resource", not_found=True),
    "after a wait": dropped(": couldn't find resource (21 retries)", not_found=True),
    "an empty answer": dropped(": empty result", not_found=True),
    "not at the end": dropped(": couldn't find resource list: dial tcp"),
    "with AWS's code": of_aws("api error Other: no: empty result"),
    "a word of it": dropped(": an empty result"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_aws_is_read_by_its_code(case: Case) -> None:
    """Names in the text decide nothing; the provider's own words are known where they drop the code."""
    error = InvokeError(case.text)

    assert (error.code, error.reason(secret=False)) == (case.code, case.code if case.throttled else case.said)
    assert (error.is_not_found, error.is_throttled) == (case.not_found, case.throttled)
    assert error.reason(secret=True) == case.code


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
    throttled, other = (SAID.format("web", "", f"api error {code}: no") for code in ("Throttling", "Other"))

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
