"""The lockout proof: whatever a program becomes, in whatever order, no role is without what it is to keep."""

import dataclasses
from collections.abc import Callable
from typing import Any, Final, cast

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sandbox import Sandbox
from tests.assurance.extent import LONG, extent
from tests.assurance.world import GRANTS, ROLES, Declaration, World

names = st.sampled_from(["one", "two", "three"])
parents = st.sampled_from(["", "left", "right"])
roles = st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True).map(tuple)
grants = st.sampled_from(GRANTS)
policy_names = st.sampled_from(["", "sessions", "shells"])
descriptions = st.sampled_from(["", "Sessions", "Shells"])
declarations = st.builds(
    Declaration,
    managed=st.booleans(),
    name=names,
    parent=parents,
    roles=roles,
    grants=grants,
    policy_name=policy_names,
    description=descriptions,
)


class Program(RuleBasedStateMachine):
    """A program that is changed and run again, in random order; every rule is one `pulumi up`."""

    def __init__(self, box: Sandbox, counted: list[str], progress: Callable[[str], None]) -> None:
        """Begin in a sandbox of its own roles; `counted` gets a line for each run, `progress` is told of some."""
        super().__init__()
        self.world = World(box)
        self.counted = counted
        self.progress = progress

    def become(self, **changes: Any) -> None:
        """Change the program and run it."""
        self.counted.append(", ".join(changes))
        if len(self.counted) % 20 == 0:
            self.progress(f"{len(self.counted)} runs of about {RUNS}")
        self.world.deploy(dataclasses.replace(self.world.now, **changes))

    @initialize(first=declarations)
    def begin(self, first: Declaration) -> None:
        """Run the first program."""
        self.counted.append("begin")
        self.world.deploy(first)

    @rule(name=names)
    def rename(self, name: str) -> None:
        """Rename the components, with an alias."""
        self.become(name=name)

    @rule(parent=parents)
    def move(self, parent: str) -> None:
        """Give the components another parent, with an alias."""
        self.become(parent=parent)

    @rule(name=names, parent=parents)
    def rename_and_move(self, name: str, parent: str) -> None:
        """Do both at once, with one alias."""
        self.become(name=name, parent=parent)

    @rule(roles=roles)
    def retarget(self, roles: tuple[str, ...]) -> None:
        """Give the permissions to other roles, or to the same in another order."""
        self.become(roles=roles)

    @rule(grants=grants)
    def regrant(self, grants: dict[str, Any]) -> None:
        """Grant something else."""
        self.become(grants=grants)

    @rule(policy_name=policy_names)
    def name_policy(self, policy_name: str) -> None:
        """Name the policy, name it otherwise, or leave the name out again."""
        self.become(policy_name=policy_name)

    @rule(description=descriptions)
    def describe(self, description: str) -> None:
        """Describe the managed policy otherwise, which replaces it."""
        self.become(description=description)

    @rule()
    def switch(self) -> None:
        """Make the inline policies a managed one, or the other way round."""
        self.become(managed=not self.world.now.managed)

    @rule(other=declarations)
    def change_everything(self, other: Declaration) -> None:
        """Change as much as there is, in one run."""
        self.become(**{each.name: getattr(other, each.name) for each in dataclasses.fields(other)})

    @rule()
    def run_again(self) -> None:
        """Change nothing."""
        before = len(self.world.box.writes)
        self.become()
        assert len(self.world.box.writes) == before

    @invariant()
    def no_role_was_without_what_it_keeps(self) -> None:
        """After no write was a role without what it had before the run and has after it."""
        assert self.world.gaps() == []

    @invariant()
    def every_role_has_its_own_and_what_it_is_given(self) -> None:
        """Each role has its own policy and at most one of ours, with the document that was asked for."""
        assert self.world.policies() == self.world.expected()


CHANGES: Final = {each.name for each in dataclasses.fields(Declaration)}
SHORT: Final = settings(max_examples=2, stateful_step_count=8, derandomize=True)
THOROUGH: Final = settings(max_examples=40, stateful_step_count=12, derandomize=False, print_blob=True)
RUNS: Final = 40 * 12


def test_no_order_of_changes_takes_permissions_away(box: Sandbox, progress: Callable[[str], None]) -> None:
    """Renamed, moved, retargeted, regranted, named, described, switched: no role is ever without what it keeps."""
    counted: list[str] = []
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if LONG else [])]
    patient = settings(
        extent(SHORT, THOROUGH),
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    machine = cast("type[Program]", lambda: Program(box, counted, progress))
    run_state_machine_as_test(machine, settings=patient)

    assert len(counted) >= extent(8, 240)
    assert set(", ".join(counted).split(", ")) >= CHANGES


def test_the_measure_finds_a_loss(box: Sandbox) -> None:
    """A fixed name and a rename without its alias, which the documentation warns of, are found out by the proof."""
    world = World(box)
    world.deploy(Declaration(policy_name="sessions"))
    # As if it had been called that before: no alias is written.
    world.now = dataclasses.replace(world.now, name="two")
    world.deploy(world.now)

    assert {action for _, _, action in world.gaps()} == {"DeleteRolePolicy"}
