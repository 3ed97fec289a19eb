"""The moves of a fleet: one managed policy for many roles, and roles that go over to it or back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Final

from tests.assurance.moves import MOST, Move, NotYetError, chosen
from tests.assurance.program import GRANTS, HERE, ROLES, Fleet, Program, Single

ORDERS: Final = (("web",), ("api", "web"), ("web", "batch"), ("batch", "api", "web"))


def begin_fleet(program: Program, random: Random) -> Program:
    """Give roles one policy for all of them as well."""
    if program.fleet:
        raise NotYetError
    return replace(program, fleet=Fleet(random.choice(ORDERS), grants=random.choice(GRANTS)))


def change_fleet(how: Callable[[Fleet, Random], Fleet | None]) -> Move:
    """Change the fleet, or let it end."""

    def move(program: Program, random: Random) -> Program:
        if not program.fleet:
            raise NotYetError
        return replace(program, fleet=how(program.fleet, random))

    return move


def renamed_fleet(fleet: Fleet, random: Random) -> Fleet:
    """Call the fleet otherwise, with an alias."""
    name = random.choice([each for each in ("fleet", "nodes", "all") if each != fleet.name])
    return replace(fleet, name=name, aliases=(*fleet.aliases, fleet.address))


def join_fleet(program: Program, random: Random) -> Program:
    """Give a role the fleet's policy instead of its own."""
    fleet = program.fleet
    joining = [each for each in program.singles if fleet and each.account == HERE and each.place not in fleet.places]
    single = chosen(joining, random)
    singles = tuple(other for other in program.singles if other is not single)
    return replace(program, singles=singles, fleet=fleet and replace(fleet, roles=(single.role.lower(), *fleet.roles)))


def leave_fleet(program: Program, random: Random) -> Program:
    """Give a role a policy of its own instead of the fleet's."""
    fleet = program.fleet
    taken = {single.pair for single in program.singles}
    if not fleet or len(program.singles) >= MOST:
        raise NotYetError
    role = chosen([role for role in fleet.roles if (role.lower(), "ssm") not in taken], random)
    single = Single(role, "ssm", f"{role}-alone", grants=fleet.grants)
    roles = tuple(other for other in fleet.roles if other != role) or tuple(each for each in ROLES if each != role)
    return replace(program, singles=(single, *program.singles), fleet=replace(fleet, roles=roles))


FLEETS: Final[Mapping[str, Move]] = {
    "begin a fleet": begin_fleet,
    "change the fleet's roles": change_fleet(lambda fleet, random: replace(fleet, roles=random.choice(ORDERS))),
    "write the fleet's roles in another case": change_fleet(
        lambda fleet, _: replace(fleet, roles=tuple(role.swapcase() for role in fleet.roles))
    ),
    "describe the fleet, or not": change_fleet(
        lambda fleet, _: replace(fleet, description="" if fleet.description else "Shells")
    ),
    "give the fleet a path, or none": change_fleet(
        lambda fleet, _: replace(fleet, path="" if fleet.path else "/team/")
    ),
    "name the fleet's policy, or not": change_fleet(lambda fleet, _: replace(fleet, named=not fleet.named)),
    "grant the fleet something else": change_fleet(lambda fleet, random: replace(fleet, grants=random.choice(GRANTS))),
    "rename the fleet with an alias": change_fleet(renamed_fleet),
    "join the fleet": join_fleet,
    "leave the fleet": leave_fleet,
    "end the fleet": change_fleet(lambda _, __: None),
}
