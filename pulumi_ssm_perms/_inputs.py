"""From a component's inputs to checked values, plain or as Outputs; no AWS call is made here."""

import difflib
import functools
import inspect
import re
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, Protocol, cast

import pulumi

from . import _checks
from ._errors import InvalidInputError, InvalidValue, Problem, raise_problems, show, together
from ._specs import Spec

INVALID: Final = object()
"""Stands for a wrong plain value, so that rules between inputs do not report it a second time."""

# How like two names have to be; and the words that do not tell one input from others.
_LIKE: Final = 0.6
_ANYWHERE: Final = frozenset({"arn", "log"})

P = ParamSpec("P")

Values = dict[str, Any]
"""Input name to its checked value, or to an Output of one that is checked as it resolves."""


class Build(Protocol):
    """Makes something of plain values; is told whether one of them is secret."""

    def __call__(self, values: Values, *, secret: bool) -> Any:
        """Return a value or an Output."""


def read(owner: str, args: object, specs: Mapping[str, Spec], rules: Callable[[Values], Iterable[Problem]]) -> Values:
    """Return the checked values of all inputs; what is deferred (an Output or awaitable) is checked as it resolves.

    Raises:
        InvalidInputError: Plain values are wrong, by themselves or by the `rules` between them. All are named.

    """
    given = _mapping(owner, args, specs)
    problems = [_unknown(key, specs) for key in given if key not in specs]
    values = {name: _read_one(name, spec, given.get(name), problems) for name, spec in specs.items()}
    problems.extend(rules(values))
    raise_problems(owner, problems)
    # Not before: the problem of a deferred value would be reported in place of the plain values' problems.
    return {
        name: _check_deferred(owner, name, specs[name], value.given) if isinstance(value, _Deferred) else value
        for name, value in values.items()
    }


