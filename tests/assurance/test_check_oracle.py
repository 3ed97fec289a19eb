"""An oracle for the check: each sentence of a preview and of an update is compared with what is true at its question.

A walk changes the program, the role, its account's SCPs and, by hand, what the component has written; and it makes
updates that leave the policy out, or whose writes fail.
"""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import pytest

from sandbox import Fault, Sandbox, evaluation
from tests.answers import HEARTBEAT
from tests.assurance.extent import SEEDS, extent
from tests.assurance.truth import (
    BOUNDARIES,
    DENIED,
    ENDING,
    LIMITED,
    NOBODY,
    SCP,
    SILENCED,
    SILENCED_BY_LIMIT,
    TAKEN,
    State,
    Truth,
    judge,
    make_so,
    policies_of,
    spoil,
)
from tests.checked import Told, heard
from tests.components import PERMISSIONS, Kind
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.fleets import FLEET
from tests.on_engine import watch
from tests.world import NO_CHANNELS, NO_DATA, ONE_REGION, OWN_BEFORE, READY, deny, when

STEPS: Final = extent(12, 60)
# The walk of every day meets every cause.
SEED: Final = 2
# What is written by hand into the component's policy, or that it is not there.
BY_HAND: Final[Sequence[Any]] = (None, NO_DATA, OWN_BEFORE, READY, policy(allow(CHANNEL_ACTIONS[:3])))
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

    def go(self) -> None:
        """Switch the heartbeat on and off under each name, then change one thing or two at random."""
        for changed, how in ((["heartbeat"], ""), (["heartbeat"], "failed"), (["heartbeat", "named"], "")):
            self._step(changed, how)
        self._step(["heartbeat"])
        choices = [*CHOICES, "heartbeat", "deny", "boundary", "scps", "by hand", "by hand"]
        for _ in range(STEPS):
            how = self.random.choice(("", "", "left out", "failed"))
            self._step(self.random.sample(choices, self.random.choice((1, 1, 2, 3))), how)

    def _step(self, changed: Sequence[str], how: str = "") -> None:
        """Make the changes, and compare what a preview and updates say with what is true then."""
        self._change({*changed} - {"by hand"})
        if "by hand" in changed and self.name:
            spoil(self.box, self.name, self.random.choice(BY_HAND))
        step, level = f"{changed} {how} {self.state}", self.random.choice(("advisory", "mandatory"))
        left_out: Any = {"exclude": LEFT_OUT} if how == "left out" else {}
        before = policies_of(self.box)
        preview = self._run(level, "preview", **left_out)
        self._compare(f"preview, {step}", preview, self._known_name(how, preview=True), before, level=level)
        exact = self._known_name(how, preview=False)
        if how != "failed":
            self.box.forget()
            update = self._run("mandatory", "up", **left_out)
            self._compare(f"update, {step}", update, exact, before, level="mandatory")
            assert not update.failed or self.box.writes == []
        else:
            for action in WRITES:
                self.box.fail(action, Fault.denied())
        # It asks beside its own write.
        update = self._run("advisory", "up", **left_out, **({"continue_on_error": True} if how == "failed" else {}))
        self.box.clear_faults()
        self._compare(f"advisory update, {step}", update, exact, before, policies_of(self.box))
        if how or "by hand" in changed:
            assert not self._run("advisory", "up", refresh=True).failed

    def _change(self, names: set[str]) -> None:
        for name in sorted(names):
            first = State._field_defaults[name]
            is_first = getattr(self.state, name) == first
            self.state = self.state._replace(**{name: self.random.choice(CHOICES[name]) if is_first else first})
        make_so(self.box, self.state)

    def _known_name(self, how: str, *, preview: bool) -> str:
        """Return the name of the own policy, as far as a run knows it.

        Both know an exact one, and a preview that of a policy which it keeps.
        """
        is_exact = self.kind is PERMISSIONS and self.state.named
        if preview and self.written[0] == self.component and (self.written[1] == self.state.named or how == "left out"):
            return self.name
        return "fixed" if is_exact else ""

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

    def _compare(
        self, step: str, run: Told, own: str, *policies: Sequence[evaluation.Policy], level: str = "advisory"
    ) -> None:
        """Compare a run with what is true of the role with the document, and any of these policies."""
        own = own and (f"role_web_{own}" if self.kind is PERMISSIONS else own)
        ended = level == "mandatory" and run.failed
        truths = [Truth.with_document(self.state, each, own) for each in policies]
        judged = min((judge(truth, run.lines, ended=ended) for truth in truths), key=lambda each: len(each.wrong))
        self.seen |= judged.causes
        wrong = [*judged.wrong]
        if level == "mandatory" and run.failed != bool(judged.causes & ENDING):
            wrong.append(f"failed: {run.failed}")
        if not run.failed and run.denied != judged.denied:
            wrong.append(f"{run.denied} listed, but {judged.denied}")
        self.wrong += [f"{step}: {each}" for each in wrong]


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("without_pauses")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", extent([SEED], [*map(int, SEEDS)]))
def test_what_a_check_says_is_true_before_the_write(box: Sandbox, seed: int, kind: str) -> None:
    """`denied_actions` and each line are true of the role with the policy, and nothing that is denied is left out.

    That holds in whatever order things change. `make assurance SEEDS=…` repeats a walk.
    """
    walk = Walk(box, KINDS[kind], Random(seed))
    walk.go()

    assert walk.wrong == [], "\n".join(walk.wrong)
    assert walk.seen >= extent({DENIED, LIMITED, SCP, NOBODY, SILENCED, SILENCED_BY_LIMIT, TAKEN}, set())
