"""Questions to IAM's simulator that take long or are throttled: what waits for them, and how many are asked."""

import asyncio
import json
import threading
from collections.abc import Mapping
from typing import Any, Final

import pulumi_aws as aws
import pytest

from sandbox import Sandbox
from tests.documents import OWN
from tests.on_engine import permissions

ROLES: Final = [f"role-{number}" for number in range(8)]
SIMULATION: Final = "SimulatePrincipalPolicy"
AT_A_TIME: Final = 3


def checked(**args: Any) -> None:
    """Declare a component with a check for each role."""
    for role in ROLES:
        permissions(role, role=role, check="advisory", **args)()


@pytest.fixture
def roles(box: Sandbox) -> Sandbox:
    """The sandbox with the roles."""
    for role in (*ROLES, "late"):
        box.create_role(role)
    box.forget()
    return box


def test_simulations_that_hang_hold_no_write_back(roles: Sandbox) -> None:
    """Eight roles wait for IAM's answers; a write that comes later than their questions is made in the meantime.

    With `--parallel=1`, the SDK has four threads for questions and writes.
    """
    written = threading.Event()
    asked: list[str] = []
    tell: list[Any] = []  # that all are asked that may be

    def hang(question: Mapping[str, Any]) -> None:
        asked.append(question["PolicySourceArn"])
        if len(asked) == AT_A_TIME:
            tell[0]()
        written.wait(10)

    def note(write: Mapping[str, Any]) -> None:
        if write["RoleName"] == "late":
            written.set()

    async def later(all_asked: asyncio.Event) -> str:
        await all_asked.wait()
        await asyncio.sleep(0.5)  # in which one more could be asked
        return "late"

    def program() -> None:
        loop, all_asked = asyncio.get_running_loop(), asyncio.Event()
        tell.append(lambda: loop.call_soon_threadsafe(all_asked.set))
        checked()
        aws.iam.RolePolicy("late", role=later(all_asked), policy=json.dumps(OWN))

    roles.answer(SIMULATION, hang)
    roles.answer("PutRolePolicy", note)
    roles.stack(program).up(parallel=1)
    made = [call.action for call in roles.calls if call.target == "late" or call.action == SIMULATION]

    assert made[0] == "PutRolePolicy", "no simulation is to be answered before the write"
    assert len(set(asked)) == len(ROLES)
