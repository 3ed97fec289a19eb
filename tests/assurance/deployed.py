"""A sandbox in which a program that changes is deployed, and the measure of it: what each role had, keeps and has."""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import pulumi.automation as auto

from sandbox import Call, Fault, Policies, Sandbox
from tests.assurance.exchanged import FLEET, exchanged, wanted
from tests.assurance.world import HERE, OWN, ROLES, THERE, One, Parents, Place, Program, Was, covered, here
from tests.documents import Grant, granted


class Gap(NamedTuple):
    """A write after which a role was without something that it had before the run and was to keep."""

    place: Place
    action: str


class Failing(NamedTuple):
    """The so-manieth call of an action is refused."""

    action: str
    skip: int = 0


class World:
    """A stack whose program changes, and what the runs have made of the roles.

    Each role has a policy of its own, which is not the stack's. `now` is the program of the last run, `good` that of
    the last one that succeeded.
    """

    def __init__(self, box: Sandbox, roles: Sequence[str] = ROLES) -> None:
        """Begin with these roles in both accounts."""
        self.box = box
        self.places = [Place(account, role) for account in (HERE, THERE) for role in roles]
        box.reset()
        for place in self.places:
            box.create_role(place.role, policies={"own": OWN}, account=place.account)
        self.now = self.good = Program()
        self.gaps: list[Gap] = []
        self._parents: dict[tuple[str, str], set[Parents]] = {}
        self._accounts: dict[tuple[str, str], set[str]] = {}
        self._fleets: set[Was] = set()
        self._called: set[Was] = set()
        self._transforms = False

    def deploy(
        self,
        program: Program,
        *,
        failing: Failing | None = None,
        refresh: bool = False,
        replace: Sequence[str] = (),
    ) -> bool:
        """Run a program; return whether the run succeeded, which only a failing call may prevent."""
        begin = len(self.box.calls)
        keeps = {place: self._grants(place) & wanted(program, place) for place in self.places}
        stack = self.box.stack(lambda: program.run(self.box))
        if failing:
            self.box.fail(failing.action, Fault.denied(), times=1, skip=failing.skip)
        succeeded = True
        try:
            stack.up(refresh=refresh or None, replace=list(replace))
        except auto.CommandError:
            if not failing or self.box.faults_left:
                raise
            succeeded = False
        self.box.clear_faults()
        writes = [call for call in self.box.calls[begin:] if call.write]
        self.gaps = [Gap(place, call.action) for place in self.places for call in _without(writes, place, keeps[place])]
        self._remember(program, succeeded=succeeded)
        return succeeded

    def settled(self, program: Program) -> Program:
        """Give the components the aliases that the documentation asks for: where a policy had a parent of another type.

        Fewer parents than before need one as well, more do not. A managed policy with an exact name needs one for all
        that it was.
        """
        ones = [self._with_aliases(one) for one in program.ones]
        fleet = program.fleet
        if fleet and fleet.named:
            missing = self._fleets - {here(fleet), *fleet.was}
            fleet = dataclasses.replace(fleet, was=(*fleet.was, *sorted(missing)))
        return dataclasses.replace(program, ones=tuple(ones), fleet=fleet)

    def _with_aliases(self, one: One) -> One:
        known = self._parents.get(one.pair, set()) if one.policy_name else set()
        missing = sorted(known - covered(one))
        return dataclasses.replace(one, was=(*one.was, *(Was(parents, one.name) for parents in missing)))

    def allows(self, program: Program) -> bool:
        """Say whether the documentation has no warning for a program, after those that were run.

        Each exact name is there once on a role, each alias once; no account changes where the name was generated or a
        transform returns options; and nothing is exchanged.
        """
        pairs, called = [one.pair for one in program.ones], {one.name for one in program.ones}
        if not len(pairs) == len(set(pairs)) == len(called):
            return False
        aliases = [was for one in program.ones for was in one.was if was != here(one)]
        # The engine refuses an alias that another component has too, or that another one is called while it is needed.
        if len(aliases) != len(set(aliases)) or self._called & set(aliases) & {here(one) for one in program.ones}:
            return False
        if self.exchanged(program):
            return False
        if any(one.account != HERE and not one.policy_name for one in program.ones):
            return False
        moved = [one for one in program.ones if self._accounts.get(one.pair, {one.account}) != {one.account}]
        return not (moved and (program.transform or self._transforms))

    def exchanged(self, program: Program) -> set[Place]:
        """Return the roles on which a grant would leave a policy that stays, and be kept by another."""
        return {place for place in self.places if exchanged(self._known(place), program, place)}

    def _known(self, place: Place) -> dict[str, set[Grant]]:
        known: dict[str, set[Grant]] = {}
        for name, document in self.box.role_policies(place.role, place.account).items():
            known.setdefault("" if "-session-manager-" in name else name, set()).update(granted(document))
        for document in self.box.attached_policies(place.role, place.account).values():
            known.setdefault(FLEET, set()).update(granted(document))
        return known

    def policies(self) -> dict[Place, list[Any]]:
        """Return each role's documents, its own first."""
        found = {}
        for place in self.places:
            inline = self.box.role_policies(place.role, place.account)
            attached = self.box.attached_policies(place.role, place.account)
            found[place] = [inline.pop("own", None), *_sorted([*inline.values(), *attached.values()])]
        return found

    def expected(self) -> dict[Place, list[Any]]:
        """Return what `policies` is to be after the last program."""
        documents = list(self.now.documents())
        return {place: [OWN, *_sorted([each for there, each in documents if there == place])] for place in self.places}

    def wrong(self) -> dict[Place, tuple[int, int]]:
        """Return the roles that have not what they should, with how many policies too few and too many."""
        found, expected = self.policies(), self.expected()
        return {
            place: (
                sum(expected[place].count(each) > found[place].count(each) for each in expected[place]),
                sum(found[place].count(each) > expected[place].count(each) for each in found[place]),
            )
            for place in self.places
            if found[place] != expected[place]
        }

    def urns(self, kind: str) -> list[str]:
        """Return the URNs of a type in the state."""
        resources = (self.box.stack(lambda: None).export_stack().deployment or {}).get("resources", [])
        return [resource["urn"] for resource in resources if resource["type"] == kind]

    def _grants(self, place: Place) -> set[Grant]:
        inline = self.box.role_policies(place.role, place.account)
        return _granted({**inline, **self.box.attached_policies(place.role, place.account)})

    def _remember(self, program: Program, *, succeeded: bool) -> None:
        self.now = program
        if succeeded:
            self.good = _without_aliases(program)
            self._parents, self._accounts, self._transforms = {}, {}, False
            self._fleets, self._called = set(), set()
        self._transforms |= program.transform
        self._fleets |= {here(program.fleet)} if program.fleet else set()
        self._called |= {here(one) for one in program.ones}
        for one in program.ones:
            if one.policy_name:
                self._parents.setdefault(one.pair, set()).add(one.parents)
                self._accounts.setdefault(one.pair, set()).add(one.account)


def _without_aliases(program: Program) -> Program:
    ones = tuple(dataclasses.replace(one, was=()) for one in program.ones)
    return dataclasses.replace(program, ones=ones, fleet=program.fleet and dataclasses.replace(program.fleet, was=()))


def _granted(policies: Policies) -> set[Grant]:
    return {grant for document in policies.values() for grant in granted(document)}


def _without(calls: Sequence[Call], place: Place, keeps: set[Grant]) -> list[Call]:
    touching = [call for call in calls if call.account == place.account and place.role in call.policies_after]
    return [call for call in touching if not keeps <= _granted(call.policies_after[place.role])]


def _sorted(documents: Sequence[Any]) -> list[Any]:
    return sorted(documents, key=str)