def plain(value: Any) -> Any:
    """Return a value in what Pulumi and an f-string take by their value: exact texts, dicts and lists.

    Pulumi finds no Outputs within other collections, and the text of an `Enum` that is a `str` is its member's name.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(element) for key, element in _items(value)}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [plain(element) for element in _list(value)]
    return value


def takes_a_mapping(init: Callable[P, None]) -> Callable[P, None]:
    """Let a component that is given inputs as keyword arguments say that they are one dict; types refuse it as well."""
    parameters = inspect.signature(init).parameters
    options = inspect.signature(pulumi.ResourceOptions).parameters

    @functools.wraps(init)
    def checked(*args: P.args, **kwargs: P.kwargs) -> None:
        if unknown := [key for key in kwargs if key not in parameters]:
            kind, *names = type(args[0]).__name__, *args[1:2], *filter(None, [kwargs.get("name")])
            owner = " ".join([kind, *(repr(plain(name)) for name in names)])
            inputs = [key for key in unknown if key not in options]
            raise_problems(owner, _keywords(inputs, [key for key in unknown if key in options]))
        init(*args, **kwargs)

    return checked


def _keywords(inputs: Sequence[str], options: Sequence[str]) -> Iterator[Problem]:
    if inputs:
        written = ", ".join(f'"{key}": …' for key in inputs)
        rule = "inputs are no keyword arguments, but one dict"
        yield Problem(", ".join(inputs), "", rule, f"pass {{{written}}} after the component's name")
    if options:
        written = ", ".join(f"{key}=…" for key in options)
        rule = "options are no keyword arguments of a component"
        yield Problem(", ".join(options), "", rule, f"pass opts=pulumi.ResourceOptions({written})")


def is_deferred(value: object) -> bool:
    """Return whether a value resolves later: an Output or an awaitable."""
    return isinstance(value, (pulumi.Output, _Deferred)) or inspect.isawaitable(value)


def combine(values: Values, build: Build) -> Any:
    """Return `build` of the values, as an Output where one of them is one; it is told whether one is secret."""
    if not any(isinstance(value, pulumi.Output) for value in values.values()):
        return build(values, secret=False)
    together = pulumi.Output.all(**values)

    def build_resolved(resolved: Values) -> pulumi.Output[Any]:
        secret: pulumi.Output[bool] = pulumi.Output.from_input(together.is_secret())
        return secret.apply(lambda is_secret: build(resolved, secret=is_secret))

    return together.apply(build_resolved)


@dataclass(frozen=True)
class _Deferred:
    """A value as it was given, which is or has an Output, until the plain ones have been checked."""

    given: Any


def _mapping(owner: str, args: object, specs: Mapping[str, Spec]) -> Mapping[object, Any]:
    if isinstance(args, Mapping):
        return cast("Mapping[object, Any]", args)
    remedy = f'write them as {{"{next(iter(specs))}": …}}'
    raise InvalidInputError(owner, [Problem("args", show(args), "it is not a mapping of inputs", remedy)])


def _unknown(key: object, specs: Mapping[str, Spec]) -> Problem:
    nearest = _nearest(plain(key), specs) if isinstance(key, str) else None
    remedy = f"did you mean {nearest}?" if nearest else f"the inputs are {', '.join(specs)}"
    return Problem(show(key), "", "there is no such input", remedy)


def _nearest(key: str, names: Iterable[str]) -> str | None:
    """Return the name that a key may stand for, which can be in camel case and shorter: the most words in common."""

    def likeness(name: str) -> tuple[int, float]:
        return len(words & _words(name)), difflib.SequenceMatcher(None, snake, name).ratio()

    snake = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    words = _words(snake)
    nearest = max(names, key=likeness)
    common, ratio = likeness(nearest)
    return nearest if common or ratio >= _LIKE else None


def _words(name: str) -> set[str]:
    return {word.removesuffix("s") for word in name.split("_")} - _ANYWHERE


def _read_one(name: str, spec: Spec, given: Any, problems: list[Problem]) -> Any:
    if given is None and spec.required:
        problems.append(Problem(name, "None", "it is required", spec.required))
        return INVALID
    value = plain(given)
    deferred = {path: part for path, part in _parts(name, value) if is_deferred(part)}
    if deferred and spec.plain:
        rule = "it cannot be an Output, which has no value yet when the program declares its resources"
        problems.extend(Problem(path, "", rule, spec.plain) for path in deferred)
        return INVALID
    if name in deferred:
        return _Deferred(value)
    checked = _check(name, spec, value, problems)
    return _Deferred(value) if deferred and checked is not INVALID else checked


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


def _check_deferred(owner: str, name: str, spec: Spec, value: Any, *, secret: bool = False) -> pulumi.Output[Any]:
    resolving: pulumi.Output[Any] = pulumi.Output.from_input(value)

    async def check(resolved: object) -> Any:
        problems: list[Problem] = []
        is_secret = secret or await resolving.is_secret()
        found = plain(resolved)
        if any(is_deferred(part) for _, part in _parts(name, found)):
            return _check_deferred(owner, name, spec, found, secret=is_secret)
        checked = _check(name, spec, found, problems, secret=is_secret)
        raise_problems(owner, problems)
        return checked

    return resolving.apply(check)


def _check(name: str, spec: Spec, value: object, problems: list[Problem], *, secret: bool = False) -> Any:
    """Return what the spec makes of a value; add its problems to the list. Deferred elements are left out."""
    if isinstance(value, Mapping):
        value = {key: element for key, element in _items(value) if not is_deferred(element)}
    if value is None and not spec.required:
        if spec.if_missing and (problem := spec.if_missing()):
            problems.append(problem)
        return spec.default
    if not spec.many:
        return _attempt(spec.check, name, value, problems, secret=secret)
    elements = _attempt(_checks.sequence, name, value, problems, secret=secret)
    if elements is INVALID:
        return INVALID
    found: list[Problem] = []
    checked = [
        _attempt(spec.check, f"{name}[{position}]", element, found, secret=secret)
        for position, element in enumerate(elements)
        if not is_deferred(element)
    ]
    problems.extend(together(name, found) if spec.together else found)
    return INVALID if INVALID in checked else checked


def _attempt(check: Callable[[Any], Any], path: str, value: object, problems: list[Problem], *, secret: bool) -> Any:
    try:
        return check(value)
    except InvalidValue as invalid:
        problems.append(invalid.problem(path, value, secret=secret))
        return INVALID
