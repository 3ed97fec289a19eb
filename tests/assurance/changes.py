"""What a user changes between two runs: the moves. Each yields every program that it can make of one, or none."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from tests.assurance.program import ROLES, UserProgram
from tests.moves import ORG, SQUAD, TEAM, AsOutput, Fleet, Secret, Single

ORDERS: Final = (("web",), ("api", "web"), ("web", "new"), ("new", "api", "web"))
PARENTS: Final = ((), (TEAM,), (SQUAD,), (ORG, TEAM))
OFF_OR_ON: Final = (False, True)

Move = Callable[[UserProgram], Iterator[UserProgram]]


def change(field: str, *values: Any) -> Move:
    """Give the program another value, of those that it may have."""

    def move(program: UserProgram) -> Iterator[UserProgram]:
        return (replace(program, **{field: value}) for value in values if value != getattr(program, field))

    return move


def change_role(program: UserProgram) -> Iterator[UserProgram]:
    """Give a component another role, which has no policy of its own yet."""
    for position, role in itertools.product(range(len(program.singles)), set_apart(program)):
        singles = list(program.singles)
        singles[position] = singles[position]._replace(role=role)
        yield replace(program, singles=tuple(singles))


def change_fleet(field: str, values: Callable[[Fleet], Iterable[Any]]) -> Move:
    """Give the fleet another value, of those that it may have."""

    def move(program: UserProgram) -> Iterator[UserProgram]:
        if fleet := program.fleet:
            for value in values(fleet):
                yield replace(program, fleet=fleet._replace(**{field: value}))

    return move


def change_input(name: str, value: str) -> Move:
    """Give the fleet an input, or none."""

    def without_or_with(fleet: Fleet) -> Iterator[Mapping[str, Any]]:
        others = {other: given for other, given in fleet.inputs.items() if other != name}
        yield others if name in fleet.inputs else {**others, name: value}

    return change_fleet("inputs", without_or_with)


def one_more(program: UserProgram, *, at_the_front: bool = False) -> Iterator[UserProgram]:
    """Give a role that has no policy of its own yet the permissions as well."""
    called = {each.name for each in program.singles}
    unused = next(name for name in (f"new-{number}" for number in range(99)) if name not in called)
    for role in set_apart(program):
        single = Single(unused, role)
        yield replace(program, singles=(single, *program.singles) if at_the_front else (*program.singles, single))


def set_apart(program: UserProgram) -> list[str]:
    """Return the roles without a policy of their own."""
    return [role for role in ROLES if role not in {each.role for each in program.singles}]


def remove_from_the_front(program: UserProgram) -> Iterator[UserProgram]:
    """Take the permissions from the first of the list."""
    if len(program.singles) > 1:
        yield replace(program, singles=program.singles[1:])


def sort(program: UserProgram) -> Iterator[UserProgram]:
    """Write the list in another order."""
    for turn in range(1, len(program.singles)):
        yield replace(program, singles=program.singles[turn:] + program.singles[:turn])


def swap(*fields: str) -> Move:
    """Let two components swap something."""

    def move(program: UserProgram) -> Iterator[UserProgram]:
        for first, second in itertools.combinations(range(len(program.singles)), 2):
            singles = list(program.singles)
            for here, there in ((first, second), (second, first)):
                of_the_other = {name: getattr(program.singles[there], name) for name in fields}
                singles[here] = singles[here]._replace(**of_the_other)
            yield replace(program, singles=tuple(singles), called="own" if "name" in fields else program.called)

    return move


def hand_over(program: UserProgram) -> Iterator[UserProgram]:
    """Let a component have the role of another, which goes."""
    for swapped in swap("role")(program):
        for new, old in zip(swapped.singles, program.singles, strict=True):
            if new != old:
                yield replace(swapped, singles=tuple(each for each in swapped.singles if each is not new))


def change_parents(program: UserProgram) -> Iterator[UserProgram]:
    """Put some components under other parents."""
    for parents, some in itertools.product(PARENTS, (program.singles, program.singles[:1], program.singles[1:])):
        if any(each.within != parents for each in some):
            singles = tuple(each._replace(within=parents) if each in some else each for each in program.singles)
            fleet = program.fleet and program.fleet._replace(within=parents)
            yield replace(program, singles=singles, fleet=fleet)


def begin_fleet(program: UserProgram) -> Iterator[UserProgram]:
    """Give roles one policy for all of them as well."""
    if not program.fleet:
        yield from (replace(program, fleet=Fleet(roles=roles)) for roles in ORDERS)


def join_fleet(program: UserProgram) -> Iterator[UserProgram]:
    """Give a role the fleet's policy instead of its own."""
    if fleet := program.fleet:
        for single in program.singles:
            if single.role not in map(str.lower, fleet.roles):
                singles = tuple(other for other in program.singles if other is not single)
                yield replace(program, singles=singles, fleet=fleet._replace(roles=(single.role, *fleet.roles)))


def leave_fleet(program: UserProgram) -> Iterator[UserProgram]:
    """Give a role a policy of its own instead of the fleet's."""
    if (fleet := program.fleet) and len(fleet.roles) > 1:
        for role in fleet.roles:
            single = Single(f"{role.lower()}-alone", role.lower())
            others = tuple(other for other in fleet.roles if other != role)
            yield replace(program, singles=(single, *program.singles), fleet=fleet._replace(roles=others))


MOVES: Final[Mapping[str, Move]] = {
    "insert at the front": functools.partial(one_more, at_the_front=True),
    "append": one_more,
    "remove from the front": remove_from_the_front,
    "sort": sort,
    "swap roles": swap("role"),
    "swap names": swap("name"),
    "hand over": hand_over,
    "plain, an Output or a secret": change("form", str, AsOutput, Secret),
    "change the parents": change_parents,
    "retype the parents": change("retyped", *OFF_OR_ON),
    "rename": change("prefix", "node", "vm", "host"),
    "call as the roles, or by position": change("called", "role", "position"),
    "change the role": change_role,
    "grant a key, or not": change("more", *OFF_OR_ON),
    "begin a fleet": begin_fleet,
    "change the fleet's roles": change_fleet("roles", lambda _: ORDERS),
    "write the fleet's roles in another case": change_fleet(
        "roles", lambda fleet: [tuple(role.swapcase() for role in fleet.roles)]
    ),
    "describe the fleet, or not": change_input("description", "Shells"),
    "give the fleet a path, or none": change_input("path", "/team/"),
    "rename the fleet": change_fleet(
        "name", lambda fleet: [name for name in ("fleet", "nodes", "all") if name != fleet.name]
    ),
    "join the fleet": join_fleet,
    "leave the fleet": leave_fleet,
    "end the fleet": change("fleet", None),
}
