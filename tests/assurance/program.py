"""A program that gives permissions to roles, as a value: what a user has written, and what it declares."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from tests.documents import KEY
from tests.moves import Alias, Fleet, Item, Single, Wrapper

ROLES: Final = ("api", "new", "web")
OTHER_TYPES: Final = {"Org": "Group", "Team": "Crew", "Squad": "Pod"}


@dataclass(frozen=True)
class UserProgram:
    """Components in their order, and what holds for all of them. All policies have generated names.

    Args:
        singles: The components of one role each.
        fleet: The component of many roles.
        fleet_aliases: What a fleet was known by, since the last run that succeeded.
        called: How a single is called: as its "role", by its "position" after the prefix, or by its "own" name.
        prefix: What a position is written after.
        form: How roles are given: plain, as Outputs or as secrets.
        more: Whether every policy grants a key.
        retyped: Whether the wrappers have other types.
        aliased: Whether each component has aliases of what it was.
    """

    singles: tuple[Single, ...] = ()
    fleet: Fleet | None = None
    fleet_aliases: tuple[Alias, ...] = ()
    called: str = "position"
    prefix: str = "node"
    form: Callable[[str], str] = str
    more: bool = False
    retyped: bool = False
    aliased: bool = False

    @property
    def items(self) -> list[Item]:
        """What it declares."""
        return [*map(self._single, self.singles), *([self._fleet(self.fleet)] if self.fleet else [])]

    def named(self) -> Self:
        """Call each component as a loop over the list would."""
        singles: list[Single] = []
        for position, single in enumerate(self.singles):
            name = {"own": single.name, "role": single.role, "position": f"{self.prefix}-{position}"}[self.called]
            singles.append(single._replace(name=name))
        return replace(self, singles=tuple(singles))

    def ran(self, *, succeeded: bool) -> Self:
        """Return the program for the next run; each component knows all that it was since a run succeeded."""
        singles = [
            each._replace(aliases=[*([] if succeeded else each.aliases), self.address(each)]) for each in self.singles
        ]
        fleet_aliases = (
            *(() if succeeded else self.fleet_aliases),
            *([self.address(self.fleet)] if self.fleet else []),
        )
        return replace(self, singles=tuple(singles), fleet_aliases=fleet_aliases)

    @property
    def is_allowed(self) -> bool:
        """Whether it loses nothing: each role is there once, since two policies of a role cannot exchange a grant.

        So is each alias.
        """
        roles, names = {each.role for each in self.singles}, {each.name for each in self.singles}
        aliases = [alias for single in self.singles for alias in self._aliases(single.aliases)]
        return len(self.singles) == len(roles) == len(names) and len(aliases) == len(set(aliases))

    def _within(self, within: Iterable[Wrapper]) -> tuple[Wrapper, ...]:
        """Return wrappers with their types."""
        return tuple(each._replace(type=OTHER_TYPES[each.type] if self.retyped else each.type) for each in within)

    def address(self, item: Single | Fleet) -> Alias:
        """Return where a component is."""
        return Alias(item.name, self._within(item.within))

    def _aliases(self, was: Sequence[Alias]) -> list[Alias]:
        """Return what an alias may say: not what a component is called now."""
        components: list[Single | Fleet] = [*self.singles, *([self.fleet] if self.fleet else [])]
        addresses = {self.address(each) for each in components}
        return [each for each in dict.fromkeys(was) if each not in addresses]

    def _options(self, item: Single | Fleet) -> dict[str, Any]:
        return {"within": self._within(item.within), "aliases": self._aliases(item.aliases) if self.aliased else []}

    def _single(self, single: Single) -> Single:
        keys = [KEY] if self.more else []
        return single._replace(role=self.form(single.role), keys=keys, **self._options(single))

    def _fleet(self, fleet: Fleet) -> Fleet:
        inputs = {**fleet.inputs, **({"kms_key_arns": [KEY]} if self.more else {})}
        return fleet._replace(inputs=inputs, **self._options(fleet._replace(aliases=self.fleet_aliases)))
