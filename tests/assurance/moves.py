"""The moves: what a user changes between two runs. Each makes another program of one, or says that it cannot yet."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any, Final

from tests.assurance.program import GRANTS, HERE, KINDS, ROLES, THERE, Address, Parents, Program, Single

NAMES: Final = ("ssm", "ssm", "ssm", "shells", "")
PARENTS: Final[tuple[Parents, ...]] = ((), ("Team",), ("Squad",), ("Org", "Team"))
MORE_PARENTS: Final[Mapping[Parents, Parents]] = {(): ("Team",), ("Team",): ("Org", "Team")}
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


insert_at_the_front: Final[Move] = functools.partial(with_one_more, at_the_front=True)


def both(first: Move, second: Move) -> Move:
    """Make two moves in one run."""
    return lambda program, random: second(first(program, random), random)


def without_a_transform(move: Move) -> Move:
    """Make a move of a program that has no transform."""

    def checked(program: Program, random: Random) -> Program:
        if program.transform:
            raise NotYetError
        return move(program, random)

    return checked


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


def change_accounts_and_the_list(program: Program, random: Random) -> Program:
    """Change every exact name's account, and put one more component at the front, if there is room."""
    if not any(map(exact, program.singles)):
        raise NotYetError
    singles = tuple(to_another_account(single) if exact(single) else single for single in program.singles)
    changed = replace(program, singles=singles)
    try:
        return insert_at_the_front(changed, random)
    except NotYetError:
        return changed


def change_kind(program: Program, random: Random) -> Program:
    """Give every role and name as something else: plain, an Output, a secret."""
    if not any(map(exact, program.singles)):
        raise NotYetError
    others = [random.choice([kind for kind in KINDS if kind != single.kind]) for single in program.singles]
    singles = tuple(replace(single, kind=kind) for single, kind in zip(program.singles, others, strict=True))
    return replace(program, singles=singles)


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


OTHERWISE: Final = {"ssm": "shells", "shells": "ssm"}
SINGLES: Final[Mapping[str, Move]] = {
    "insert at the front": insert_at_the_front,
    "append": with_one_more,
    "remove from the front": remove_from_the_front,
    "sort": sort,
    "swap roles": swap("role", "account"),
    "swap names": swap("name"),
    "swap policy names": swap("policy_name"),
    "hand over": hand_over,
    "change account": without_a_transform(change_one(exact, lambda single, _: to_another_account(single))),
    "change accounts and the list": without_a_transform(change_accounts_and_the_list),
    "write a role in another case": change_one(
        each_one, lambda single, _: replace(single, role=single.role.swapcase())
    ),
    "change kind": change_kind,
    "change kind and the list": both(change_kind, insert_at_the_front),
    "change kind and rename": both(change_kind, rename),
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
