"""Runs moves in one stack, with bare resources or with ours, and tells in sentences what became of each."""

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pulumi.automation as auto

from sandbox import Call, Fault, Policies, Sandbox
from tests.documents import OWN, Grant, granted
from tests.moves import HERE, MADE, At, Item, Place
from tests.on_engine import steps

Held = Mapping[Place, Policies]


class Update(NamedTuple):
    """One `up`: its program, the action that AWS denies (once, or always if it is a question), and of which role."""

    program: Sequence[Item]
    denied: str = ""
    role: str = ""
    account: str = HERE


class Row(NamedTuple):
    """A move: its updates, the worst that becomes of the bare resource and of ours, and whether ours calls `more`."""

    updates: Sequence[Update | Sequence[Item]]
    bare: str = ""
    ours: str = ""
    more: bool = False

    def update(self, number: int) -> Update:
        """Return an update; after the last it stays the same."""
        found = self.updates[min(number, len(self.updates) - 1)]
        return found if isinstance(found, Update) else Update(found)


class Seen(NamedTuple):
    """What became of an update: what is wrong with it in sentences, its writes, and what its preview deletes."""

    wrong: Sequence[str]
    writes: Sequence[str]
    deletes: Sequence[str]


FAILS: Final = "it fails"
WORST: Final = {"fails": "fails", "in the end": "loses", "after": "a moment"}


def worst(seen: Sequence[Seen]) -> str:
    """Return the worst that happened, in a word."""
    wrong = [sentence for each in seen for sentence in each.wrong]
    return next((word for text, word in WORST.items() if any(text in sentence for sentence in wrong)), "")


def worse(ours: Sequence[Seen], bare: Sequence[Seen], *, more: bool = False) -> list[str]:
    """Return what is worse with ours, in sentences. Calls count where the bare resource neither loses nor fails."""
    found = []
    # Ours is run once more, after which it must be as good as the bare one was.
    updates = list(zip(ours, [*bare, bare[-1]], strict=True))
    for number, (own, others) in enumerate(updates):
        found += [f"update {number}: {sentence}" for sentence in own.wrong if sentence not in others.wrong]
    if more or worst(bare) in {"loses", "fails"}:
        return found
    for number, (own, others) in enumerate(updates):
        if len(set(own.deletes)) > len(set(others.deletes)):
            found.append(f"update {number}: a preview deletes {own.deletes}, and of the bare ones {others.deletes}")
    writes, others_writes = ([text for each in seen for text in each.writes] for seen in (ours, bare))
    return found + ([f"it writes {writes}, and bare {others_writes}"] if len(writes) > len(others_writes) else [])


