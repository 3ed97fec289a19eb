"""Asks AWS about roles: a few questions at a time, and again where AWS says that there were too many."""

import re
from asyncio import sleep
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from pulumi_ssm_perms import _lookups, _run

# In seconds. The AWS provider has tried again by itself before.
PATIENCE: Final[Sequence[float]] = (1, 2, 4, 8, 16)
_TOO_MANY: Final = re.compile("Throttl|TooManyRequests|RequestLimitExceeded|Rate exceeded")


async def ask(component: pulumi.Resource, token: str, arguments: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Return what `_lookups.ask` returns, or raise what it raises.

    Whoever waits keeps the others waiting. Once AWS has said for long enough that it is too busy, nobody waits any
    more in this run.
    """
    run = _run.current()
    async with run.turns:
        for seconds in PATIENCE:
            try:
                return await _lookups.ask(component, token, arguments, field)
            except Exception as error:
                if not (run.patient and _TOO_MANY.search(str(error))):
                    raise
            await sleep(seconds)
        run.patient = False
        return await _lookups.ask(component, token, arguments, field)
