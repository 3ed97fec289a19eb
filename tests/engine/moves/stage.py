"""Runs moves in one stack, with bare resources or with ours, and says what is wrong after each."""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pulumi.automation as auto

from sandbox import Call, Fault, Policies, Sandbox
from tests.documents import OWN
from tests.engine.moves.declarations import Item, Role, Scope
from tests.engine.moves.outcomes import FAILED, FAILS, GAP, LOSES, PoliciesByRole, Seen, Wrong, at_the_end, lacking
from tests.on_engine import steps, taint


class Update(NamedTuple):
    """One `up`: its program, the action that AWS denies once (of which role), and its options.

    An option that is a text is a pattern for URNs; the row's suffix is appended. "taint" taints resources before.
    """

    program: Sequence[Item]
    denied: str = ""
    role: str = ""
    how: Mapping[str, Any] = {}


class Row(NamedTuple):
    """A move: its updates, and the worst that becomes of the bare resource and of ours."""

    updates: Sequence[Update | Sequence[Item]]
    bare: str = ""
    ours: str = ""

    def update(self, number: int) -> Update:
        """Return an update; after the last it stays the same."""
        found = self.updates[min(number, len(self.updates) - 1)]
        return found if isinstance(found, Update) else Update(found)

    @property
    def shared(self) -> tuple[str, ...]:
        """What the rows of one stack have in common: options of an `up` that concern all of it, a failure, a loss."""
        updates = [self.update(number) for number in range(len(self.updates))]
        own, worst = {"taint", "replace"}, (FAILS in (self.bare, self.ours), self.ours == LOSES)
        return tuple(f"{sorted(update.how.keys() - own)} {worst}" for update in updates)


@dataclass
class Stage:
    """Runs rows in one stack, with bare resources or with ours; `register` is called first in each program."""

    box: Sandbox
    rows: Mapping[str, Row]
    ours: bool
    register: Callable[[], object] = lambda: None
    previews: bool = True  # to know what they would delete
    config: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with an empty AWS."""
        self.suffixes = {kind: f"-no{number:03}" for number, kind in enumerate(self.rows)}
        self.roles: dict[str, set[str]] = {kind: set() for kind in self.rows}
        self.box.reset()

    def run(self) -> dict[str, list[Seen]]:
        """Make each update; with ours, the last one twice. A first preview has nothing to delete."""
        last = max(len(row.updates) for row in self.rows.values())
        seen: list[dict[str, Seen]] = []
        for number in range(last + self.ours):
            updates = self.updates(number)
            seen.append(self.update(updates, preview=self.previews and 0 < number < last))
        return {kind: [each[kind] for each in seen] for kind in self.rows}

    def end(self) -> dict[str, set[str]]:
        """Refresh, which finds only losses, and destroy; return the names of the policies that are left of each row."""
        stack = self.box.stack(lambda: None)
        stack.refresh(expect_no_changes=LOSES not in {row.ours for row in self.rows.values()})
        stack.destroy()
        return {
            kind: {name.removesuffix(suffix) for own in self._held(kind).values() for name in own}
            for kind, suffix in self.suffixes.items()
        }

    def updates(self, number: int) -> dict[str, Update]:
        """Return an update of each row."""
        return {kind: row.update(number) for kind, row in self.rows.items()}

    def update(self, updates: Mapping[str, Update], *, preview: bool = False) -> dict[str, Seen]:
        """Make an update of each row in one `up`; return what became of each."""
        self._deny(updates)
        self._make_roles(updates)
        stack = self.box.stack(lambda: self._declare(updates), config=self.config)
        before = {kind: self._held(kind) for kind in updates}
        options = {"parallel": 1, **self._how(stack, updates)}
        shown = self._deletes(stack, options) if preview else []
        begin, failed = len(self.box.calls), []
        try:
            stack.up(**options)
        except auto.CommandError:
            fails = any(FAILS in (row.bare, row.ours) for row in self.rows.values())
            if self.box.faults_left or not (fails or any(update.denied for update in updates.values())):
                raise
            failed = [FAILED]
        calls = [call for call in self.box.calls[begin:] if call.write]
        return {kind: self._seen(kind, update, before[kind], calls, shown, failed) for kind, update in updates.items()}

    def _deletes(self, stack: auto.Stack, options: Mapping[str, Any]) -> list[str]:
        """Return what a preview deletes."""
        known = {option: value for option, value in options.items() if option != "continue_on_error"}
        shown = steps(functools.partial(stack.preview, **known))
        return [step.name for step in shown if "delete" in step.op or step.op == "replace"]

    def _how(self, stack: auto.Stack, updates: Mapping[str, Update]) -> dict[str, Any]:
        """Return the options of the updates, and taint what they say."""
        found: dict[str, Any] = {}
        for kind, update in updates.items():
            for option, value in update.how.items():
                text = isinstance(value, str)
                found[option] = [*found.get(option, []), f"{value}{self.suffixes[kind]}**"] if text else value
        if tainted := found.pop("taint", []):
            taint(stack, tainted)
        return found

    def _declare(self, updates: Mapping[str, Update]) -> None:
        # Of two policies of one name, a write and a deletion would race: resources are registered one by one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        self.register()
        for kind, update in updates.items():
            at = Scope(self.box, self.suffixes[kind], self.ours)
            for item in update.program:
                item.declare(at)

    def _make_roles(self, updates: Mapping[str, Update]) -> None:
        """Make the roles that are new in an update, each with a policy of its own."""
        for kind, update in updates.items():
            made = [item.name for item in update.program if isinstance(item, Role)]
            for role in _wanted(update.program).keys() - self.roles[kind]:
                self.roles[kind].add(role)
                if role not in made:
                    self.box.create_role(f"{role}{self.suffixes[kind]}", policies={"own": OWN})

    def _deny(self, updates: Mapping[str, Update]) -> None:
        self.box.clear_faults()
        for kind, update in updates.items():
            if update.denied:
                where = {"RoleName": f"{update.role}{self.suffixes[kind]}"} if update.role else {}
                self.box.fail(update.denied, Fault.denied(), times=1, where=where)

    def _seen(self, kind: str, update: Update, before: PoliciesByRole, calls: Sequence[Call], *more: list[Any]) -> Seen:
        deletes, failed = more
        suffix, wanted = self.suffixes[kind], _wanted(update.program)
        gaps = (
            Wrong(GAP, role, f"{action} after {call.action}")
            for role, had in before.items()
            for call in calls
            if (has := call.policies_after.get(f"{role}{suffix}")) is not None
            for action in lacking(had, [OWN, *wanted.get(role, [])], has)
        )
        ends = () if failed else at_the_end(self._held(kind), wanted)
        own = [call for call in calls if suffix in str(call.params) and "Policy" in call.action]
        writes = [f"{call.action} {call.target}".replace(suffix, "") for call in own]
        return Seen([*failed, *gaps, *ends], writes, [name.replace(suffix, "") for name in deletes if suffix in name])

    def _held(self, kind: str) -> PoliciesByRole:
        suffix = self.suffixes[kind]
        return {role: _policies(self.box, f"{role}{suffix}") for role in self.roles[kind]}


def _policies(box: Sandbox, role: str) -> Policies:
    with contextlib.suppress(LookupError):
        return {**box.role_policies(role), **box.attached_policies(role)}
    return {}


def _wanted(program: Sequence[Item]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for item in program:
        for role, document in item.documents().items():
            found.setdefault(role, []).append(document)
    return found