@dataclass
class Stage:
    """Runs rows in one stack, with bare resources or with ours; `register` is called first in each program."""

    box: Sandbox
    rows: Mapping[str, Row]
    ours: bool
    register: Callable[[], object] = lambda: None
    previews: bool = True  # to know what they would delete

    def __post_init__(self) -> None:
        """Begin with an empty AWS."""
        self.suffixes = {kind: f"-no{number:03}" for number, kind in enumerate(self.rows)}
        self.places: dict[str, set[Place]] = {kind: set() for kind in self.rows}
        self.box.reset()

    def run(self, **options: Any) -> dict[str, list[Seen]]:
        """Make each update; with ours, the last one twice. Without a plan, a first preview has nothing to delete."""
        last = max(len(row.updates) for row in self.rows.values())
        seen: list[dict[str, Seen]] = []
        for number in range(last + self.ours):
            updates = {kind: row.update(number) for kind, row in self.rows.items()}
            preview = (self.previews and 0 < number < last) or "plan" in options
            seen.append(self.update(updates, preview=preview, **options))
        return {kind: [each[kind] for each in seen] for kind in self.rows}

    def end(self) -> dict[str, set[str]]:
        """Refresh, which changes nothing, and destroy; return the names of the policies that are left of each row."""
        stack = self.box.stack(lambda: None)
        stack.refresh(expect_no_changes=True)
        stack.destroy()
        return {
            kind: {name.removesuffix(suffix) for own in self._held(kind).values() for name in own}
            for kind, suffix in self.suffixes.items()
        }

    def update(self, updates: Mapping[str, Update], *, preview: bool = False, **options: Any) -> dict[str, Seen]:
        """Make an update of each row in one `up`, with these options; return what became of each."""
        self._deny(updates)
        self._make_roles(updates)
        before = {kind: self._held(kind) for kind in updates}
        [account] = {update.account for update in updates.values()}
        stack = self.box.stack(lambda: self._declare(updates), account=account)
        shown = steps(functools.partial(stack.preview, **options)) if preview else []
        deletes = [step.name for step in shown if "delete" in step.op or step.op == "replace"]
        begin, failed = len(self.box.calls), []
        try:
            # Of two bare policies of one name, a write and a deletion would race in one update.
            stack.up(parallel=None if self.ours else 1, **options)
        except auto.CommandError:
            if not any(update.denied for update in updates.values()) or self.box.faults_left:
                raise
            failed = [FAILS]
        calls = [call for call in self.box.calls[begin:] if call.write]
        return {
            kind: self._seen(kind, update, before[kind], calls, deletes, failed) for kind, update in updates.items()
        }

    def _declare(self, updates: Mapping[str, Update]) -> None:
        self.register()
        for kind, update in updates.items():
            at = At(self.box, self.suffixes[kind], self.ours)
            for item in update.program:
                item.declare(at)

    def _make_roles(self, updates: Mapping[str, Update]) -> None:
        """Make the roles that are new in an update, each with a policy of its own."""
        for kind, update in updates.items():
            for account, role in _wanted(update.program).keys() - self.places[kind]:
                self.places[kind].add((account, role))
                if role != MADE:
                    self.box.create_role(f"{role}{self.suffixes[kind]}", policies={"own": OWN}, account=account)

    def _deny(self, updates: Mapping[str, Update]) -> None:
        self.box.clear_faults()
        for kind, update in updates.items():
            if update.denied:
                where = {"RoleName": f"{update.role}{self.suffixes[kind]}"} if update.role else {}
                times = None if update.denied.startswith("Get") else 1
                self.box.fail(update.denied, Fault.denied(), times=times, where=where)

    def _seen(self, kind: str, update: Update, before: Held, calls: Sequence[Call], *more: list[str]) -> Seen:
        deletes, failed = more
        suffix, wanted = self.suffixes[kind], _wanted(update.program)
        gaps = (
            f"after {call.action} {place[1]} lacks {action}"
            for place, had in before.items()
            for call in calls
            if call.account == place[0] and (has := call.policies_after.get(f"{place[1]}{suffix}")) is not None
            for action in _lacking(had, [OWN, *wanted.get(place, [])], has)
        )
        ends = () if failed else _at_the_end(self._held(kind), wanted)
        own = [call for call in calls if suffix in str(call.params) and "Policy" in call.action]
        writes = [f"{call.action} {call.target}".replace(suffix, "") for call in own]
        return Seen([*failed, *gaps, *ends], writes, [name.replace(suffix, "") for name in deletes if suffix in name])

    def _held(self, kind: str) -> Held:
        suffix = self.suffixes[kind]
        return {(account, role): _policies(self.box, account, f"{role}{suffix}") for account, role in self.places[kind]}


def _policies(box: Sandbox, account: str, role: str) -> Policies:
    with contextlib.suppress(LookupError):
        return {**box.role_policies(role, account), **box.attached_policies(role, account)}
    return {}


def _granted(documents: Iterable[Mapping[str, Any]]) -> set[Grant]:
    return {grant for document in documents for grant in granted(document)}


def _lacking(had: Policies, wanted: Iterable[Mapping[str, Any]], has: Policies) -> list[str]:
    """Return the last action that a role had, is to keep, and has not: kms:Decrypt only if it lacks nothing else."""
    lost = (_granted(had.values()) & _granted(wanted)) - _granted(has.values())
    return sorted(action for action, _ in lost)[-1:]


def _wanted(program: Sequence[Item]) -> dict[Place, list[Mapping[str, Any]]]:
    found: dict[Place, list[Mapping[str, Any]]] = {}
    for item in program:
        for place, document in item.documents().items():
            found.setdefault(place, []).append(document)
    return found


def _at_the_end(held: Held, wanted: Mapping[Place, list[Mapping[str, Any]]]) -> Iterator[str]:
    for place, policies in held.items():
        expected = [*wanted.get(place, []), *([OWN] if "own" in policies else [])]
        for action in sorted(action for action, _ in _granted(expected) - _granted(policies.values()))[-1:]:
            yield f"in the end {place[1]} lacks {action}"
        if len(policies) != len(expected):
            yield f"at last {place[1]} of {place[0]} has {len(policies)} policies instead of {len(expected)}"
