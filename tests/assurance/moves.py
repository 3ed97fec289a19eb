"""The moves: what a user changes between two runs. Each makes another program of one, or says that it cannot yet."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Final

from tests.assurance.world import GRANTS, HERE, LATE, ROLES, THERE, One, Parents, Program, here

NAMES: Final = ("ssm", "ssm", "ssm", "shells", "")
PARENTS: Final[tuple[Parents, ...]] = ((), ("Team",), ("Squad",), ("Org", "Team"))
MOST: Final = 4

Move = Callable[[Program, Random], Program | None]


def fresh(program: Program, random: Random) -> One | None:
    """Return a component for a role that has none of its policy's name yet."""
    taken = {one.pair for one in program.ones}
    free = [(role, name) for role in ROLES for name in NAMES if (role, name) not in taken]
    if not free or len(program.ones) >= MOST:
        return None
    role, policy_name = random.choice(free)
    unused = next(name for name in (f"new-{number}" for number in range(99)) if name not in names(program))
    return One(role, policy_name, unused, grants=random.choice(GRANTS))


def names(program: Program) -> set[str]:
    """Return what the components are called."""
    return {one.name for one in program.ones}


def at(program: Program, position: int, one: One) -> Program:
    """Put a component in the place of another."""
    ones = list(program.ones)
    ones[position] = one
    return replace(program, ones=tuple(ones))


def pick(program: Program, random: Random, which: Callable[[One], bool] = lambda _: True) -> int | None:
    """Choose one of the components."""
    found = [position for position, one in enumerate(program.ones) if which(one)]
    return random.choice(found) if found else None


def exact(one: One) -> bool:
    """Say whether a component has an exact name."""
    return bool(one.policy_name)


def change(program: Program, random: Random, which: Callable[[One], bool], how: Callable[[One], One]) -> Program | None:
    """Change one of the components."""
    position = pick(program, random, which)
    return None if position is None else at(program, position, how(program.ones[position]))


def two(program: Program, random: Random) -> tuple[int, int] | None:
    """Choose two components."""
    if len(program.ones) < 2:
        return None
    first, second = random.sample(range(len(program.ones)), 2)
    return first, second


def insert_at_the_front(program: Program, random: Random) -> Program | None:
    """Give one more role the permissions, as the first of the list."""
    one = fresh(program, random)
    return replace(program, ones=(one, *program.ones)) if one else None


def append(program: Program, random: Random) -> Program | None:
    """Give one more role the permissions, as the last of the list."""
    one = fresh(program, random)
    return replace(program, ones=(*program.ones, one)) if one else None


def remove_from_the_front(program: Program, _: Random) -> Program | None:
    """Take the permissions from the first of the list."""
    return replace(program, ones=program.ones[1:]) if len(program.ones) > 1 else None


def sort(program: Program, random: Random) -> Program | None:
    """Write the list in another order."""
    if len(program.ones) < 2:
        return None
    turn = random.randrange(1, len(program.ones))
    return replace(program, ones=program.ones[turn:] + program.ones[:turn])


def swap_roles(program: Program, random: Random) -> Program | None:
    """Let two components swap their roles."""
    if not (pair := two(program, random)):
        return None
    one, other = (program.ones[each] for each in pair)
    changed = at(program, pair[0], replace(one, role=other.role, account=other.account))
    return at(changed, pair[1], replace(other, role=one.role, account=one.account))


def swap_names(program: Program, random: Random) -> Program | None:
    """Let two components swap what they are called."""
    if not (pair := two(program, random)):
        return None
    one, other = (program.ones[each] for each in pair)
    changed = at(program, pair[0], replace(one, name=other.name))
    return replace(at(changed, pair[1], replace(other, name=one.name)), called="own")


