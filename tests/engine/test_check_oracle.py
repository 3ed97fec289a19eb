"""An oracle for the check: each sentence of a preview and of an update is compared with what IAM says afterwards.

A walk changes the program, the role, its account's SCPs and, by hand, what the component has written; and it makes
updates that leave the policy out, or whose writes fail.
"""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import pytest

from sandbox import Fault, Sandbox
from tests.answers import HEARTBEAT
from tests.components import PERMISSIONS, Kind
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.engine.checked import Told, heard
from tests.engine.truth import (
    BOUNDARIES,
    DENIED,
    ENDING,
    LIMITED,
    MISSING,
    NOBODY,
    OWN_DENY,
    SCP,
    SILENCED,
    TAKEN,
    State,
    Truth,
    judge,
    make_so,
    policies_of,
    spoil,
)
from tests.fleets import FLEET
from tests.on_engine import READY, watch
from tests.world import NO_CHANNELS, ONE_REGION, OWN_BEFORE, SPOILT, deny, when

STEPS: Final = 12
# Its walk meets every cause.
SEED: Final = 2
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
WRITES: Final = ("PutRolePolicy", "CreatePolicy", "CreatePolicyVersion", "AttachRolePolicy")
LEFT_OUT: Final = ["**:RolePolicy::**", "**:Policy::**", "**:RolePolicyAttachment::**"]


class Walk:
    """A walk from a role that may do nothing."""

    def __init__(self, box: Sandbox, kind: Kind, random: Random) -> None:
        """Begin with nothing."""
        self.box, self.kind, self.random = box, kind, random
        # The own policy's name, and as what it was written.
        self.state, self.name, self.written = State(), "", ("", False)
        self.seen: set[str] = set()
        self.wrong: list[str] = []
        box.create_role("web")
        for name, document in BOUNDARIES.items():
            box.client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(document))

    @property
    def component(self) -> str:
        """The component's name. Under another one, without an alias, an exact name would be lost in the end."""
        return "node" if self.state.renamed and not (self.kind is PERMISSIONS and self.state.named) else "app"

    def go(self, steps: int = STEPS) -> None:
        """Switch the heartbeat on and off under each name, then change one thing or two at random."""
        for changed, how in ((["heartbeat"], ""), (["heartbeat"], "failed"), (["heartbeat", "named"], "")):
            self._step(changed, how)
        self._step(["heartbeat"])
        choices = [*CHOICES, "heartbeat", "deny", "boundary", "scps", "by hand", "by hand"]
        for _ in range(steps):
            how = self.random.choice(("", "", "left out", "failed"))
            self._step(self.random.sample(choices, self.random.choice((1, 1, 2, 3))), how)

    def _step(self, changed: Sequence[str], how: str = "") -> None:
        """Make the changes, and compare what a preview and an update say with what is true then."""
        self._change({*changed} - {"by hand"})
        if "by hand" in changed and self.name:
            spoil(self.box, self.name, self.random.choice(BY_HAND))
        step, level = f"{changed} {how} {self.state}", self.random.choice(("advisory", "mandatory"))
        # A component that gets an exact name deletes its old policy first.
        replaced = self.kind is PERMISSIONS and self.state.named and self.written == (self.component, False)
        deleted_first = f"role_web_{self.name}" if replaced else ""
        options: Any = {"exclude": LEFT_OUT} if how == "left out" else {}
        before = self._truth(self._known_name(how, preview=True))
        causes = self._compare(f"preview, {step}", self._run(level, "preview", **options), before, level)
        if causes & (ENDING - {TAKEN}):
            self.box.forget()
            assert (self._run("mandatory", "up", **options).failed, self.box.writes) == (True, [])
        if how == "failed":
            for action in WRITES:
                self.box.fail(action, Fault.denied())
            options = {"continue_on_error": True}
        update = self._run("advisory", "up", **options)
        self.box.clear_faults()
        is_written = not update.failed and how != "left out"
        after = self._truth(self.name if is_written else self._known_name(how, preview=False))
        self._compare(f"update, {step}", update, after.before_deletions(before, deleted_first))
        if how or "by hand" in changed:
            repaired = self._run("advisory", "up", refresh=True)
            now = self._truth(self.name).before_deletions(after, deleted_first)
            assert MISSING not in self._compare(f"refresh, {step}", repaired, now)

    def _change(self, names: set[str]) -> None:
        for name in sorted(names):
            first = State._field_defaults[name]
            is_first = getattr(self.state, name) == first
            self.state = self.state._replace(**{name: self.random.choice(CHOICES[name]) if is_first else first})
        make_so(self.box, self.state)

    def _known_name(self, how: str, *, preview: bool) -> str:
        """Return the name of the own policy, as far as a run knows it: an exact one, and one that it does not write.

        An update whose write fails knows how a generated name looks.
        """
        component, named = self.written
        if how == "failed" and not preview:
            exact = self.kind is PERMISSIONS and (named or self.state.named)
            return "" if exact or component != self.component else self.name
        if component == self.component and (named == self.state.named or how == "left out"):
            return self.name
        return "fixed" if self.kind is PERMISSIONS and self.state.named else ""

    def _truth(self, name: str) -> Truth:
        return Truth(self.state, policies_of(self.box), f"role_web_{name}" if self.kind is PERMISSIONS else name)

    def _run(self, level: str, command: str, **options: Any) -> Told:
        inputs = {"check": level, **self.state.grants, **(NAMED[self.kind] if self.state.named else {})}
        program = self.kind.exporting(inputs, None, self.component)
        run = watch(self.box.stack(program), command, **options)
        if command == "up" and not run.failed and "exclude" not in options:
            self.name, self.written = run.outputs["policy_name"], (self.component, self.state.named)
        denied: Any = run.outputs.get("denied_actions")
        one = denied.get("web") if isinstance(denied, dict) else denied
        said = heard(run)
        return Told([line for line in said.lines if not line.startswith("error: ")], sorted(one or []), said.failed)

    def _compare(self, step: str, run: Told, truth: Truth, level: str = "") -> set[str]:
        """Compare a run with what is true, with the document if it is a preview, which has a level; return causes."""
        found = judge(
            truth.with_document() if level else truth, run.lines, before=bool(level), ended=bool(level) and run.failed
        )
        self.seen |= found.causes
        wrong = [*found.wrong]
        if level and run.failed != (level == "mandatory" and bool(found.causes & ENDING)):
            wrong.append(f"failed: {run.failed}")
        if not run.failed and run.denied != found.denied:
            wrong.append(f"{run.denied} listed, but {found.denied}")
        self.wrong += [f"{step}: {each}" for each in wrong]
        return found.causes


@pytest.mark.usefixtures("without_pauses")
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_check_says_is_what_iam_says_afterwards(box: Sandbox, kind: str) -> None:
    """`denied_actions` and each line of a preview and of an update are true, and nothing that is denied is left out."""
    walk = Walk(box, KINDS[kind], Random(SEED))
    walk.go()

    assert walk.wrong == [], "\n".join(walk.wrong)
    assert walk.seen == {DENIED, LIMITED, SCP, MISSING, OWN_DENY, NOBODY, SILENCED, TAKEN}
