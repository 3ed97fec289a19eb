"""A walk: every move once, in some order, with calls that fail in between; after each run the stage is asked."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Final

from sandbox import Sandbox
from tests.assurance.changes import MOVES
from tests.assurance.program import ROLES, UserProgram
from tests.outcomes import FAILED, Seen
from tests.stage import Row, Stage, Update

OF_A_ROLE: Final = ("PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy")
FAILING: Final = (*OF_A_ROLE, "CreatePolicy", "DeletePolicy", "CreatePolicyVersion")
AFTER: Final = ("the same again", "revert", "change again")
CHANCE: Final = 0.5
"""Of a run, to write aliases."""
TRIES: Final = 12
# Where none of the moves that are left can be made, these are the likelier ones: they make others possible.
WAITED_FOR: Final = ("begin a fleet", "append", "remove from the front") * 8


class Walk:
    """A program that is changed and run again; `happened` counts what did, `history` has it in order.

    `now` is the program of the last run, `good` that of the last one that succeeded.
    """

    def __init__(self, box: Sandbox, random: Random) -> None:
        """Begin with nothing declared."""
        self.stage = Stage(box, {"walk": Row([])}, ours=True)
        self.random = random
        self.now = self.good = UserProgram()
        self.happened: Counter[str] = Counter()
        self.history: list[str] = []
        self._failing = itertools.cycle(each for action in FAILING for each in ("", action))
        self._after = itertools.cycle(AFTER)

    def go(self) -> Seen:
        """Make every move, until every way to go on has been taken too; what cannot be made yet is made later.

        Return what became of the last run, whose program differs only in that it has no aliases.
        """
        for name in ("insert at the front", "append", "begin a fleet"):
            self.make(name)
        while not self.happened.keys() >= {*MOVES, *AFTER}:
            left = [name for name in MOVES if not self.happened[name]]
            self.random.shuffle(left)
            groups = (left[start : start + self.random.choice((1, 2, 3))] for start in range(len(left)))
            if not any(self.make(*names) for names in groups):
                self.make(self.random.choice((*MOVES, *WAITED_FOR)))
        return self.run(replace(self.now, aliased=False), "no aliases")

    def make(self, *names: str) -> bool:
        """Make moves in one run, and after one that fails another; return whether the moves could be made."""
        program = self._made(names)
        if program is None:
            return False
        self.happened.update(names)
        denied = next(self._failing)
        role = self.random.choice(("", *ROLES)) if denied in OF_A_ROLE else ""
        if FAILED in self.run(program, " and ".join(names), denied, role).wrong:
            # Pulumi takes such a document for written; the page about a crash says `--refresh`.
            self._go_on(refresh=denied == "CreatePolicyVersion")
        return True

    def run(self, program: UserProgram, what: str, denied: str = "", role: str = "", *, refresh: bool = False) -> Seen:
        """Run a program, in which nothing is lost, and nothing but a denied call fails."""
        self.history.append(f"{what}{f', {denied} {role} fails' if denied else ''}: {program}")
        update = Update(program.items, denied, role)
        seen = self.stage.update({"walk": update}, refresh=refresh, parallel=None)["walk"]
        succeeded = FAILED not in seen.wrong
        assert seen.wrong == ([] if succeeded else [FAILED]), "\n".join([*self.history, *map(str, seen.wrong)])
        self.now = program.ran(succeeded=succeeded)
        if succeeded:
            self.good = self.now
        return seen

    def _go_on(self, *, refresh: bool) -> None:
        how = next(self._after)
        self.happened[how] += 1
        program = self.now
        if how == "revert":
            program = replace(self.good, fleet_aliases=self.now.fleet_aliases)
            program = program if program.is_allowed else replace(program, aliased=False)
        if how == "change again":
            program = next(filter(None, (self._made([self.random.choice(list(MOVES))]) for _ in range(99))))
        self.run(program, how, refresh=refresh)

    def _made(self, names: Sequence[str]) -> UserProgram | None:
        """Return a program that these moves make of the present one, if they can and it is allowed."""
        for _ in range(TRIES):
            program = replace(self.now, aliased=self.random.random() < CHANCE)
            for name in names:
                found = list(MOVES[name](program))
                if not found:
                    return None
                program = self.random.choice(found).named()
            if program.is_allowed:
                return program
        return None
