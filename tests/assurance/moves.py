"""The moves: what a user changes between two runs. Each makes another program of one, or says that it cannot yet."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final

from tests.assurance.program import GRANTS, HERE, KINDS, ROLES, THERE, Address, Fleet, Parents, Program, Single

NAMES: Final = ("ssm", "ssm", "ssm", "shells", "")
PARENTS: Final[tuple[Parents, ...]] = ((), ("Team",), ("Squad",), ("Org", "Team"))
MORE_PARENTS: Final[Mapping[Parents, Parents]] = {(): ("Team",), ("Team",): ("Org", "Team")}
ORDERS: Final = (("web",), ("api", "web"), ("web", "batch"), ("batch", "api", "web"))
MOST: Final = 4

Move = Callable[[Program, Random], Program]


class NotYetError(Exception):
    """The move cannot be made of this program."""


def chosen(found: Any, random: Random) -> Any:
    """Choose one of what was found."""
    if not found:
        raise NotYetError
    return random.choice(list(found))


def exact(single: Single) -> bool:
    """Say whether a component has an exact name."""
    return bool(single.policy_name)


def with_one_more(program: Program, random: Random, *, at_the_front: bool = False, **given: Any) -> Program:
    """Give a role that has none of its policy's name yet the permissions as well."""
    taken, called = {single.pair for single in program.singles}, {single.name for single in program.singles}
    free = [(role, name) for role in ROLES for name in NAMES if (role, name) not in taken]
    role, policy_name = chosen(free if len(program.singles) < MOST else [], random)
    unused = next(name for name in (f"new-{number}" for number in range(99)) if name not in called)
    single = replace(Single(role, policy_name, unused, grants=random.choice(GRANTS)), **given)
    return replace(program, singles=(single, *program.singles) if at_the_front else (*program.singles, single))


def remove_from_the_front(program: Program, _: Random) -> Program:
    """Take the permissions from the first of the list."""
    if len(program.singles) < 2:
        raise NotYetError
    return replace(program, singles=program.singles[1:])


def sort(program: Program, random: Random) -> Program:
    """Write the list in another order."""
    turn = chosen(range(1, len(program.singles)), random)
    return replace(program, singles=program.singles[turn:] + program.singles[:turn])


def swap(*what: str) -> Move:
    """Let two components swap something."""

    def move(program: Program, random: Random) -> Program:
        if len(program.singles) < 2:
            raise NotYetError
        first, second = random.sample(range(len(program.singles)), 2)
        singles = list(program.singles)
        for here, there in ((first, second), (second, first)):
            of_the_other = {name: getattr(program.singles[there], name) for name in what}
            singles[here] = replace(singles[here], **of_the_other)
        return replace(program, singles=tuple(singles), called="own" if "name" in what else program.called)

    return move


def hand_over(program: Program, random: Random) -> Program:
    """Let a component have the role and name of another, which goes."""
    swapped = swap("role", "policy_name", "account")(program, random)
    changed = [each for each, old in zip(swapped.singles, program.singles, strict=True) if each != old]
    gone = chosen(changed, random)
    return replace(swapped, singles=tuple(each for each in swapped.singles if each is not gone))


def each_one(_: Single) -> bool:
    """Say of every component that it may be changed."""
    return True


def change_one(which: Callable[[Single], Any], how: Callable[[Single, Random], Single]) -> Move:
    """Change one of the components that are like that."""

    def move(program: Program, random: Random) -> Program:
        old = chosen([single for single in program.singles if which(single)], random)
        return replace(program, singles=tuple(how(old, random) if each is old else each for each in program.singles))

    return move


def to_another_account(single: Single) -> Single:
    """Give a component the provider of the other account."""
    return replace(single, account=HERE if single.account == THERE else THERE)


def change_account(program: Program, random: Random) -> Program:
    """Let the same role and exact name be in another account."""
    if program.transform:
        raise NotYetError
    return change_one(exact, lambda single, _: to_another_account(single))(program, random)


def change_accounts_and_the_list(program: Program, random: Random) -> Program:
    """Change every exact name's account, and put one more component at the front, if there is room."""
    if program.transform or not any(map(exact, program.singles)):
        raise NotYetError
    singles = tuple(to_another_account(single) if exact(single) else single for single in program.singles)
    changed = replace(program, singles=singles)
    try:
        return with_one_more(changed, random, at_the_front=True)
    except NotYetError:
        return changed


def change_kind(program: Program, random: Random) -> Program:
    """Give every role and name as something else: plain, an Output, a secret."""
    if not any(map(exact, program.singles)):
        raise NotYetError
    others = [random.choice([kind for kind in KINDS if kind != single.kind]) for single in program.singles]
    singles = tuple(replace(single, kind=kind) for single, kind in zip(program.singles, others, strict=True))
    return replace(program, singles=singles)


