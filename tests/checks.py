"""What tests of a check have in common: worlds, AWS's that note or change, and what is said."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from pulumi.runtime.mocks import MockCallArgs

from pulumi_ssm_perms import NotAllowedError
from tests.answers import HEARTBEAT, SIMULATE
from tests.components import PERMISSIONS
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.fleets import FLEET
from tests.mocks import Invoke, Record
from tests.worlds import AWS_SAID, NO_KEY, NODE, Aws, Said, World, node

KINDS: Final = pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
LEVELS: Final = pytest.mark.parametrize("level", ["advisory", "mandatory"])
FINE: Final = World(NODE, Said([]))
DENIED: Final = World(node(inline={"no": NO_KEY}), Said([]))
UNWRITABLE: Final = World(node(boundary=policy(allow([*CHANNEL_ACTIONS[:3], HEARTBEAT]))), Said([]))
NOTHING_MORE: Final = replace(FINE, fails={(SIMULATE, "web"): AWS_SAID.format("Simulate", "Throttling: slow")})
ADVISORY: Final = ' With check="advisory", this is a warning.'
LAST: Final = f" If this update deletes that policy, it does so last, after this check.{ADVISORY}"
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."


def of_aws(record: Record) -> list[Invoke]:
    """Return the calls of AWS's functions, without questions to the engine."""
    return [each for each in record.invokes if each.token.startswith("aws:")]


def said(record: Record) -> list[str]:
    """Return what is logged, as in a world, but for what the simulator does not see."""
    return [text if text in record.warned else f"- {text}" for _, text in record.logged if text != UNSEEN]


def asked(record: Record) -> list[Mapping[str, Any]]:
    """Return the arguments of each simulation."""
    return [each.args for each in record.invokes if each.token == SIMULATE]


def causes(record: Record) -> tuple[str, ...]:
    """Return the lines that have ended a run."""
    assert isinstance(record.error, NotAllowedError)
    return record.error.causes


class Noted(Aws):
    """An AWS that notes what is asked and what is declared, in their order."""

    def __init__(self, world: World) -> None:
        """Begin with nothing."""
        super().__init__(world)
        self.noted: list[str] = []

    def declare(self, type_: str, outputs: Mapping[str, Any], *, preview: bool) -> bool:
        """Note a resource of AWS."""
        self.noted += [type_] if type_.startswith("aws:") else []
        return super().declare(type_, outputs, preview=preview)

    def __call__(self, call: MockCallArgs) -> Any:
        """Note a question."""
        self.noted.append(call.token)
        return super().__call__(call)


class Late(Aws):
    """An IAM that answers simulations from one world after the other, and stays in the last one."""

    def __init__(self, *worlds: World) -> None:
        """Begin with the first one."""
        super().__init__(worlds[-1])
        self.left: Iterator[World] = iter(worlds[:-1])

    def __call__(self, call: MockCallArgs) -> Any:
        """Go on with each simulation."""
        last = self.world
        self.world = next(self.left, last) if call.token == SIMULATE else last
        found = super().__call__(call)
        self.world = last
        return found


class AfterTheWrite(Noted):
    """An IAM that changes with the component's policy."""

    def __init__(self, before: World, after: World) -> None:
        """Begin with what is so before."""
        super().__init__(before)
        self.after = after

    def declare(self, type_: str, outputs: Mapping[str, Any], *, preview: bool) -> bool:
        """Change what is so."""
        exists = super().declare(type_, outputs, preview=preview)
        self.world = self.after if type_ == PERMISSIONS.policy_type else self.world
        return exists
