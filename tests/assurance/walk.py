"""A walk: every move once, in some order, with calls that fail in between; after each run the measure is asked."""

import itertools
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final

from sandbox import Sandbox
from tests.assurance.changes import MOVES
from tests.assurance.deployment import Deployment, Failing
from tests.assurance.program import Program

INLINE: Final = ("PutRolePolicy", "DeleteRolePolicy")
MANAGED: Final = ("AttachRolePolicy", "DetachRolePolicy", "CreatePolicy", "DeletePolicy", "CreatePolicyVersion")
FAILING: Final = [Failing(action, skip) for skip in (0, 1) for action in (*INLINE, *MANAGED)]
AFTER: Final = ("the same again", "revert", "change again")
TRIES: Final = 12
# Where none of the moves that are left can be made, these are the likelier ones: they make others possible.
WAITED_FOR: Final = ("begin a fleet", "rename with an alias") * 8


class Walk:
    """A program that is changed and run again; `happened` counts what did, `history` has it in order."""

    def __init__(self, box: Sandbox, random: Random) -> None:
        """Begin with nothing declared."""
        self.deployment = Deployment(box)
        self.random = random
        self.happened: Counter[str] = Counter()
        self.history: list[str] = []
        self._failing = itertools.cycle(each for failing in FAILING for each in (None, failing))
        self._after = itertools.cycle(AFTER)

    def go(self) -> None:
        """Make every move, until every way to go on has been taken too; what cannot be made yet is made later."""
        for name in ("insert at the front", "append", "begin a fleet"):
            self.make(name)
        while not self.happened.keys() >= {*MOVES, *AFTER}:
            left = [name for name in MOVES if not self.happened[name]]
            self.random.shuffle(left)
            groups = (left[start : start + self.random.choice((1, 2, 3))] for start in range(len(left)))
            if not any(self.make(*names) for names in groups):
                self.make(self.random.choice((*MOVES, *WAITED_FOR)))

    def make(self, *names: str) -> bool:
        """Make moves in one run, and after one that fails another; return whether the moves could be made."""
        program = self._made(names)
        if program is None:
            return False
        self.happened.update(names)
        failing = next(self._failing)
        if not self.run(program, " and ".join(names), failing):
            # Pulumi takes such a document for written; the page about a crash says `--refresh`.
            self._go_on(program, refresh=failing is not None and failing.action == "CreatePolicyVersion")
        return True

    def run(self, program: Program, what: str, failing: Failing | None = None, *, refresh: bool = False) -> bool:
        """Run a program and ask the measure; return whether the run succeeded."""
        there = self.deployment
        self.history.append(f"{what}{f', {failing.action} fails' if failing else ''}: {program}")
        begin = len(there.box.writes)
        same = program == there.good == there.now
        succeeded = there.deploy(program, failing=failing, refresh=refresh)
        assert there.gaps == [], self.story()
        if succeeded:
            # Aliases may be left in the program for some runs more.
            if "alias" not in what:
                there.now = self.random.choice([there.now, there.good])
            assert there.wrong() == {}, self.story()
            assert not same or len(there.box.writes) == begin, self.story()
        return succeeded

    def _go_on(self, program: Program, *, refresh: bool) -> None:
        how = next(self._after)
        self.happened[how] += 1
        if how == "revert":
            program = self.deployment.with_aliases(self.deployment.good)
        if how == "change again":
            program = next(filter(None, (self._made([self.random.choice(list(MOVES))]) for _ in range(99))))
        self.run(program, how, refresh=refresh)

    def _made(self, names: Sequence[str]) -> Program | None:
        """Return a program that these moves make of the present one, if they can and the documentation allows it."""
        for _ in range(TRIES):
            program = self.deployment.now
            for name in names:
                found = list(MOVES[name](program))
                if not found:
                    return None
                program = self.random.choice(found).named()
            program = self.deployment.with_aliases(program)
            if self.deployment.allows(program):
                return program
        return None

    def story(self) -> str:
        """Tell what was run, and what the measure says of it."""
        return "\n".join([*self.history, f"gaps {self.deployment.gaps}", f"wrong {self.deployment.wrong()}"])