def change_kind_and_the_list(program: Program, random: Random) -> Program:
    """Do so with one more component at the front, in one run."""
    return with_one_more(change_kind(program, random), random, at_the_front=True)


def change_kind_and_rename(program: Program, random: Random) -> Program:
    """Do so with another prefix in front of every name, in one run."""
    return rename(change_kind(program, random), random)


def move_to(program: Program, parents: Parents) -> Program:
    """Put every component under parents of these types, with the alias that the page asks for."""
    fleet, singles = program.fleet, program.singles
    if all(single.parents == parents for single in singles) and (fleet is None or fleet.parents == parents):
        raise NotYetError
    return replace(
        program,
        singles=tuple(replace(each, parents=parents, aliases=(*each.aliases, each.address)) for each in singles),
        fleet=fleet and replace(fleet, parents=parents, aliases=(*fleet.aliases, fleet.address)),
    )


def rename(program: Program, random: Random) -> Program:
    """Call every component otherwise, without an alias."""
    if not program.singles:
        raise NotYetError
    prefix = random.choice([each for each in ("node", "vm", "host") if each != program.prefix])
    fleet = program.fleet and replace(program.fleet, name=f"{prefix}s")
    return replace(program, called="position", prefix=prefix, fleet=fleet).named()


def rename_with_an_alias(program: Program, random: Random) -> Program:
    """Call every component otherwise, with an alias of what it was, unless another is called that now."""
    renamed = rename(program, random)
    called = {single.name for single in renamed.singles}
    singles = tuple(
        new if old.name in called else replace(new, aliases=(*new.aliases, old.address))
        for new, old in zip(renamed.singles, program.singles, strict=True)
    )
    fleet, before = renamed.fleet, program.fleet
    if fleet and before:
        fleet = replace(fleet, aliases=(*fleet.aliases, before.address))
    return replace(renamed, singles=singles, fleet=fleet)


def use_an_old_name_anew(program: Program, random: Random) -> Program:
    """Call another component what one was called that has been renamed, whose alias is still there."""
    heir = chosen([single for single in program.singles if set(single.aliases) - {single.address}], random)
    old: Address = random.choice(heir.aliases)
    kept = replace(program, singles=program.singles if len(program.singles) < MOST else (heir,))
    return replace(with_one_more(kept, random, name=old.name, parents=old.parents), called="own")


def call(how: str) -> Move:
    """Call each component as its role, or by its position in the list."""

    def move(program: Program, _: Random) -> Program:
        if not program.singles or program.called == how:
            raise NotYetError
        return replace(program, called=how)

    return move


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


OTHERWISE: Final = {"ssm": "shells", "shells": "ssm"}
SINGLES: Final[Mapping[str, Move]] = {
    "insert at the front": lambda program, random: with_one_more(program, random, at_the_front=True),
    "append": with_one_more,
    "remove from the front": remove_from_the_front,
    "sort": sort,
    "swap roles": swap("role", "account"),
    "swap names": swap("name"),
    "swap policy names": swap("policy_name"),
    "hand over": hand_over,
    "change account": change_account,
    "change accounts and the list": change_accounts_and_the_list,
    "write a role in another case": change_one(
        each_one, lambda single, _: replace(single, role=single.role.swapcase())
    ),
    "change kind": change_kind,
    "change kind and the list": change_kind_and_the_list,
    "change kind and rename": change_kind_and_rename,
    "nest without an alias": change_one(
        lambda single: single.parents in MORE_PARENTS,
        lambda single, _: replace(single, parents=MORE_PARENTS[single.parents]),
    ),
    "un-nest with an alias": lambda program, _: move_to(program, ()),
    "move with an alias": lambda program, random: move_to(program, random.choice(PARENTS)),
    "rename": rename,
    "rename with an alias": rename_with_an_alias,
    "use an old name anew": use_an_old_name_anew,
    "call as the roles": call("role"),
    "call by position": call("position"),
    "give an exact name": change_one(
        lambda single: not exact(single), lambda single, _: replace(single, policy_name="ssm")
    ),
    "take the exact name away": change_one(
        lambda single: exact(single) and single.account == HERE, lambda single, _: replace(single, policy_name="")
    ),
    "give another exact name": change_one(
        exact, lambda single, _: replace(single, policy_name=OTHERWISE[single.policy_name])
    ),
    "change the role": change_one(each_one, lambda single, random: replace(single, role=random.choice(ROLES))),
    "grant something else": change_one(each_one, lambda single, random: replace(single, grants=random.choice(GRANTS))),
    "use a transform, or none": lambda program, _: replace(program, transform=not program.transform),
}
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
MOVES: Final[Mapping[str, Move]] = {**SINGLES, **FLEETS}
