"""How the failures of AWS are read, whom one question keeps waiting, and how long a question is asked again."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

import pulumi
import pulumi_aws as aws
import pytest

from pulumi_ssm_perms import _invokes, _sdk
from pulumi_ssm_perms._component import Component
from pulumi_ssm_perms._invokes import Unanswered
from pulumi_ssm_perms._outputs import from_coroutine
from tests.answers import GET_ROLE, SIMULATE
from tests.mocks import Record, run

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
    "another code with that word": of_aws("api error NotThrottling: no"),
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
    error = Unanswered(case.text)

    assert (error.code, error.reason(secret=False)) == (case.code, case.code if case.throttled else case.said)
    assert (error.is_not_found, error.is_throttled) == (case.not_found, case.throttled)
    assert error.reason(secret=True) == case.code


Answers = Callable[[Any], Coroutine[Any, Any, Mapping[str, Any] | str]]
"""What a function answers; a text is its failure."""


def asking(monkeypatch: pytest.MonkeyPatch, answers: Answers, asks: Callable[[Component, Component], Any]) -> Record:
    """Run a program with two components, each with a provider; `answers` stands for the engine."""

    async def invoke(request: Any) -> Any:
        found = await answers(request)
        return SimpleNamespace(failures=[SimpleNamespace(reason=found)] if isinstance(found, str) else (), answer=found)

    def program() -> Mapping[str, object]:
        made = []
        for name in ("a", "b"):
            opts = pulumi.ResourceOptions(provider=aws.Provider(name))
            made.append(Component(pulumi.ComponentResource("app:index:Team", name, None, opts), name, name, opts))
        return {"found": from_coroutine(asks(*made))}

    monkeypatch.setattr(_sdk, "invoke", invoke)
    monkeypatch.setattr(_sdk, "invoke_answer", lambda response: response.answer)
    return run(program)


def test_questions_that_hang_hold_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each provider has turns, and each function: four simulations are under way, and other questions are answered."""
    begun: Counter[str] = Counter()

    async def answers(request: Any) -> Mapping[str, Any]:
        begun[f"{request.provider.split('::')[-2]} {request.tok}"] += 1
        await asyncio.sleep(3600 if request.tok == SIMULATE and "::a::" in request.provider else 0)
        return {"arn": "found", "results": []}

    async def asks(a: Component, b: Component) -> list[Any]:
        hanging = [asyncio.ensure_future(_invokes.ask_in_turn(a, SIMULATE, {}, "results")) for _ in range(8)]
        await asyncio.sleep(0.05)
        answered = await asyncio.gather(
            *(_invokes.ask_in_turn(each, GET_ROLE, {}, "arn") for each in (a, b)),
            _invokes.ask_in_turn(b, SIMULATE, {}, "results"),
        )
        for each in hanging:
            each.cancel()
        return [each["arn"] for each in answered]

    record = asking(monkeypatch, answers, asks)

    assert record.results["found"] == ["found"] * 3
    assert begun == {f"a {SIMULATE}": 4, f"a {GET_ROLE}": 1, f"b {GET_ROLE}": 1, f"b {SIMULATE}": 1}


def test_only_the_throttled_provider_is_asked_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """One account that IAM throttles silences no other, nor another service, and no other failure silences any."""
    asked: Counter[str] = Counter()

    async def answers(request: Any) -> str:
        name = request.provider.split("::")[-2]
        asked[name] += 1
        await asyncio.sleep(0)
        throttled = name == "a" and request.tok == GET_ROLE  # which is of the same service as simulations
        return SAID.format("web", "", f"api error {'Throttling' if throttled else 'Other'}: no")

    async def code(component: Component, token: str) -> str:
        with pytest.raises(Unanswered) as raised:
            await _invokes.ask_in_turn(component, token, {}, "arn")
        return raised.value.code

    async def asks(a: Component, b: Component) -> list[list[str]]:
        tokens = (SIMULATE, GET_ROLE, "aws:kms/getKey:getKey")
        return [[await code(each, token) for token in tokens] for each in (a, b, a, b)]

    record = asking(monkeypatch, answers, asks)
    others = ["Other"] * 3

    assert record.results["found"] == [
        ["Other", "Throttling", "Other"],
        others,
        ["Throttling", "Throttling", "Other"],
        others,
    ]
    assert asked == {"a": 4, "b": 6}


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