def swap_policy_names(program: Program, random: Random) -> Program | None:
    """Let two components swap the names of their policies, or one of them hand its name to the other."""
    if not (pair := two(program, random)):
        return None
    one, other = (program.ones[each] for each in pair)
    changed = at(program, pair[0], replace(one, policy_name=other.policy_name))
    return at(changed, pair[1], replace(other, policy_name=one.policy_name))


def hand_over(program: Program, random: Random) -> Program | None:
    """Let a component have the role and name of another, which goes."""
    if not (pair := two(program, random)):
        return None
    one, other = (program.ones[each] for each in pair)
    heir = replace(one, role=other.role, policy_name=other.policy_name, account=other.account)
    changed = at(program, pair[0], heir)
    return replace(changed, ones=changed.ones[: pair[1]] + changed.ones[pair[1] + 1 :])


def of_another_account(one: One) -> One:
    """Give a component the provider of the other account."""
    return replace(one, account=HERE if one.account == THERE else THERE)


def change_account(program: Program, random: Random) -> Program | None:
    """Let the same role and exact name be in another account."""
    return None if program.transform else change(program, random, exact, of_another_account)


def change_accounts_and_the_list(program: Program, random: Random) -> Program | None:
    """Change every exact name's account, and put one more component at the front."""
    if program.transform or not any(map(exact, program.ones)):
        return None
    ones = tuple(of_another_account(one) if exact(one) else one for one in program.ones)
    changed = replace(program, ones=ones)
    return insert_at_the_front(changed, random) or changed


def respell(program: Program, random: Random) -> Program | None:
    """Write a role's name in another case."""
    return change(program, random, lambda _: True, lambda one: replace(one, role=one.role.swapcase()))


def of_another_kind(one: One, random: Random) -> One:
    """Give role and name as an Output, a secret, or plain again."""
    return replace(one, late=random.choice([late for late in LATE if late != one.late]))


def change_kind(program: Program, random: Random) -> Program | None:
    """Give every role and name as something else: plain, an Output, a secret."""
    if not any(map(exact, program.ones)):
        return None
    return replace(program, ones=tuple(of_another_kind(one, random) for one in program.ones))


def change_kind_and_the_list(program: Program, random: Random) -> Program | None:
    """Do so with one more component at the front, in one run."""
    changed = change_kind(program, random)
    return changed and insert_at_the_front(changed, random)


def change_kind_and_rename(program: Program, random: Random) -> Program | None:
    """Do so with another prefix in front of every name, in one run."""
    changed = change_kind(program, random)
    return changed and rename(changed, random)


def with_aliases(program: Program, before: Program) -> Program:
    """Say of each component what it was, unless another has its place now."""
    ones = [
        one if here(one) == here(old) or old.name in names(program) else replace(one, was=(*one.was, here(old)))
        for one, old in zip(program.ones, before.ones, strict=True)
    ]
    return replace(program, ones=tuple(ones))


def move_to(program: Program, parents: Parents, *, aliased: bool) -> Program | None:
    """Put every component under parents of these types; without an alias where the page says that none is needed."""
    ones = tuple(replace(one, parents=parents) for one in program.ones)
    fleet = program.fleet and replace(program.fleet, parents=parents)
    moved = replace(program, ones=ones, fleet=fleet)
    if moved == program:
        return None
    if fleet and aliased:
        moved = replace(moved, fleet=replace(fleet, was=(*fleet.was, here(program.fleet or fleet))))
    if not aliased:
        return moved
    ones = tuple(replace(one, was=(*one.was, here(old))) for one, old in zip(ones, program.ones, strict=True))
    return replace(moved, ones=ones)


def nest(program: Program, random: Random) -> Program | None:
    """Put a component under one more, without a word."""
    wrapped: Mapping[Parents, Parents] = {(): ("Team",), ("Team",): ("Org", "Team")}
    return change(
        program, random, lambda one: one.parents in wrapped, lambda one: replace(one, parents=wrapped[one.parents])
    )


def un_nest(program: Program, _: Random) -> Program | None:
    """Put every component at the top again, with the alias that the page asks for."""
    return move_to(program, (), aliased=True)


