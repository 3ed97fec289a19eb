"""What a user changes between two runs: the moves. Each yields every program that it can make of one, or none."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from tests.assurance.program import GRANTS, HERE, KINDS, MADE, ROLES, THERE, Fleet, Parents, Program, Single

NAMES: Final = ("ssm", "ssm", "ssm", "shells", "")
OTHERWISE: Final = {"ssm": ["shells"], "shells": ["ssm"]}
ORDERS: Final = (("web",), ("api", "web"), ("web", "batch"), ("batch", "api", "web"))
PARENTS: Final[tuple[Parents, ...]] = ((), ("Team",), ("Squad",), ("Org", "Team"))
OTHER_TYPES: Final = {"Org": "Group", "Group": "Org", "Team": "Crew", "Crew": "Team", "Squad": "Pod", "Pod": "Squad"}
MOST: Final = 4

Move = Callable[[Program], Iterator[Program]]


def change(**fields: Any) -> Move:
    """Give the program other values, unless it has them."""

    def move(program: Program) -> Iterator[Program]:
        if (changed := replace(program, **fields)) != program:
            yield changed

    return move


def change_one(field: str, values: Callable[[Single], Iterable[Any]]) -> Move:
    """Give one of the components another value, of those that it may have."""

    def move(program: Program) -> Iterator[Program]:
        for old in program.singles:
            for value in values(old):
                new = replace(old, **{field: value})
                yield replace(program, singles=tuple(new if each is old else each for each in program.singles))

    return move


def change_fleet(field: str, values: Callable[[Fleet], Iterable[Any]]) -> Move:
    """Give the fleet another value, of those that it may have."""

    def move(program: Program) -> Iterator[Program]:
        if fleet := program.fleet:
            for value in values(fleet):
                yield replace(program, fleet=replace(fleet, **{field: value}))

    return move


def one_more(program: Program, *, at_the_front: bool = False, **given: Any) -> Iterator[Program]:
    """Give a role that has none of its policy's name yet the permissions as well."""
    taken, called = {single.pair for single in program.singles}, {single.name for single in program.singles}
    unused = next(name for name in (f"new-{number}" for number in range(99)) if name not in called)
    for role, policy_name, grants in itertools.product((*ROLES, MADE), NAMES, GRANTS):
        if (role, policy_name) not in taken and len(program.singles) < MOST:
            single = replace(Single(role, policy_name, name=unused, grants=grants), **given)
            yield replace(program, singles=(single, *program.singles) if at_the_front else (*program.singles, single))


def remove_from_the_front(program: Program) -> Iterator[Program]:
    """Take the permissions from the first of the list."""
    if len(program.singles) > 1:
        yield replace(program, singles=program.singles[1:])


def sort(program: Program) -> Iterator[Program]:
    """Write the list in another order."""
    for turn in range(1, len(program.singles)):
        yield replace(program, singles=program.singles[turn:] + program.singles[:turn])


def swap(*fields: str) -> Move:
    """Let two components swap something."""

    def move(program: Program) -> Iterator[Program]:
        for first, second in itertools.combinations(range(len(program.singles)), 2):
            singles = list(program.singles)
            for here, there in ((first, second), (second, first)):
                of_the_other = {name: getattr(program.singles[there], name) for name in fields}
                singles[here] = replace(singles[here], **of_the_other)
            yield replace(program, singles=tuple(singles), called="own" if "name" in fields else program.called)

    return move


def hand_over(program: Program) -> Iterator[Program]:
    """Let a component have the role and name of another, which goes."""
    for swapped in swap("role", "policy_name", "account")(program):
        for new, old in zip(swapped.singles, program.singles, strict=True):
            if new != old:
                yield replace(swapped, singles=tuple(each for each in swapped.singles if each is not new))


def other_accounts(single: Single) -> list[str]:
    """Return the account that a component of an exact name may go to."""
    elsewhere = HERE if single.account == THERE else THERE
    return [elsewhere] if single.policy_name and single.role != MADE else []


def change_kind(program: Program) -> Iterator[Program]:
    """Give every role and name as something else: plain, an Output, a secret."""
    if any(single.policy_name for single in program.singles):
        others = [[replace(each, kind=kind) for kind in KINDS if kind != each.kind] for each in program.singles]
        yield from (replace(program, singles=singles) for singles in itertools.product(*others))


def elsewhere(program: Program) -> Iterator[Program]:
    """Put some components under other parents, without an alias."""
    for parents in PARENTS:
        for some in (program.singles, program.singles[:1], program.singles[1:]):
            if any(each.parents != parents for each in some):
                singles = tuple(replace(each, parents=parents) if each in some else each for each in program.singles)
                yield replace(program, singles=singles)


def retype(*, alias: bool) -> Move:
    """Give some of the parents another type, with an alias of what they were, or without one."""

    def move(program: Program) -> Iterator[Program]:
        types = sorted({each for component in program.components for each in component.parents})
        for some in ({types[0]}, {types[-1]}, set(types)) if types else ():
            new = {each: OTHER_TYPES[each] for each in some}
            changed = program.each(functools.partial(with_other_types, new))
            yield replace(changed, retyped=tuple(sorted((after, was) for was, after in new.items())) if alias else ())

    return move


def with_other_types(new: Mapping[str, str], component: Any) -> Any:
    """Return a component under parents of other types."""
    return replace(component, parents=tuple(new.get(each, each) for each in component.parents))


def move_role(program: Program) -> Iterator[Program]:
    """Give the role that the program makes another path, which replaces it."""
    yield replace(program, path="/" if program.path != "/" else "/team/")


