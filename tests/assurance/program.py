"""A program that gives permissions to roles, as a value: what a user has written, and what it declares."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from tests.documents import KEY
from tests.moves import Each, Item, Many, Was, Wrapper

ROLES: Final = ("api", "new", "web")
OTHER_TYPES: Final = {"Org": "Group", "Team": "Crew", "Squad": "Pod"}


@dataclass(frozen=True)
class Program:
    """Components in their order, and what holds for all of them.

    Args:
        singles: The components of one role each, with generated names: what becomes of exact ones is in the table of
            bare and ours.
        fleet: The component of many roles.
        fleet_was: What a fleet was known by, since the last run that succeeded.
        called: How a single is called: as its "role", by its "position" after the prefix, or by its "own" name.
        prefix: What a position is written after.
        form: How roles are given: plain, as Outputs or as secrets.
        more: Whether every policy grants a key.
        retyped: Whether the wrappers have other types.
        aliased: Which aliases are written: those of each "component", those of each "parent", or none.
    """

    singles: tuple[Each, ...] = ()
    fleet: Many | None = None
    fleet_was: tuple[Was, ...] = ()
    called: str = "position"
    prefix: str = "node"
    form: Callable[[str], str] = str
    more: bool = False
    retyped: bool = False
    aliased: str = ""

    @property
    def items(self) -> list[Item]:
        """What it declares."""
        return [*map(self._single, self.singles), *([self._fleet(self.fleet)] if self.fleet else [])]

    def named(self) -> Self:
        """Call each component as a loop over the list would."""
        singles: list[Each] = []
        for position, single in enumerate(self.singles):
            name = {"own": single.name, "role": single.role, "position": f"{self.prefix}-{position}"}[self.called]
            singles.append(single._replace(name=name))
        return replace(self, singles=tuple(singles))

    def ran(self, *, succeeded: bool) -> Self:
        """Return the program for the next run; each component knows all that it was since a run succeeded."""
        singles = [each._replace(was=[*([] if succeeded else each.was), self.address(each)]) for each in self.singles]
        fleet_was = (*(() if succeeded else self.fleet_was), *([self.address(self.fleet)] if self.fleet else []))
        return replace(self, singles=tuple(singles), fleet_was=fleet_was)

    def allowed_after(self, known: Sequence["Program"]) -> bool:
        """Return whether it loses nothing, after those whose resources the state may hold.

        Each role is there once: no two policies of a role exchange a grant, for which there is no order. So is each
        alias. While the state may hold two fleets, no alias of a parent leads from one to the other: the engine forgets
        it after a failed run.
        """
        roles, names = {each.role for each in self.singles}, {each.name for each in self.singles}
        aliases = [alias for single in self.singles for alias in self._aliases(single.was)]
        fleets = {each.address(each.fleet) for each in known if each.fleet}
        return (
            len(self.singles) == len(roles) == len(names)
            and len(aliases) == len(set(aliases))
            and not (len(fleets) > 1 and self.aliased == "parent")
        )

    def _within(self, within: Iterable[Wrapper], *, aliased: bool = False) -> tuple[Wrapper, ...]:
        """Return wrappers with their types, and with an alias of what the types were."""
        found = []
        for each in within:
            first, second = each.type, OTHER_TYPES[each.type]
            now, before = (second, first) if self.retyped else (first, second)
            found.append(each._replace(type=now, was=before if aliased else ""))
        return tuple(found)

    def address(self, item: Each | Many) -> Was:
        """Return where a component is."""
        return Was(item.name, self._within(item.within))

    def _aliases(self, was: Sequence[Was]) -> list[Was]:
        """Return what an alias may say: not what a component is called now."""
        components: list[Each | Many] = [*self.singles, *([self.fleet] if self.fleet else [])]
        addresses = {self.address(each) for each in components}
        return [each for each in dict.fromkeys(was) if each not in addresses]

    def _options(self, item: Each | Many) -> dict[str, Any]:
        was = self._aliases(item.was) if self.aliased == "component" else []
        return {"within": self._within(item.within, aliased=self.aliased == "parent"), "was": was}

    def _single(self, single: Each) -> Each:
        keys = [KEY] if self.more else []
        return single._replace(role=self.form(single.role), keys=keys, **self._options(single))

    def _fleet(self, fleet: Many) -> Many:
        """Return it with aliases of all that it was where the documentation asks for them: an exact name, two parents.

        IAM cannot change description and path: an exact name changes with them.
        """
        inputs = dict(fleet.inputs)
        given = self._options(fleet._replace(was=self.fleet_was))
        if "policy_name" in inputs or len(fleet.within) > 1:
            given["was"] = self._aliases(self.fleet_was)
        if "policy_name" in inputs:
            inputs["policy_name"] = "-".join(
                ("sessions", inputs.get("description", ""), inputs.get("path", "").strip("/"))
            )
        if self.more:
            inputs["kms_key_arns"] = [KEY]
        return fleet._replace(inputs=inputs, **given)