def move(program: Program, random: Random) -> Program | None:
    """Put every component under parents of some types, with the alias that the page asks for."""
    return move_to(program, random.choice(PARENTS), aliased=True)


def rename(program: Program, random: Random) -> Program | None:
    """Call every component otherwise, without an alias."""
    if not program.ones:
        return None
    prefix = random.choice([each for each in ("node", "vm", "host") if each != program.prefix])
    fleet = program.fleet and replace(program.fleet, name=f"{prefix}s")
    return replace(program, called="position", prefix=prefix, fleet=fleet).named()


def rename_with_an_alias(program: Program, random: Random) -> Program | None:
    """Call every component otherwise, with an alias."""
    renamed = rename(program, random)
    if renamed is None:
        return None
    if renamed.fleet and program.fleet:
        renamed = replace(renamed, fleet=replace(renamed.fleet, was=(*renamed.fleet.was, here(program.fleet))))
    return with_aliases(renamed, program)


def use_an_old_name_anew(program: Program, random: Random) -> Program | None:
    """Call another component what one was called that has been renamed, whose alias is still there."""
    renamed = [one for one in program.ones if set(one.was) - {here(one)}]
    if not renamed:
        return None
    heir = random.choice(renamed)
    old = random.choice(heir.was)
    kept = program.ones if len(program.ones) < MOST else (heir,)
    newcomer = fresh(replace(program, ones=kept), random)
    if newcomer is None:
        return None
    ones = (*kept, replace(newcomer, name=old.name, parents=old.parents))
    return replace(program, ones=ones, called="own")


def call_as_the_roles(program: Program, _: Random) -> Program | None:
    """Call each component as its role."""
    return replace(program, called="role") if program.ones and program.called != "role" else None


def call_by_position(program: Program, _: Random) -> Program | None:
    """Call each component by its position in the list."""
    return replace(program, called="position") if program.ones and program.called != "position" else None


def name(program: Program, random: Random) -> Program | None:
    """Give a policy an exact name."""
    return change(program, random, lambda one: not exact(one), lambda one: replace(one, policy_name="ssm"))


def un_name(program: Program, random: Random) -> Program | None:
    """Leave a policy's name to be generated again."""
    at_home = [one for one in program.ones if exact(one) and one.account == HERE]
    return change(program, random, lambda one: one in at_home, lambda one: replace(one, policy_name=""))


def name_otherwise(program: Program, random: Random) -> Program | None:
    """Give a policy another exact name."""
    other = {"ssm": "shells", "shells": "ssm"}
    return change(program, random, exact, lambda one: replace(one, policy_name=other[one.policy_name]))


def change_role(program: Program, random: Random) -> Program | None:
    """Give a component another role."""
    return change(program, random, lambda _: True, lambda one: replace(one, role=random.choice(ROLES)))


def regrant(program: Program, random: Random) -> Program | None:
    """Grant something else."""
    return change(program, random, lambda _: True, lambda one: replace(one, grants=random.choice(GRANTS)))


def use_a_transform(program: Program, _: Random) -> Program | None:
    """Register a transform that returns options, or do so no more."""
    return replace(program, transform=not program.transform)


INLINE: Final[Mapping[str, Move]] = {
    move.__name__: move
    for move in (
        insert_at_the_front,
        append,
        remove_from_the_front,
        sort,
        swap_roles,
        swap_names,
        swap_policy_names,
        hand_over,
        change_account,
        change_accounts_and_the_list,
        respell,
        change_kind,
        change_kind_and_the_list,
        change_kind_and_rename,
        nest,
        un_nest,
        move,
        rename,
        rename_with_an_alias,
        use_an_old_name_anew,
        call_as_the_roles,
        call_by_position,
        name,
        un_name,
        name_otherwise,
        change_role,
        regrant,
        use_a_transform,
    )
}
