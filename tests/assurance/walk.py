"""A walk: every move once, in some order, with calls that fail in between; after each run the measure is asked."""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

from sandbox import Sandbox
from tests.assurance.deployment import Deployment, Failing
from tests.assurance.fleet_moves import FLEETS
from tests.assurance.moves import SINGLES, Move, NotYetError
from tests.assurance.program import Program

MOVES: Final[Mapping[str, Move]] = {**SINGLES, **FLEETS}
FAILING: Final = (
    Failing("PutRolePolicy"),
    Failing("DeleteRolePolicy"),
    Failing("AttachRolePolicy"),
    Failing("PutRolePolicy", 1),
    Failing("DetachRolePolicy"),
    Failing("DeleteRolePolicy", 1),
    Failing("CreatePolicy"),
    Failing("DeletePolicy"),
    Failing("DetachRolePolicy", 1),
    Failing("CreatePolicyVersion"),
    Failing("AttachRolePolicy", 1),
)
AFTER: Final = ("the same again", "revert", "change again")
TRIES: Final = 12
# What makes a move possible that cannot be made yet; for others it is one more component.
FIRST: Final[Mapping[str, str]] = {
    **dict.fromkeys(FLEETS, "begin a fleet"),
    "begin a fleet": "end the fleet",
    "append": "remove from the front",
    "insert at the front": "remove from the front",
    "change account": "use a transform, or none",
    "change accounts and the list": "use a transform, or none",
    "call as the roles": "rename",
    "call by position": "call as the roles",
    "give an exact name": "take the exact name away",
    "nest without an alias": "un-nest with an alias",
    "un-nest with an alias": "nest without an alias",
    "use an old name anew": "rename with an alias",
}


class Walk:
    """A program that is changed and run again; `happened` counts what did, `history` has it in order."""

    def __init__(self, box: Sandbox, random: Random, progress: Callable[[str], None] = lambda _: None) -> None:
        """Begin with nothing declared."""
        self.deployment = Deployment(box)
        self.random = random
        self.happened: Counter[str] = Counter()
        self.history: list[str] = []
        self._progress = progress
        self._failing = itertools.cycle(each for failing in FAILING for each in (None, failing))
        self._after = itertools.cycle(AFTER)

    def go(self, moves: Sequence[str]) -> None:
        """Make every move, until every way to go on has been taken too; what cannot be made yet is made later."""
        for name in ("insert at the front", "append", "begin a fleet"):
            self.make(name)
        left = list(moves)
        while left or not self.happened.keys() >= set(AFTER):
            names = left[: self.random.choice((1, 2, 3))] or ["give another exact name"]
            if self.make(*names):
                del left[: len(names)]
            else:
                left.append(left.pop(0))
                self.deployment.now = self.deployment.good
                self.make(FIRST.get(names[-1], "append")) or self.make(self.random.choice(list(MOVES)))

    def make(self, *names: str) -> bool:
        """Make moves in one run, and after one that fails another; return whether the moves could be made."""
        program = self._made(names)
        if program is None:
            return False
        self.happened.update(names)
        if not self.run(program, " and ".join(names), next(self._failing)):
            self._go_on(program)
        return True

    def run(self, program: Program, what: str, failing: Failing | None = None) -> bool:
        """Run a program and ask the measure; return whether the run succeeded."""
        there = self.deployment
        self.history.append(f"{what}{f', {failing.action} fails' if failing else ''}: {program}")
        self._progress(f"{len(self.history)} runs: {what}")
        begin = len(there.box.writes)
        same = program == there.good == there.now
        succeeded = there.deploy(program, failing=failing)
        assert there.gaps == [], self.story()
        if succeeded:
            # Aliases may be left in the program for some runs more.
            if "alias" not in what:
                there.now = self.random.choice([there.now, there.good])
            assert there.wrong() == {}, self.story()
            assert not same or len(there.box.writes) == begin, self.story()
        return succeeded

    def _go_on(self, program: Program) -> None:
        how = next(self._after)
        self.happened[how] += 1
        if how == "revert":
            program = self.deployment.with_aliases(self.deployment.good)
        if how == "change again":
            program = next(filter(None, (self._made([self.random.choice(list(SINGLES))]) for _ in range(99))))
        self.run(program, how)

    def _made(self, names: Sequence[str]) -> Program | None:
        for _ in range(TRIES):
            program = self.deployment.now
            try:
                for name in names:
                    program = MOVES[name](program, self.random).named()
            except NotYetError:
                continue
            program = self.deployment.with_aliases(program)
            if self.deployment.allows(program):
                return program
        return None

    def story(self) -> str:
        """Tell what was run, and what the measure says of it."""
        return "\n".join([*self.history, f"gaps {self.deployment.gaps}", f"wrong {self.deployment.wrong()}"])
