"""The state of one run of a program: the component of each exact name, and what AWS was asked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import pulumi

from . import _sdk

_AT_A_TIME: Final = 4


@dataclass
class Run:
    """One run, a preview or an update, of one program; several may take turns in a process.

    Attributes:
        accounts: Each provider's answer to the question for its account.
        turns: Limits concurrent simulator calls, which IAM throttles early.
        throttled: The error of a throttled call that the AWS provider gave up.
        noted: Whether the log says what IAM's simulator does not see.
        exact_names: The component that has an exact name, by the role (in lower case) and the policy's name.

    """

    accounts: dict[str, asyncio.Future[Any]] = field(default_factory=dict[str, asyncio.Future[Any]])
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_A_TIME))
    throttled: Exception | None = None
    noted: bool = False
    exact_names: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])


# Each run of a program has its own client of the engine, and so has each unit test.
_PROGRAMS: Final[WeakKeyDictionary[Any, Run]] = WeakKeyDictionary()
# A plugin has one client for each component, and no root resource. The engine starts a plugin for each run.
_PLUGIN: Final = Run()


def current() -> Run:
    """Return the run that is in progress."""
    if pulumi.runtime.get_root_resource() is None:
        return _PLUGIN
    return _PROGRAMS.setdefault(_sdk.monitor(), Run())
