"""What is remembered for one run of a program, and not for another one of the same process."""

import asyncio
import contextvars
import gc
import weakref
from typing import Final

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.stack import run_pulumi_func

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, _run, _sdk
from tests.answers import ACCOUNT, HERE, account, expired, iam
from tests.mocks import Answer, AwsMocks, event_loop


def test_a_plugin_remembers_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin has a client for each component, and no root resource: all of them are of the run it was started for."""
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    found = []
    for client in (object(), object()):
        monkeypatch.setattr(_sdk, "monitor", lambda client=client: client)
        found.append(_run.current())

    assert found[0] is found[1]


def set_mocks(answer: Answer) -> None:
    """Set mocks as a user's test does."""
    mocks.set_mocks(AwsMocks(answer, bare=True, preview=False))


ANSWERS: Final = (expired, account(ACCOUNT), account("999999999999"), account(ACCOUNT))


def said_with_each_answer() -> list[str]:
    """Run a user's test with each answer on one event loop, with Pulumi's decorator; return each one's error."""

    def ended(answer: Answer) -> str:
        def body() -> pulumi.Output[str]:
            set_mocks(answer)
            return SessionManagerPermissions("web", role=HERE).policy_json

        try:
            mocks.test(body)()  # type: ignore[no-untyped-call]
        except pulumi.RunError as error:
            return str(error)
        return ""

    with event_loop() as runner:
        asyncio.set_event_loop(runner.get_loop())
        set_mocks(expired)
        found = [ended(answer) for answer in ANSWERS]
    asyncio.set_event_loop(None)
    return found


def test_each_set_mocks_is_asked_anew() -> None:
    """On one event loop, mocks that fail or answer for another account concern only their own tests."""
    # The stack of the mocks is a part of the context.
    said = contextvars.copy_context().run(said_with_each_answer)

    assert [found.partition(f"role '{HERE}': ")[2].partition(" ")[0] for found in said] == ["AWS", "", "it", ""]


def test_a_run_leaves_nothing_behind() -> None:
    """The state of a run that has asked for an account and waited for its turn goes with its event loop."""
    left: list[weakref.ref[_run.Run]] = []

    def program() -> None:
        set_mocks(iam())
        SessionManagerPermissions("web", role=HERE, policy_name="ssm")
        SessionManagerManagedPolicy("fleet", roles=[f"r{number}" for number in range(9)], check="advisory")
        left.append(weakref.ref(_run.current()))

    for _ in range(4):
        with event_loop() as runner:
            runner.run(run_pulumi_func(program))
    gc.collect()

    assert [each() for each in left[:-1] if each()] == []  # the SDK keeps the client of the latest
