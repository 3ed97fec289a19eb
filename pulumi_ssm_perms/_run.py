"""What is remembered for one run of a program: the component of each exact name, and how AWS is asked."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import pulumi

from . import _sdk

_AT_A_TIME: Final = 4


class Component(NamedTuple):
    """What distinguishes the components of a program from each other."""

    owner: str
    parent: tuple[str, str] | None


@dataclass
class Run:
    """One run, a preview or an update, of one program; several may take turns in a process.

    Attributes:
        accounts: The account of each provider, once it was asked for.
        turns: Whoever asks about a role takes one of these: IAM answers its simulator to few at a time.
        patient: Whether it is still worth waiting where IAM says that it is too busy.

    """

    accounts: dict[str, pulumi.Output[str | None]] = field(default_factory=dict[str, "pulumi.Output[str | None]"])
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_A_TIME))
    patient: bool = True
    _components: dict[tuple[str, str], Component] = field(default_factory=dict[tuple[str, str], Component])

    def claim(self, component: Component, role: str, policy_name: str) -> None:
        """Remember that a component's policy has this name on this role."""
        self._components[role.lower(), policy_name] = component

    def other(self, component: Component, role: str, policy_name: str) -> Component | None:
        """Return the other component whose policy has this name on this role, if there is one."""
        found = self._components.get((role.lower(), policy_name))
        return None if found == component else found


# Each run in a process has its own root resource. Unit tests share one, and each of them has its own monitor.
_PROGRAMS: Final[WeakKeyDictionary[Any, WeakKeyDictionary[Any, Run]]] = WeakKeyDictionary()
# A plugin has no root resource. The engine starts one for each run, but a debugger may keep it.
_PLUGIN: Final[dict[tuple[str, str, bool], Run]] = {}


def current() -> Run:
    """Return the run that is in progress."""
    root = pulumi.runtime.get_root_resource()
    if root is None:
        key = (pulumi.get_project(), pulumi.get_stack(), pulumi.runtime.is_dry_run())
        return _PLUGIN.setdefault(key, Run())
    monitors: WeakKeyDictionary[Any, Run] = _PROGRAMS.setdefault(root, WeakKeyDictionary())
    return monitors.setdefault(_sdk.monitor(), Run())
