"""What is remembered for one run of a program, and not for another one of the same process."""

import asyncio
import contextvars
import gc
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, Final

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, _run, _sdk

HERE: Final = "arn:aws:iam::123456789012:role/web"


def set_mocks(account: str) -> None:
    """Let the mocks answer for an account; without one, they fail."""

    def call(args: mocks.MockCallArgs) -> Mapping[str, str]:
        if not account:
            raise LookupError("no account")
        return {"accountId": account} if "CallerIdentity" in args.token else {}

    answers: Any = SimpleNamespace(call=call, new_resource=lambda args: (args.name, args.inputs))
    mocks.set_mocks(answers)


def test_a_plugin_remembers_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin has a client for each component, and no root resource: all of them are of the run it was started for."""
    monkeypatch.setattr(pulumi.runtime, "get_root_resource", lambda: None)
    found = []
    for client in (object(), object()):
        monkeypatch.setattr(_sdk, "monitor", lambda client=client: client)
        found.append(_run.current())

    assert found[0] is found[1]


@contextmanager
def mocked_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Make an event loop. Mocks leave another one open in each thread that they are called in.

    What the SDK still waits for of a run before is on a closed one.
    """
    SETTINGS.rpc_manager.clear()
    with ThreadPoolExecutor(max_workers=1) as thread, asyncio.Runner() as runner:
        left = asyncio.new_event_loop()
        thread.submit(asyncio.set_event_loop, left).result()
        loop = runner.get_loop()
        loop.set_default_executor(thread)
        loop.set_exception_handler(lambda *_: None)
        asyncio.set_event_loop(loop)
        yield loop
        thread.submit(left.close).result()
    asyncio.set_event_loop(None)


def users_tests(*bodies: Callable[[], object]) -> list[str]:
    """Run a user's tests, each with Pulumi's decorator, on one event loop; return each one's error."""

    def ended(test: Callable[[], object]) -> str:
        try:
            test()
        except pulumi.RunError as error:
            return str(error)
        return ""

    def run() -> list[str]:
        with mocked_loop():
            set_mocks("123456789012")
            return [ended(mocks.test(body)) for body in bodies]  # type: ignore[no-untyped-call]

    # The stack of the mocks is a part of the context.
    return contextvars.copy_context().run(run)


def test_each_set_mocks_is_asked_anew() -> None:
    """On one event loop, mocks that fail or answer for another account concern only their own tests."""

    def body(account: str) -> pulumi.Output[str]:
        set_mocks(account)
        return SessionManagerPermissions("web", role=HERE).policy_json

    accounts = ("", "123456789012", "999999999999", "123456789012")
    said = users_tests(*(partial(body, account) for account in accounts))

    assert [found.partition(f"role '{HERE}': ")[2].partition(" ")[0] for found in said] == ["AWS", "", "it", ""]


def test_tests_that_share_mocks_may_use_one_name() -> None:
    """What a test declared is over with it."""

    def body(name: str) -> pulumi.Output[str]:
        return SessionManagerPermissions(name, role="web", policy_name="ssm").policy_name

    assert users_tests(partial(body, "one"), partial(body, "other")) == ["", ""]


def test_a_run_leaves_nothing_behind() -> None:
    """The state of a run that has asked for an account and waited for its turn goes with its event loop."""
    left: list[weakref.ref[_run.Run]] = []

    def program() -> None:
        set_mocks("123456789012")
        SessionManagerPermissions("web", role=HERE, policy_name="ssm")
        SessionManagerManagedPolicy("fleet", roles=[f"r{number}" for number in range(9)], check_roles=True)
        left.append(weakref.ref(_run.current()))

    for _ in range(4):
        with mocked_loop() as loop:
            loop.run_until_complete(run_pulumi_func(program))
    gc.collect()

    assert [each() for each in left[:-1] if each()] == []  # the SDK keeps the client of the latest
