"""Reads inputs: plain values are validated at once, Outputs when they resolve. Nothing here asks AWS."""

import difflib
import inspect
import re
from collections import UserString
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, Union, cast

import pulumi

from . import _validators
from ._errors import InvalidValue, Problem, has_output_text, merged, raise_problems, show
from ._outputs import from_coroutine, then

T = TypeVar("T")
MaybeOutput = Union[T, pulumi.Output[T]]
"""A value that is plain or resolves later."""

WRONG: Final[Any] = object()
"""What is read instead of a wrong value. The rules between inputs skip it."""

NO_ARGS: Final[Any] = None
"""The default of a component's `args`: the inputs come as keyword arguments."""

# How similar an unknown input must be to a known one, and the ends by which people call one and the same thing.
_LIKE: Final = 0.5
_END: Final = re.compile("_(?:names?|arns?|ids?)$")
_OPTIONS: Final = frozenset(inspect.signature(pulumi.ResourceOptions).parameters)
_ELSEWHERE: Final = {"role": "SessionManagerPermissions", "roles": "SessionManagerManagedPolicy"}
_NO_OUTPUT: Final = "it cannot be an Output, which has no value yet when the program declares its resources"


@dataclass(frozen=True)
class Rule:
    """The rule of one input: `validate` returns the valid value or raises `InvalidValue`."""

    validate: Callable[[Any], Any]
    # What to write if the input is missing; `None` if it is optional.
    required: str | None = None
    # What to write instead of an Output; `None` if the input may be an Output.
    plain: str | None = None
    # Whether the input is a list; `validate` then takes each element.
    many: bool = False
    # Whether elements that break the same rule are named in one line.
    merged: bool = False
    default: Any = None


CHECK: Final = Rule(_validators.enforcement_level, plain=_validators.PLAIN_LEVEL, default="disabled")


class InputReader:
    """Reads the inputs of a component or function one by one. `finish` raises all that is wrong with them at once."""

    def __init__(self, owner: str, values: Mapping[Any, Any]) -> None:
        """Take the values as the user wrote them; `owner` begins each message."""
        self.owner = owner
        self.problems: list[Problem] = []
        self._values = values
        self._names: list[str] = []

    def read(self, name: str, rule: Rule) -> Any:
        """Return the valid value of an input, or `WRONG`; for an Output, one that is validated when it resolves."""
        self._names.append(name)
        value = exact(self._values.get(name))
        outputs = _outputs_in(name, value)
        if value is None and rule.required:
            self.problems.append(Problem(name, "None", "it is required", rule.required))
            return WRONG
        if outputs and rule.plain:
            self.problems.extend(Problem(path, "", _NO_OUTPUT, rule.plain) for path in outputs)
            return WRONG
        # The plain elements of a list are validated at once, although the list as a whole resolves later.
        valid = None if name in outputs else _valid(name, rule, value, self.problems)
        return self._when_resolved(name, rule, value) if outputs and valid is not WRONG else valid

    def _when_resolved(self, name: str, rule: Rule, value: object) -> "pulumi.Output[Any]":
        async def validated(value: object, *, secret: bool) -> Any:
            value = exact(value)
            if _outputs_in(name, value):
                inner: pulumi.Output[Any] = pulumi.Output.from_input(value)
                return then(pulumi.Output.secret(inner) if secret else inner, validated)
            problems: list[Problem] = []
            valid = _valid(name, rule, value, problems)
            raise_problems(self.owner, problems, secret=secret)
            return valid

        async def started() -> Any:
            # This runs once the constructor has. If `finish` has raised, the run ends: nothing else is to fail first.
            return WRONG if self.problems else then(pulumi.Output.from_input(value), validated)

        return from_coroutine(started())

    def finish(self) -> None:
        """Raise all problems: first the inputs that nothing has read, as there are no such inputs."""
        self.problems[:0] = [_unknown(key, self._names) for key in self._values if key not in self._names]
        raise_problems(self.owner, self.problems)


def component_reader(
    kind: str, name: object, args: Any, opts: object, keywords: Mapping[str, Any]
) -> tuple[str, InputReader]:
    """Return a component's name, and what reads its inputs, which come as one dict or as keyword arguments."""
    problems: list[Problem] = []
    owner = kind
    if isinstance(name, str) and not has_output_text(name):
        owner = f"{kind} {exact(name)!r}"
    else:
        remedy = f'write the name first: {kind}("NAME", …)'
        problems.append(Problem("name", show(name), "a component's name is a plain string", remedy))
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        remedy = "pass opts=pulumi.ResourceOptions(…)"
        problems.append(Problem("opts", show(opts), "it is not pulumi.ResourceOptions", remedy))
    if args is not None:
        problems.extend(_beside_a_dict(keywords))
    raise_problems(owner, problems)
    values: Any = keywords if args is None else args
    if not isinstance(values, Mapping):
        rule, remedy = "it is not a dict of inputs", "write the inputs as keyword arguments, or as one dict"
        raise_problems(owner, [Problem("args", show(values), rule, remedy)])
    return exact(name), InputReader(owner, cast("Mapping[Any, Any]", values))


