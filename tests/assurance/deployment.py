"""A program that changes and is deployed, and the measure of it: what each role had, was to keep, and has."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import pulumi.automation as auto

from pulumi_ssm_perms import policy_document
from sandbox import Fault, Policies, Sandbox
from tests.assurance.program import HERE, MADE, ROLES, THERE, Address, Place, Program, Single
from tests.documents import OWN, Grant, granted

FLEETS_POLICY: Final = "a fleet's policy"
GENERATED: Final = "-session-manager-"


class Gap(NamedTuple):
    """A write after which a role was without something that it had before the run and was to keep."""

    place: Place
    action: str


class Failing(NamedTuple):
    """The call of an action that is refused, after so many that are not."""

    action: str
    skip: int = 0


class Deployment:
    """A stack whose program changes. Each role has a policy of its own, too, which is not the stack's.

    `now` is the program of the last run, `good` that of the last one that succeeded, `gaps` what the last run opened.
    `known` are the programs whose resources the state may hold, on which the warnings of the documentation depend.
    """

    def __init__(self, box: Sandbox, roles: Sequence[str] = ROLES) -> None:
        """Begin with these roles in both accounts."""
        self.box = box
        self.places = [Place(account, role) for account in (HERE, THERE) for role in roles]
        box.reset()
        for place in self.places:
            box.create_role(place.role, policies={"own": OWN}, account=place.account)
        self.places.append(Place(HERE, MADE))
        self.now = self.good = Program()
        self.known: list[Program] = []
        self.gaps: list[Gap] = []

    def deploy(self, program: Program, *, failing: Failing | None = None, refresh: bool = False) -> bool:
        """Run a program; return whether the run succeeded, which only a failing call may prevent."""
        begin = len(self.box.calls)
        kept = {place: self._kept(program, place) for place in self.places}
        stack = self.box.stack(lambda: program.run(self.box))
        if failing:
            self.box.fail(failing.action, Fault.denied(), times=1, skip=failing.skip)
        succeeded = True
        try:
            stack.up(refresh=refresh or None)
        except auto.CommandError:
            if not failing or self.box.faults_left:
                raise
            succeeded = False
        self.box.clear_faults()
        self.gaps = [gap for place in self.places for gap in self._gaps(begin, place, kept[place])]
        self.now = program
        if succeeded:
            self.good = replace(program.each(lambda component: replace(component, aliases=())), retyped=())
            self.known = []
        self.known.append(program)
        return succeeded

    def wrong(self) -> dict[Place, tuple[int, int]]:
        """Return the roles that have not what they should, with how many policies too few and too many."""
        wrong = {}
        for place in self.places:
            found, expected = list(self._policies(place).values()), [*own(place), *self.now.documents(place)]
            few = sum(expected.count(each) > found.count(each) for each in expected)
            many = sum(found.count(each) > expected.count(each) for each in found)
            if few or many:
                wrong[place] = (few, many)
        return wrong

    def with_aliases(self, program: Program) -> Program:
        """Give a fleet the aliases that the documentation asks for.

        A managed policy of an exact name needs one for all that it was; an inline policy needs none.
        """
        fleet = program.fleet
        if fleet and fleet.named:
            before = {known.fleet.address for known in self.known if known.fleet}
            fleet = replace(fleet, aliases=(*fleet.aliases, *sorted(before - {fleet.address, *fleet.aliases})))
        return replace(program, fleet=fleet)

    def allows(self, program: Program) -> bool:
        """Say whether the documentation has no warning for a program, after those that were run.

        Each exact name is there once on a role, each alias once; no account changes where the name was generated or a
        transform returns options; and no grant is exchanged. A parent is not there beside what it was. A component that
        moves has no alias for a name that another component uses again. A role that is replaced is in no fleet: IAM
        deletes no role with a policy that was attached by the role's plain name. It keeps its policies then, and no
        exact name gets another spelling of its role: a bare resource doesn't survive that either.
        """
        singles = program.singles
        pairs, addresses = {single.pair for single in singles}, {single.address for single in singles}
        aliases = [alias for single in singles for alias in aliases_of(program, single) if alias != single.address]
        known = {old.address for each in self.known for old in each.singles}
        olds = [old for each in self.known for old in each.singles if old.policy_name]
        moved = any(old.pair == single.pair and old.account != single.account for single in singles for old in olds)
        fleets = [each.fleet for each in (program, *self.known) if each.fleet]
        types = {each for component in program.components for each in component.parents}
        return (
            not types & {was for _, was in program.retyped}
            and all(single.account == HERE for single in singles if single.role == MADE)
            and not (self._replaces(program) and any(Place(HERE, MADE) in fleet.places for fleet in fleets))
            and not (self._replaces(program) and any(_of_made(each) != _of_made(program) for each in self.known))
            and not any(old.pair == single.pair and old.role != single.role for single in singles for old in olds)
            and len(singles) == len(pairs) == len({single.name for single in singles})
            # The engine refuses an alias that another component has too, or that another one is called by.
            and len(aliases) == len(set(aliases))
            and not known & set(aliases) & addresses
            and not any(used_again(self.known) & set(each.aliases) for each in singles if each.address not in known)
            and not any(exchanged(self._policies(place), program, place) for place in self.places)
            and all(single.account == HERE or single.policy_name for single in singles)
            and not (moved and any(each.transform for each in (program, *self.known)))
        )

    def _kept(self, program: Program, place: Place) -> set[Grant]:
        """Return what a role has and is to keep: one that is replaced has nothing until it is there again."""
        if place == Place(HERE, MADE) and self._replaces(program):
            return set()
        return _granted(self._policies(place)) & wanted(program, place)

    def _replaces(self, program: Program) -> bool:
        """Say whether a program may replace the role that it makes; after a run that failed, the next one may."""
        return any(each.path != program.path for each in (self.now, *self.known))

    def _policies(self, place: Place) -> Policies:
        if place == Place(HERE, MADE) and not self.known:
            return {}
        inline = self.box.role_policies(place.role, place.account)
        return {**inline, **self.box.attached_policies(place.role, place.account)}

    def _gaps(self, begin: int, place: Place, kept: set[Grant]) -> list[Gap]:
        writes = [call for call in self.box.calls[begin:] if call.write and call.account == place.account]
        touching = [call for call in writes if place.role in call.policies_after]
        return [Gap(place, call.action) for call in touching if not kept <= _granted(call.policies_after[place.role])]


def _of_made(program: Program) -> set[str]:
    """Return what the role that a program makes has of it."""
    return {single.policy_name or single.name for single in program.singles if single.role == MADE}


def own(place: Place) -> list[dict[str, Any]]:
    """Return the documents of a role that the program has not to do with."""
    return [] if place == Place(HERE, MADE) else [OWN]


def wanted(program: Program, place: Place) -> set[Grant]:
    """Return what a role is to have, with what its own policy grants."""
    return {grant for document in [*own(place), *program.documents(place)] for grant in granted(document)}


def aliases_of(program: Program, single: Single) -> set[Address]:
    """Return what an alias says that a component was: its own, and its names under what a parent was."""
    before = program.before_retyping(single.parents)
    said = {*single.aliases, Address(before, single.name)}
    if before == single.parents:
        return said
    return said | {Address(before, alias.name) for alias in single.aliases}


def used_again(programs: Sequence[Program]) -> set[Address]:
    """Return what an alias in one of these programs says that one component was, while another component is that."""
    return {
        alias
        for each in programs
        for single in each.singles
        for alias in single.aliases
        if alias in {other.address for other in each.singles if other is not single}
    }


def exchanged(before: Policies, program: Program, place: Place) -> set[Grant]:
    """Return what no order of calls can keep whole: grants of a role that go from one policy to another in one run.

    A policy that stays is written in place, which may be before the other one is. One that goes to another account is
    deleted there first. One that goes for good is deleted when all others are written.
    """
    singles = [single for single in program.singles if place in single.places]
    stay = {single.policy_name or GENERATED: granted(policy_document(**single.grants)) for single in singles}
    stay["own"] = granted(OWN)
    if program.fleet:
        # It may be written before a role that leaves the fleet gets a policy of its own.
        stay[FLEETS_POLICY] = granted(policy_document(**program.fleet.grants))
    elsewhere = {each.policy_name or GENERATED for each in program.singles if each.role.lower() == place.role}
    safe: set[Grant] = set()
    for name, document in before.items():
        known = FLEETS_POLICY if name.startswith("arn:") else GENERATED if GENERATED in name else name
        if known in stay:
            safe |= stay[known] & granted(document)
        elif known not in elsewhere:
            safe |= granted(document)
    return (_granted(before) & wanted(program, place)) - safe


def _granted(policies: Policies) -> set[Grant]:
    return {grant for document in policies.values() for grant in granted(document)}
