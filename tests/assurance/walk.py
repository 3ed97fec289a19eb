"""A walk: every move once, in some order, with calls that fail in between; after each run the measure is asked."""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

from sandbox import Sandbox
from tests.assurance.deployed import Failing, World
from tests.assurance.fleet_moves import FLEET
from tests.assurance.moves import INLINE, Move
from tests.assurance.world import Program

MOVES: Final[Mapping[str, Move]] = {**INLINE, **FLEET}
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
AFTER: Final = ("go on", "revert", "change again")
TRIES: Final = 12
# What makes a move possible that cannot be made yet; for others it is one more component.
FIRST: Final[Mapping[str, str]] = {
    **dict.fromkeys(FLEET, "begin_fleet"),
    "begin_fleet": "end_fleet",
    "append": "remove_from_the_front",
    "insert_at_the_front": "remove_from_the_front",
    "change_account": "use_a_transform",
    "change_accounts_and_the_list": "use_a_transform",
    "call_as_the_roles": "rename",
    "call_by_position": "call_as_the_roles",
    "name": "un_name",
    "nest": "un_nest",
    "un_nest": "nest",
    "use_an_old_name_anew": "rename_with_an_alias",
}


class Walk:
    """A program that is changed and run again; `happened` counts what did, `history` has it in order."""

    def __init__(self, box: Sandbox, random: Random, progress: Callable[[str], None] = lambda _: None) -> None:
        """Begin with nothing declared."""
        self.world = World(box)
        self.random = random
        self.happened: Counter[str] = Counter()
        self.history: list[str] = []
        self._progress = progress
        self._failing = itertools.cycle(FAILING)
        self._after = itertools.cycle(AFTER)
        self._armed = itertools.cycle((False, True))

    def go(self, moves: Sequence[str]) -> None:
        """Make every move, until every way to go on has been taken too; what cannot be made yet is made later."""
        for name in ("insert_at_the_front", "append", "begin_fleet"):
            self.make(name)
        left = list(moves)
        while left or not self.happened.keys() >= set(AFTER):
            names = left[: self.random.choice((1, 2, 3))] or ["name_otherwise"]
            if self.make(*names):
                del left[: len(names)]
            else:
                left.append(names[0])
                left.remove(names[0])
                self.world.now = self.world.good
                self.make(FIRST.get(names[-1], "append")) or self.make(self.random.choice(list(MOVES)))

    def make(self, *names: str) -> bool:
        """Make moves in one run, whatever becomes of it, and more runs until one succeeds; return whether it could."""
        program = self._made(names)
        if program is None:
            return False
        failing = next(self._failing) if next(self._armed) else None
        self.happened.update(names)
        if not self.run(program, " and ".join(names), failing):
            self._mend(program)
        return True

    def run(self, program: Program, what: str, failing: Failing | None = None) -> bool:
        """Run a program and ask the measure; return whether the run succeeded."""
        self.history.append(f"{what}{f', {failing.action} fails' if failing else ''}: {program}")
        self._progress(f"{len(self.history)} runs: {what}")
        begin = len(self.world.box.writes)
        same = program == self.world.good == self.world.now
        succeeded = self.world.deploy(program, failing=failing)
        assert self.world.gaps == [], self.story()
        if succeeded:
            # Aliases may be left in the program for some runs more.
            if "alias" not in what:
                self.world.now = self.random.choice([self.world.now, self.world.good])
            assert self.world.wrong() == {}, self.story()
            assert not same or len(self.world.box.writes) == begin, self.story()
        return succeeded

    def _mend(self, program: Program) -> None:
        how = next(self._after)
        self.happened[how] += 1
        if how == "revert":
            program = self.world.settled(self.world.good)
        if how == "change again":
            program = next(filter(None, (self._made([self.random.choice(list(INLINE))]) for _ in range(99))))
        self.run(program, how)

    def _made(self, names: Sequence[str]) -> Program | None:
        for _ in range(TRIES):
            program: Program | None = self.world.now
            for name in names:
                program = program and MOVES[name](program, self.random)
                program = program and program.named()
            if program and self.world.allows(program := self.world.settled(program)):
                return program
        return None

    def story(self) -> str:
        """Tell what was run, and what the measure says of it."""
        return "\n".join([*self.history, f"gaps {self.world.gaps}", f"wrong {self.world.wrong()}"])