def move_to(*choice: Parents) -> Move:
    """Put every component under parents of these types, with an alias."""

    def move(program: Program) -> Iterator[Program]:
        for parents in choice:
            if any(each.parents != parents for each in program.components):
                yield program.each(functools.partial(moved, parents))

    return move


def moved(parents: Parents, component: Any) -> Any:
    """Return a component under other parents."""
    return replace(component.known_as(component.address), parents=parents)


def rename(program: Program) -> Iterator[Program]:
    """Call every component otherwise, without an alias."""
    for prefix in ("node", "vm", "host"):
        if program.singles and prefix != program.prefix:
            fleet = program.fleet and replace(program.fleet, name=f"{prefix}s")
            yield replace(program, called="position", prefix=prefix, fleet=fleet).named()


def rename_with_an_alias(program: Program) -> Iterator[Program]:
    """Call every component otherwise, with an alias of what it was, unless another is called that now."""
    for renamed in rename(program):
        called = {single.name for single in renamed.singles}
        singles = tuple(
            new if old.name in called else new.known_as(old.address)
            for new, old in zip(renamed.singles, program.singles, strict=True)
        )
        fleet = renamed.fleet and program.fleet and renamed.fleet.known_as(program.fleet.address)
        yield replace(renamed, singles=singles, fleet=fleet)


def use_an_old_name_anew(program: Program) -> Iterator[Program]:
    """Call another component what one was called that has been renamed, whose alias is still there."""
    for heir in program.singles:
        kept = replace(program, singles=program.singles if len(program.singles) < MOST else (heir,), called="own")
        for old in heir.aliases:
            if old != heir.address:
                yield from one_more(kept, name=old.name, parents=old.parents)


def begin_fleet(program: Program) -> Iterator[Program]:
    """Give roles one policy for all of them as well."""
    if not program.fleet:
        for roles, grants in itertools.product(ORDERS, GRANTS):
            yield replace(program, fleet=Fleet(roles, name="fleet", grants=grants))


def rename_fleet(program: Program) -> Iterator[Program]:
    """Call the fleet otherwise, with an alias."""
    if fleet := program.fleet:
        for name in ("fleet", "nodes", "all"):
            if name != fleet.name:
                yield replace(program, fleet=replace(fleet.known_as(fleet.address), name=name))


def join_fleet(program: Program) -> Iterator[Program]:
    """Give a role the fleet's policy instead of its own."""
    if fleet := program.fleet:
        for single in program.singles:
            if single.account == HERE and single.places[0] not in fleet.places:
                singles = tuple(other for other in program.singles if other is not single)
                roles = (single.role.lower(), *fleet.roles)
                yield replace(program, singles=singles, fleet=replace(fleet, roles=roles))


def leave_fleet(program: Program) -> Iterator[Program]:
    """Give a role a policy of its own instead of the fleet's."""
    taken = {single.pair for single in program.singles}
    if (fleet := program.fleet) and len(program.singles) < MOST:
        for role in fleet.roles:
            if (role.lower(), "ssm") not in taken:
                single = Single(role, "ssm", name=f"{role}-alone", grants=fleet.grants)
                roles = [other for other in fleet.roles if other != role] or [other for other in ROLES if other != role]
                yield replace(program, singles=(single, *program.singles), fleet=replace(fleet, roles=tuple(roles)))


MOVES: Final[Mapping[str, Move]] = {
    "insert at the front": functools.partial(one_more, at_the_front=True),
    "append": one_more,
    "remove from the front": remove_from_the_front,
    "sort": sort,
    "swap roles": swap("role", "account"),
    "swap names": swap("name"),
    "swap policy names": swap("policy_name"),
    "hand over": hand_over,
    "change account": change_one("account", other_accounts),
    "write a role in another case": change_one(
        "role", lambda single: [] if single.role == MADE else [single.role.swapcase()]
    ),
    "change kind": change_kind,
    "move without an alias": elsewhere,
    "un-nest with an alias": move_to(()),
    "move with an alias": move_to(*PARENTS),
    "retype the parents": retype(alias=False),
    "retype the parents with an alias": retype(alias=True),
    "replace the role that is made": move_role,
    "rename": rename,
    "rename with an alias": rename_with_an_alias,
    "use an old name anew": use_an_old_name_anew,
    "call as the roles": change(called="role"),
    "call by position": change(called="position"),
    "give an exact name": change_one("policy_name", lambda single: [] if single.policy_name else ["ssm"]),
    "take the exact name away": change_one(
        "policy_name", lambda single: [""] if single.policy_name and single.account == HERE else []
    ),
    "give another exact name": change_one("policy_name", lambda single: OTHERWISE.get(single.policy_name, [])),
    "change the role": change_one("role", lambda single: (*ROLES, *([MADE] if single.account == HERE else []))),
    "grant something else": change_one("grants", lambda _: GRANTS),
    "use a transform": change(transform=True),
    "use no transform": change(transform=False),
    "begin a fleet": begin_fleet,
    "change the fleet's roles": change_fleet("roles", lambda _: ORDERS),
    "write the fleet's roles in another case": change_fleet(
        "roles", lambda fleet: [tuple(role.swapcase() for role in fleet.roles)]
    ),
    "describe the fleet, or not": change_fleet("description", lambda fleet: ["" if fleet.description else "Shells"]),
    "give the fleet a path, or none": change_fleet("path", lambda fleet: ["" if fleet.path else "/team/"]),
    "name the fleet's policy, or not": change_fleet("named", lambda fleet: [not fleet.named]),
    "grant the fleet something else": change_fleet("grants", lambda _: GRANTS),
    "rename the fleet with an alias": rename_fleet,
    "join the fleet": join_fleet,
    "leave the fleet": leave_fleet,
    "end the fleet": change(fleet=None),
}
