"""The state of one run of a program: what AWS was asked, through which provider."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from . import _sdk

_AT_A_TIME: Final = 4
_ATTRIBUTE: Final = "_pulumi_ssm_perms"


@dataclass
class Provider:
    """What is remembered of one provider: its answers that never change in a run, by the function that gives them."""

    answers: dict[str, asyncio.Future[Any]] = field(default_factory=dict[str, asyncio.Future[Any]])
    # Limits concurrent calls of each function: IAM throttles early, and slow simulations must not hold what comes
    # before another component's write.
    turns: defaultdict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(_AT_A_TIME))
    )
    # The error of a throttled call that the provider gave up, by AWS's service.
    throttled: dict[str, Exception] = field(default_factory=dict[str, Exception])


@dataclass
class Run:
    """One run, a preview or an update, of one program; several may take turns in a process."""

    # The run's client of the engine; `None` in a plugin.
    client: object = None
    # By the engine's references to them, or by the resource that they are inherited from; the default one by "".
    providers: defaultdict[str, Provider] = field(default_factory=lambda: defaultdict(Provider))
    # Whether it was said what the simulator does not see.
    noted: bool = False


# A plugin has one client for each component, and no root resource. The engine starts a plugin for each run.
_PLUGIN: Final = Run()


def current() -> Run:
    """Return the run that is in progress.

    It belongs to the event loop, and ends with it. Unit tests may use several clients on one event loop.
    """
    if pulumi.runtime.get_root_resource() is None:
        return _PLUGIN
    loop, client = asyncio.get_event_loop(), _sdk.monitor()
    run: Run | None = getattr(loop, _ATTRIBUTE, None)
    if run is None or run.client is not client:
        run = Run(client)
        setattr(loop, _ATTRIBUTE, run)
    return run
