"""An oracle for the check: each sentence of a preview and of an update is compared with what IAM says afterwards.

A walk changes the program, the role, its account's SCPs and, by hand, what the component has written.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any, Final, cast

import pulumi
import pytest

from pulumi_ssm_perms import SessionManagerManagedPolicy, SessionManagerPermissions, _invokes
from sandbox import Sandbox, evaluation
from tests.answers import HEARTBEAT
from tests.documents import CHANNEL_ACTIONS, allow, policy
from tests.engine.checked import Told, told
from tests.engine.truth import BOUNDARIES, Declared, Role, Truth, facts, read
from tests.on_engine import READY, writes
from tests.worlds import ONE_REGION, OWN_BEFORE, SPOILT, when

STEPS: Final = 12
# Together their walks meet every cause.
SEEDS: Final = {"inline": 1, "fleet": 4}
# What is written by hand into the component's policy, or that it is not there.
BY_HAND: Final[Sequence[Any]] = (None, SPOILT, OWN_BEFORE, READY, policy(allow(CHANNEL_ACTIONS[:3])))
Statement = Callable[[Any], Any]
CONDITIONS: Final[Sequence[Statement]] = (
    lambda statement: statement,
    lambda statement: when(statement, "StringNotEquals", "aws:RequestedRegion", "eu-west-1"),
    lambda statement: when(statement, "StringNotEquals", "aws:SourceVpc", "vpc-1"),
    lambda statement: when(statement, "Bool", "aws:SecureTransport", "false"),
)


def inline(name: str, opts: pulumi.ResourceOptions, level: Any, declared: Declared) -> Any:
    """Declare an inline policy."""
    exact = "fixed" if declared.named else None
    return SessionManagerPermissions(name, role="web", check=level, policy_name=exact, opts=opts, **declared.grants)


def attached(name: str, opts: pulumi.ResourceOptions, level: Any, declared: Declared) -> Any:
    """Declare a managed policy."""
    path = "/other/" if declared.named else None
    return SessionManagerManagedPolicy(name, roles=["web"], check=level, path=path, opts=opts, **declared.grants)


def program(kind: Callable[..., Any], level: str, declared: Declared) -> None:
    """Declare the component, by another name or in another place."""
    parent = pulumi.ComponentResource("app:index:Team", "team") if declared.moved else None
    made = kind("node" if declared.renamed else "app", pulumi.ResourceOptions(parent=parent), level, declared)
    pulumi.export("name", made.policy_name)
    pulumi.export("denied_actions", made.denied_actions)


def of_role(denied: Any) -> list[str]:
    """Return the denied actions of the one role, of which a fleet says which it is."""
    found: Any = cast("Any", denied).get("web") if isinstance(denied, dict) else denied
    return sorted(found or [])


class Walk:
    """A walk; `on` is what is switched on, of the program and of the role."""

    def __init__(self, box: Sandbox, kind: Callable[..., Any], random: Random) -> None:
        """Begin with nothing."""
        self.box, self.kind, self.random = box, kind, random
        self.role = Role(box)
        self.on: dict[str, bool] = {}
        self.name = ""
        self.seen: set[str] = set()
        self.wrong: list[str] = []

    def go(self, steps: int = STEPS) -> None:
        """Switch the heartbeat on and off under each name, then change one thing or two at random."""
        for changed in (["heartbeat"], ["heartbeat"], ["heartbeat", "named"], ["heartbeat"]):
            self._step(changed)
        choices = ["heartbeat", "heartbeat", "key", "renamed", "moved", "named", *self._of_others, "by hand", "by hand"]
        for _ in range(steps):
            self._step(self.random.sample(choices, self.random.choice((1, 1, 2, 3))))

    @property
    def _of_others(self) -> Mapping[str, Callable[[bool], None]]:
        role, choose = self.role, self.random.choice
        actions = [*CHANNEL_ACTIONS, HEARTBEAT, "kms:Decrypt"]

        def deny() -> Any:
            return policy(choose(CONDITIONS)({**allow([choose(actions)]), "Effect": "Deny"}))

        return {
            "deny": lambda on: role.put("no", deny() if on else None),
            "bound": lambda on: role.bound(choose([*BOUNDARIES]) if on else ""),
            "attach": lambda on: role.attach(on=on),
            "service": lambda on: role.use("codebuild" if on else "ec2"),
            "scps": lambda on: role.limit(choose([ONE_REGION, [policy(allow(["ssm:*", "kms:*"]))]]) if on else ()),
            "other stack": lambda on: self._other(on=on),
        }

    def _other(self, *, on: bool) -> None:
        """Let a component of the same name in another stack grant the heartbeat, or no more."""
        self.box.stack(partial(program, self.kind, "disabled", Declared(heartbeat=on)), name="other").up()

    def _step(self, changed: Sequence[str]) -> None:
        """Make the changes, and compare what a preview and an update say with what is true then."""
        for name in sorted({*changed} - {"by hand"}):
            self.on[name] = not self.on.get(name, False)
            if change := self._of_others.get(name):
                change(self.on[name])
        by_hand = "by hand" in changed and bool(self.name)
        if by_hand:
            self.role.spoil(self.name, self.random.choice(BY_HAND))
        declared = Declared(**{name: self.on.get(name, False) for name in Declared._fields})
        before, name = self.role.policies(), self.name
        level = self.random.choice(("advisory", "mandatory"))
        preview = told(self._stack(level, declared), "preview")
        if any(cause.startswith(("BOUNDARY", "DENIED")) for cause, _ in self._truth(before, declared).granted()):
            self.box.forget()
            assert told(self._stack("mandatory", declared), "up").failed
            assert writes(self.box) == []
        update = told(self._stack("advisory", declared), "up")
        self.name = str(self._stack("advisory", declared).outputs()["name"].value)
        after = self.role.policies()
        kept = [*after, *(each for each in before if each.id not in {left.id for left in after})]
        asked = [CHANNEL_ACTIONS if name == self.name else (), [action for action, _, _ in declared.calls]]
        was, now = self._truth(before, declared), self._truth(kept, declared)
        assert by_hand or [*was.granted()] == [*now.granted()]
        expected = facts(was, asked[0], preview=True)
        ends = level == "mandatory" and any(each.startswith(("BOUNDARY", "DENIED", "TAKEN")) for each in expected[0])
        self._compare(f"{changed} of {self.on}, {level} preview", preview, *expected, ends=ends)
        self._compare(f"{changed} of {self.on}, update", update, *facts(now, asked[1], preview=False))
        if by_hand:
            self._stack("advisory", declared).up(refresh=True)
            self.name = str(self._stack("advisory", declared).outputs()["name"].value)

    def _truth(self, policies: Sequence[evaluation.Policy], declared: Declared) -> Truth:
        own = f"role_web_{self.name}" if self.kind is inline else self.name
        return Truth(self.role, policies, own, declared)

    def _compare(self, step: str, run: Told, said: set[str], denied: list[str], *, ends: bool = False) -> None:
        self.seen |= {each.split()[0] for each in said}
        # A run that ends writes nothing, so it doesn't say what is allowed.
        said = {each for each in said if not (ends and each.startswith("ALLOWED"))}
        found = {each for line in run.lines for each in read(line)}
        if found != said or run.failed != ends or (not ends and of_role(run.denied) != denied):
            self.wrong.append(
                f"{step}: {sorted(found)}, {run.denied}, {run.failed}; but {sorted(said)}, {denied}, {ends}"
            )

    def _stack(self, level: str, declared: Declared) -> Any:
        return self.box.stack(partial(program, self.kind, level, declared))


KINDS: Final = {"inline": inline, "fleet": attached}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_check_says_is_what_iam_says_afterwards(
    box: Sandbox, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`denied_actions` and each line of a preview and of an update are true of the role after the update."""
    monkeypatch.setattr(_invokes, "PAUSES", [0] * len(_invokes.PAUSES))
    walk = Walk(box, KINDS[kind], Random(SEEDS[kind]))
    walk.go()

    assert walk.wrong == [], "\n".join(walk.wrong)
    assert walk.seen >= {"ALLOWED", "TAKEN_AWAY", "NO_HEARTBEAT", "DENIED", "BOUNDARY", "SCP"}
