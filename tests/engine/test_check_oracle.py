"""An oracle for the check: each sentence of a preview and of an update is compared with what IAM says afterwards.

A walk changes the program, the role, its account's SCPs and, by hand, what the component has written.
"""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import pytest

from sandbox import Sandbox, evaluation
from tests.answers import HEARTBEAT
from tests.components import PERMISSIONS, Kind
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.engine.checked import Told, heard
from tests.engine.truth import (
    BOUNDARIES,
    BOUNDARY,
    DENIED,
    OWN_DENY,
    SCP,
    TAKEN,
    State,
    Truth,
    make_so,
    policies_of,
    spoil,
)
from tests.fleets import FLEET
from tests.on_engine import READY, watch
from tests.sentences import lines_of
from tests.world import NO_CHANNELS, ONE_REGION, OWN_BEFORE, SPOILT, Said, deny, when

STEPS: Final = 12
# Its walk meets every cause.
SEED: Final = 1
# What is written by hand into the component's policy, or that it is not there.
BY_HAND: Final[Sequence[Any]] = (None, SPOILT, OWN_BEFORE, READY, policy(allow(CHANNEL_ACTIONS[:3])))
DENIES: Final = [deny(action) for action in (*CHANNEL_ACTIONS, HEARTBEAT, "kms:Decrypt")]
CONDITIONS: Final = (
    ("StringNotEquals", "aws:RequestedRegion", "eu-west-1"),
    ("StringNotEquals", "aws:SourceVpc", "vpc-1"),
    ("Bool", "aws:SecureTransport", "false"),
)
# What a part of the state can become, and after that what it was at first.
CHOICES: Final[Mapping[str, Sequence[Any]]] = {
    **{name: [True] for name, value in State()._asdict().items() if value is False},
    "deny": [policy(each) for no in DENIES for each in (no, *(when(no, *condition) for condition in CONDITIONS))],
    "boundary": [*BOUNDARIES],
    "ready": [READY],
    "scps": [ONE_REGION, NO_CHANNELS],
}


KINDS: Final = {"inline": PERMISSIONS, "fleet": FLEET}
NAMED: Final[Mapping[Kind, Mapping[str, str]]] = {PERMISSIONS: {"policy_name": "fixed"}, FLEET: {"path": "/other/"}}


class Walk:
    """A walk from a role that may do nothing."""

    def __init__(self, box: Sandbox, kind: Kind, random: Random) -> None:
        """Begin with nothing."""
        self.box, self.kind, self.random = box, kind, random
        self.state, self.name = State(), ""
        self.seen: set[str] = set()
        self.wrong: list[str] = []
        box.create_role("web")
        for name, document in BOUNDARIES.items():
            box.client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(document))

    def go(self, steps: int = STEPS) -> None:
        """Switch the heartbeat on and off under each name, then change one thing or two at random."""
        for changed in (["heartbeat"], ["heartbeat"], ["heartbeat", "named"], ["heartbeat"]):
            self._step(changed)
        choices = [*CHOICES, "heartbeat", "deny", "boundary", "scps", "by hand", "by hand"]
        for _ in range(steps):
            self._step(self.random.sample(choices, self.random.choice((1, 1, 2, 3))))

    def _step(self, changed: Sequence[str]) -> None:
        """Make the changes, and compare what a preview and an update say with what is true then."""
        self._change({*changed} - {"by hand"})
        by_hand = "by hand" in changed and bool(self.name)
        if by_hand:
            spoil(self.box, self.name, self.random.choice(BY_HAND))
        before, name = policies_of(self.box), self.name
        level = self.random.choice(("advisory", "mandatory"))
        preview = self._run(level, "preview")
        if self._truth(before).ends:
            self.box.forget()
            assert (self._run("mandatory", "up").failed, self.box.writes) == (True, [])
        update = self._run("advisory", "up")
        after = policies_of(self.box)
        kept = [*after, *(each for each in before if each.id not in {left.id for left in after})]
        was, now = self._truth(before), self._truth(kept)
        assert by_hand or was.denied == now.denied
        ends = level == "mandatory" and (was.ends or was.heartbeat[0] == TAKEN)
        self.seen |= {each.heartbeat[0] for each in (was, now)} | {cause for cause, *_ in (*was.denied, *now.denied)}
        expected = was.said(CHANNEL_ACTIONS if name == self.name else (), preview=True)
        self._compare(f"{changed}, {level} preview", preview, expected, ends=ends)
        granted = [action for action, *_ in self.state.calls]
        self._compare(f"{changed}, update", update, now.said(granted, preview=False))
        if by_hand:
            self._run("advisory", "up", refresh=True)
            assert self._truth(policies_of(self.box)).missing(granted) == {}

    def _change(self, names: set[str]) -> None:
        for name in sorted(names):
            first = State._field_defaults[name]
            is_first = getattr(self.state, name) == first
            self.state = self.state._replace(**{name: self.random.choice(CHOICES[name]) if is_first else first})
        make_so(self.box, self.state)

    def _truth(self, policies: Sequence[evaluation.Policy]) -> Truth:
        return Truth(self.state, policies, f"role_web_{self.name}" if self.kind is PERMISSIONS else self.name)

    def _run(self, level: str, command: str, **options: Any) -> Told:
        inputs = {"check": level, **self.state.grants, **(NAMED[self.kind] if self.state.named else {})}
        program = self.kind.exporting(inputs, None, "node" if self.state.renamed else "app")
        run = watch(self.box.stack(program), command, **options)
        if command == "up" and not run.failed:
            self.name = run.outputs["policy_name"]
        denied: Any = run.outputs.get("denied_actions")
        one = denied.get("web") if isinstance(denied, dict) else denied
        return heard(run)._replace(denied=sorted(one or []))

    def _compare(self, step: str, run: Told, said: Said, *, ends: bool = False) -> None:
        expected = Told(lines_of(said, ends=ends), run.denied if ends else said.denied, ends)
        if run != expected:
            self.wrong.append(f"{step} of {self.state}: {run}; but {expected}")


@pytest.mark.usefixtures("without_pauses")
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_check_says_is_what_iam_says_afterwards(box: Sandbox, kind: str) -> None:
    """`denied_actions` and each line of a preview and of an update are true of the role after the update."""
    walk = Walk(box, KINDS[kind], Random(SEED))
    walk.go()

    assert walk.wrong == [], "\n".join(walk.wrong)
    assert walk.seen >= {TAKEN, SCP, DENIED, BOUNDARY, OWN_DENY}
