"""From a component's inputs to checked values, plain or as Outputs; no AWS call is made here."""

import difflib
import inspect
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import pulumi

from . import _checks
from ._errors import InvalidInputError, Problem, Refused, show

REFUSED: Final = object()
"""Stands for a wrong plain value, so that rules between inputs do not report it a second time."""


@dataclass(frozen=True)
class Spec:
    """How one input is read.

    `check` takes a value (with `many`, each element of a list). `default` stands for a missing one; `required` says
    what to write if none may be missing, `unless_given` what is wrong with leaving it out, and `plain` what to do where
    an input that cannot be an Output is one.
    """

    check: Callable[[Any], Any]
    many: bool = False
    default: Any = None
    required: str | None = None
    unless_given: Callable[[], Problem | None] | None = None
    plain: str | None = None


Values = dict[str, Any]
"""Input name to its checked value, or to an Output of one that is checked as it resolves."""


class Build(Protocol):
    """Makes something of plain values; is told whether one of them is secret."""

    def __call__(self, values: Values, *, secret: bool) -> Any:
        """Return a value or an Output."""


def read(owner: str, args: object, specs: Mapping[str, Spec], rules: Callable[[Values], Iterable[Problem]]) -> Values:
    """Return the checked values of all inputs; what is late (an Output or awaitable) is checked as it resolves.

    Raises:
        InvalidInputError: Plain values are wrong, by themselves or by the `rules` between them. All are named.

    """
    if not isinstance(args, Mapping):
        way_out = f'write them as {{"{next(iter(specs))}": …}}'
        problem = Problem("args", show(args), "it is not a mapping of inputs", way_out)
        raise InvalidInputError(owner, [problem])
    given = cast("Mapping[object, Any]", args)
    problems = [_unknown(key, specs) for key in given if key not in specs]
    values = {name: _read_one(name, spec, given.get(name), problems) for name, spec in specs.items()}
    problems.extend(rules(values))
    if problems:
        raise InvalidInputError(owner, problems)
    # Not before: what a late check finds would be reported in place of the plain problems.
    return {
        name: _check_late(owner, name, specs[name], value.given) if isinstance(value, _Late) else value
        for name, value in values.items()
    }


@dataclass(frozen=True)
class _Late:
    """A value as it was given, which is or has an Output, until the plain ones have been checked."""

    given: Any


def is_late(value: object) -> bool:
    """Return whether a value resolves only later: an Output or an awaitable."""
    return isinstance(value, (pulumi.Output, _Late)) or inspect.isawaitable(value)


def check_value(name: str, spec: Spec, value: object, problems: list[Problem], *, secret: bool = False) -> Any:
    """Return what the spec makes of a value; add what is wrong with it to `problems`. Late elements are left out."""
    if isinstance(value, Mapping):
        value = {key: element for key, element in _items(value) if not is_late(element)}
    if value is None and not spec.required:
        if spec.unless_given and (problem := spec.unless_given()):
            problems.append(problem)
        return spec.default
    if not spec.many:
        return _attempt(spec.check, name, value, problems, secret=secret)
    elements = _attempt(_checks.sequence, name, value, problems, secret=secret)
    if elements is REFUSED:
        return REFUSED
    checked = [
        _attempt(spec.check, f"{name}[{position}]", element, problems, secret=secret)
        for position, element in enumerate(elements)
        if not is_late(element)
    ]
    return REFUSED if REFUSED in checked else checked


def combine(values: Values, build: Build) -> Any:
    """Return `build` of the values, as an Output where one of them is one; it is told whether one is secret."""
    if not any(isinstance(value, pulumi.Output) for value in values.values()):
        return build(values, secret=False)
    together = pulumi.Output.all(**values)

    def build_late(resolved: Values) -> pulumi.Output[Any]:
        secret: pulumi.Output[bool] = pulumi.Output.from_input(together.is_secret())
        return secret.apply(lambda is_secret: build(resolved, secret=is_secret))

    return together.apply(build_late)


def _read_one(name: str, spec: Spec, value: Any, problems: list[Problem]) -> Any:
    if value is None and spec.required:
        problems.append(Problem(name, "None", "it is required", spec.required))
        return REFUSED
    value = _standard(value)
    late = {path: part for path, part in _parts(name, value) if is_late(part)}
    if late and spec.plain:
        rule = "it cannot be an Output, which has no value yet when the program declares its resources"
        problems.extend(Problem(path, "", rule, spec.plain) for path in late)
        return REFUSED
    if name in late:
        return _Late(value)
    checked = check_value(name, spec, value, problems)
    return _Late(value) if late and checked is not REFUSED else checked


def _standard(value: Any) -> Any:
    # Pulumi finds Outputs within dicts, lists and tuples alone.
    if isinstance(value, Mapping):
        return dict(_items(value))
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return _list(value)
    return value


def _items(mapping: Any) -> ItemsView[Any, Any]:
    items: ItemsView[Any, Any] = mapping.items()
    return items


def _list(sequence: Any) -> list[Any]:
    return list(sequence)


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield an input and its elements, each with its path."""
    yield name, value
    if isinstance(value, Mapping):
        yield from ((f"{name}[{key!r}]", element) for key, element in _items(value))
    elif isinstance(value, list):
        yield from ((f"{name}[{position}]", element) for position, element in enumerate(_list(value)))


def _check_late(owner: str, name: str, spec: Spec, value: Any) -> pulumi.Output[Any]:
    resolving: pulumi.Output[Any] = pulumi.Output.from_input(value)

    async def check(resolved: object) -> Any:
        problems: list[Problem] = []
        checked = check_value(name, spec, resolved, problems, secret=await resolving.is_secret())
        if problems:
            raise InvalidInputError(owner, problems)
        return checked

    return resolving.apply(check)


def _attempt(check: Callable[[Any], Any], path: str, value: object, problems: list[Problem], *, secret: bool) -> Any:
    try:
        return check(value)
    except Refused as refused:
        problems.append(refused.problem(path, value, secret=secret))
        return REFUSED


def _unknown(key: object, specs: Mapping[str, Spec]) -> Problem:
    nearest = difflib.get_close_matches(str(key), specs, n=1)
    way_out = f"did you mean {nearest[0]}?" if nearest else f"the inputs are {', '.join(specs)}"
    return Problem(show(key), "", "there is no such input", way_out)
