"""Policies with exact names in components of the user's own, which are wrapped, unwrapped, retyped and renamed."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from sandbox import Sandbox
from tests import moves
from tests.moves import TEAM, AsOutput, Each, Move, Outcome, Secret, Wrapper, called, declare, deleted, put

ROLES: Final = ("api", "new", "web")
ORG: Final = Wrapper("Org", "org")
PLACES: Final[Mapping[str, Sequence[Wrapper]]] = {
    "nowhere": [],
    "a team": [TEAM],
    "a team of another name": [Wrapper("Team", "crew")],
    "a squad": [Wrapper("Squad", "team")],
    "a squad that was a team": [Wrapper("Squad", "team", was="Team")],
    "a team in an org": [ORG, TEAM],
}
Nodes = Sequence[Each]
Wrappers = Sequence[Wrapper]


def nodes(*roles: str, within: Wrappers) -> Nodes:
    """Return a component for each role, called by its position."""
    return moves.nodes(*roles, policy_name="ssm", within=within)


def _turned(step: int) -> list[str]:
    """Return the places from another one on."""
    return [*PLACES][step:] + [*PLACES][:step]


def the_same(within: Wrappers) -> Nodes:
    """Change nothing else."""
    return nodes("web", "api", within=within)


def renamed(within: Wrappers) -> Nodes:
    """Rename the components, too."""
    return [Each(role, role, "ssm", within=within) for role in ("web", "api")]


def renamed_with_an_alias(within: Wrappers) -> Nodes:
    """Rename them, with an alias that says what each was called."""
    return [
        Each(role, role, "ssm", opts=called(f"node-{number}"), within=within)
        for number, role in enumerate(["web", "api"])
    ]


def one_more(within: Wrappers) -> Nodes:
    """Let the list of the roles grow at its front."""
    return nodes("new", "web", "api", within=within)


def one_less(within: Wrappers) -> Nodes:
    """Let it become shorter at its front."""
    return nodes("api", within=within)


def outputs(within: Wrappers) -> Nodes:
    """Give the roles as Outputs, and one more at the front."""
    return nodes(*map(AsOutput, ("new", "web", "api")), within=within)


def secrets(within: Wrappers) -> Nodes:
    """Make secrets of the roles."""
    return nodes(*map(Secret, ("web", "api")), within=within)


CHANGES: Final = (the_same, renamed, renamed_with_an_alias, one_more, one_less, outputs, secrets)
# From each place to the next two, each time with another change: each place is left and reached twice.
PAIRS: Final = [(before, after) for step in (1, 2) for before, after in zip(PLACES, _turned(step), strict=True)]
CASES: Final = {
    f"from {before} to {after}: {change.__name__}": (the_same(PLACES[before]), change(PLACES[after]))
    for (before, after), change in zip(PAIRS, itertools.cycle(CHANGES), strict=False)
}
PART: Final = Wrapper("Part", "part")
WEB: Final = Each("web", "web", "ssm")
MORE: Final[Mapping[str, tuple[Nodes, Nodes]]] = {
    "a parent in the middle": (
        [WEB._replace(within=[ORG, TEAM])],
        [WEB._replace(within=[ORG, PART, TEAM])],
    ),
    "no parent in the middle any more": (
        [WEB._replace(within=[ORG, PART, TEAM])],
        [WEB._replace(within=[ORG, TEAM])],
    ),
    "the outermost parent has another type, with an alias, and a list grows": (
        nodes("web", "api", within=[ORG, TEAM]),
        nodes("new", "web", "api", within=[Wrapper("Group", "org", was="Org"), TEAM]),
    ),
    "each parent has another type, with aliases, and the component another name": (
        [WEB._replace(within=[ORG, TEAM])],
        [WEB._replace(name="app", within=[Wrapper("Group", "org", was="Org"), Wrapper("Squad", "team", was="Team")])],
    ),
    "two components swap their places": (
        [WEB, Each("api", "api", "ssm", within=[TEAM])],
        [WEB._replace(within=[TEAM]), Each("api", "api", "ssm")],
    ),
    "two of one name swap their parents": (
        [WEB._replace(within=[TEAM]), Each("web", "api", "ssm", within=[Wrapper("Squad", "squad")])],
        [WEB._replace(within=[Wrapper("Squad", "squad")]), Each("web", "api", "ssm", within=[TEAM])],
    ),
    "handed over to a component under another parent": (
        [WEB._replace(within=[TEAM]), Each("web", "api", "ssm")],
        [WEB],
    ),
    "another takes over by an alias, and its own policy passes on": (
        [Each("old", "old", "ssm"), Each("other", "web", "ssm")],
        [Each("new", "web", "ssm", opts=called("old")), Each("third", "old", "ssm", opts=called("other"))],
    ),
    "another takes over by an alias, under a parent": (
        [Each("old", "api", "ssm", within=[TEAM]), Each("other", "web", "ssm")],
        [Each("other", "api", "ssm", opts=called("old"), within=[TEAM]), Each("third", "web", "ssm")],
    ),
    "a secret role becomes plain, under a parent of another type": (
        [WEB._replace(role=Secret("web"), within=[TEAM])],
        [WEB._replace(within=[Wrapper("Squad", "team")])],
    ),
    "a secret role becomes plain, under a parent of another type with an alias": (
        [WEB._replace(role=Secret("web"), within=[TEAM])],
        [WEB._replace(within=[Wrapper("Squad", "team", was="Team")])],
    ),
    "secret roles become plain, and the list grows": (
        nodes(Secret("web"), Secret("api"), within=[TEAM]),
        nodes("new", "web", "api", within=[TEAM]),
    ),
    "a first name under another parent": (
        [Each("web", "web", within=[TEAM])],
        [WEB._replace(within=[Wrapper("Squad", "team")])],
    ),
    "no name any more under another parent": (
        [WEB._replace(within=[TEAM])],
        [Each("web", "web", within=[Wrapper("Squad", "team")])],
    ),
}
ALL: Final = {**CASES, **MORE}


@pytest.fixture(scope="module")
def outcomes(shared_box: Sandbox) -> Mapping[str, Outcome]:
    """Make every move in one run."""
    made = {kind: Move(declare(*before), declare(*after)) for kind, (before, after) in ALL.items()}
    return moves.outcomes(shared_box, made, [*ROLES, "old"])


def lacking(before: Nodes, after: Nodes) -> list[tuple[str, str]]:
    """Return what IAM has to change: what is known by role and name alone."""
    was, wanted = ([(each.role, each.policy_name) for each in components] for components in (before, after))
    new = [role for role, name in wanted if (role, name) not in was]
    gone = [role for role, name in was if (role, name) not in wanted]
    return sorted([*map(put, new), *map(deleted, gone)])


@pytest.mark.parametrize("kind", ALL)
def test_a_parent_is_nothing_to_iam(outcomes: Mapping[str, Outcome], kind: str) -> None:
    """Whatever becomes of the parents: what IAM has isn't written, nothing is lost, nothing is left to do."""
    before, after = ALL[kind]
    outcome = outcomes[kind]

    assert sorted(outcome.calls) == lacking(before, after)
    assert outcome.again == []
    assert outcome.gaps == []
    assert outcome.policies == moves.policies_of(*after)