def exact(value: Any) -> Any:
    """Return a value with exact strings, dicts and lists only.

    Pulumi finds no Outputs in other collections. An f-string shows the member's name of an `Enum` that is a `str`.
    """
    if isinstance(value, Mapping):
        return {_exact(key): _exact(element) for key, element in _items(value)}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, UserString)):
        return [_exact(element) for _, element in _items(value)]
    return _exact(value)


def is_output(value: object) -> bool:
    """Return whether a value resolves later: an Output or an awaitable."""
    # The result of a provider's function, such as aws.iam.get_role, has its value already, although it can be awaited.
    is_result = type(value).__name__.startswith("Awaitable")
    return isinstance(value, pulumi.Output) or (inspect.isawaitable(value) and not is_result)


def is_known(value: object) -> bool:
    """Return whether a value is plain and not wrong."""
    return value is not WRONG and not is_output(value)


def _items(collection: Any) -> list[tuple[Any, Any]]:
    """Return the keys or positions of a collection with its elements."""
    keys: Iterable[Any] = collection if issubclass(type(collection), Mapping) else range(len(collection))
    return [(key, collection[key]) for key in keys]


def _exact(value: Any) -> Any:
    return str.__str__(value) if isinstance(value, str) else value


def _outputs_in(name: str, value: Any) -> list[str]:
    """Return the path of an input if it resolves later, or those of its elements that do."""
    if is_output(value):
        return [name]
    elements = _items(value) if isinstance(value, (dict, list)) else []
    return [f"{name}[{key!r}]" for key, element in elements if is_output(element)]


def _valid(name: str, rule: Rule, value: Any, problems: list[Problem]) -> Any:
    """Return the valid value, or `WRONG` and add its problems to the list. Elements that are Outputs are left out."""
    if value is None and not rule.required:
        return rule.default
    if not rule.many:
        if isinstance(value, dict):
            value = {key: element for key, element in _items(value) if not is_output(element)}
        return _attempt(rule.validate, name, value, problems)
    elements = _attempt(_validators.sequence, name, value, problems)
    if elements is WRONG:
        return WRONG
    plain = {f"{name}[{position}]": each for position, each in enumerate(elements) if not is_output(each)}
    wrong: list[Problem] = []
    valid = [_attempt(rule.validate, path, element, wrong) for path, element in plain.items()]
    problems.extend(merged(name, wrong) if rule.merged else wrong)
    return WRONG if wrong else valid


def _attempt(validate: Callable[[Any], Any], path: str, value: object, problems: list[Problem]) -> Any:
    try:
        return validate(value)
    except InvalidValue as invalid:
        problems.append(invalid.problem(path, value))
        return WRONG


def _beside_a_dict(keywords: Iterable[str]) -> Iterator[Problem]:
    """Yield the problems of keyword arguments beside a dict of inputs."""
    yield from (_option(key) for key in keywords if key in _OPTIONS)
    if inputs := [key for key in keywords if key not in _OPTIONS]:
        rule = "inputs are given as one dict and as keyword arguments"
        yield Problem(", ".join(inputs), "", rule, "write all of them as keyword arguments")


def _option(name: object) -> Problem:
    remedy = f"pass opts=pulumi.ResourceOptions(«{name}»=…)"
    return Problem(str(name), "", "it is a resource option, not an input", remedy)


def _unknown(key: object, names: Sequence[str]) -> Problem:
    if key in _OPTIONS:
        return _option(key)
    nearest = _nearest(exact(key), names) if isinstance(key, str) else None
    remedy = f"did you mean «{nearest}»?" if nearest else f"the inputs are «{'», «'.join(names)}»"
    if component := _ELSEWHERE.get(str(key)):
        remedy += f" «{key}» is an input of {component}"
    return Problem(show(key), "", "there is no such input", remedy)


def _nearest(key: str, names: Iterable[str]) -> str | None:
    """Return the known name that is most like a key, which may be in camel case or end otherwise."""
    snake = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    known = {**{name: name for name in names}, **{_END.sub("", name): name for name in names}}
    close = difflib.get_close_matches(_END.sub("", snake), known, cutoff=_LIKE)
    return known[close[0]] if close else None
