"""The moves of a fleet: one managed policy for many roles, and roles that go over to it or back."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Final

from tests.assurance.moves import MOST, Move
from tests.assurance.world import GRANTS, HERE, ROLES, Fleet, One, Program, here

ORDERS: Final = (("web",), ("api", "web"), ("web", "batch"), ("batch", "api", "web"))


def begin_fleet(program: Program, random: Random) -> Program | None:
    """Give roles one policy for all of them as well."""
    if program.fleet:
        return None
    return replace(program, fleet=Fleet(random.choice(ORDERS), grants=random.choice(GRANTS)))


def end_fleet(program: Program, _: Random) -> Program | None:
    """Take that policy away again."""
    return replace(program, fleet=None) if program.fleet else None


def change_fleet_roles(program: Program, random: Random) -> Program | None:
    """Attach the policy to other roles."""
    return replace(program, fleet=replace(program.fleet, roles=random.choice(ORDERS))) if program.fleet else None


def respell_fleet(program: Program, _: Random) -> Program | None:
    """Write the roles' names in another case."""
    fleet = program.fleet
    return (
        replace(program, fleet=replace(fleet, roles=tuple(role.swapcase() for role in fleet.roles))) if fleet else None
    )


def describe_fleet(program: Program, _: Random) -> Program | None:
    """Give the policy a description, or none."""
    fleet = program.fleet
    return replace(program, fleet=replace(fleet, description="" if fleet.description else "Shells")) if fleet else None


def move_fleet(program: Program, _: Random) -> Program | None:
    """Give the policy another path."""
    fleet = program.fleet
    return replace(program, fleet=replace(fleet, path="" if fleet.path else "/team/")) if fleet else None


def name_fleet(program: Program, _: Random) -> Program | None:
    """Give the policy an exact name, or leave it out again."""
    return replace(program, fleet=replace(program.fleet, named=not program.fleet.named)) if program.fleet else None


def regrant_fleet(program: Program, random: Random) -> Program | None:
    """Let the policy grant something else."""
    return replace(program, fleet=replace(program.fleet, grants=random.choice(GRANTS))) if program.fleet else None


def rename_fleet(program: Program, random: Random) -> Program | None:
    """Call the component otherwise, with an alias."""
    fleet = program.fleet
    if not fleet:
        return None
    name = random.choice([each for each in ("fleet", "nodes", "all") if each != fleet.name])
    return replace(program, fleet=replace(fleet, name=name, was=(*fleet.was, here(fleet))))


def join_fleet(program: Program, random: Random) -> Program | None:
    """Give a role the fleet's policy instead of its own."""
    fleet = program.fleet
    joining = [one for one in program.ones if fleet and one.account == HERE and one.place not in fleet.places]
    if not fleet or not joining:
        return None
    one = random.choice(joining)
    ones = tuple(other for other in program.ones if other != one)
    return replace(program, ones=ones, fleet=replace(fleet, roles=(one.role.lower(), *fleet.roles)))


def leave_fleet(program: Program, random: Random) -> Program | None:
    """Give a role a policy of its own instead of the fleet's."""
    fleet = program.fleet
    taken = {one.pair for one in program.ones}
    leaving = [role for role in fleet.roles if (role.lower(), "ssm") not in taken] if fleet else []
    if not fleet or not leaving or len(program.ones) >= MOST:
        return None
    role = random.choice(leaving)
    ones = (One(role, "ssm", f"{role}-alone", grants=fleet.grants), *program.ones)
    roles = tuple(other for other in fleet.roles if other != role) or tuple(each for each in ROLES if each != role)
    return replace(program, ones=ones, fleet=replace(fleet, roles=roles))


FLEET: Final[Mapping[str, Move]] = {
    move.__name__: move
    for move in (
        begin_fleet,
        change_fleet_roles,
        respell_fleet,
        describe_fleet,
        move_fleet,
        name_fleet,
        regrant_fleet,
        rename_fleet,
        join_fleet,
        leave_fleet,
        end_fleet,
    )
}
