"""Reads inputs: plain values are validated at once, Outputs when they resolve. Nothing here asks AWS."""

import difflib
import inspect
import re
from collections import UserString
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final, Generic, TypeVar, Union, cast

import pulumi

from ._errors import InvalidValue, Problem, has_output_text, invalid_input, listed, raise_problems, show
from ._outputs import apply_async, is_output
from ._validators import LEVEL_REMEDY, EnforcementLevel, Validate, enforcement_level

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

NO_ARGS: Final[Any] = None
"""The default of a component's `args`: the inputs come as keyword arguments."""

# How similar an unknown input must be to a known one, and the ends by which people call one and the same thing.
_SIMILARITY: Final = 0.5
_INTERCHANGEABLE_END: Final = re.compile("_(?:names?|arns?|ids?)$")
_OPTIONS: Final = frozenset(inspect.signature(pulumi.ResourceOptions).parameters)
_ELSEWHERE: Final = {"role": "SessionManagerPermissions", "roles": "SessionManagerManagedPolicy"}
_NO_OUTPUT: Final = "it cannot be an Output, which has no value yet when the program declares its resources"


class WithoutValue:
    """An input without a valid value while the program declares its resources: no rule between inputs judges it."""


@dataclass(frozen=True, eq=False)
class Unresolved(WithoutValue, Generic[T_co]):
    """An input that is an Output, or has Outputs in it."""

    owner: str
    path: str
    validate: Validate[T_co]
    value: object

    @cached_property
    def output(self) -> "pulumi.Output[T_co]":
        """The valid value, once it resolves. Reading it starts the validation, so only after `finish`."""
        return apply_async(_resolving(self.value), self._validated)

    async def _validated(self, value: object, *, secret: bool) -> T_co:
        try:
            return self.validate(value)
        except InvalidValue as invalid:
            raise invalid_input(self.owner, invalid.problems(self.path, value), secret=secret) from None


class Invalid(WithoutValue):
    """A wrong input, for which `finish` raises."""


ReadInput = Union[T, Unresolved[T], Invalid]
"""What is read of an input."""


class InputReader:
    """Reads the inputs of a component or function one by one. `finish` raises all that is wrong with them at once."""

    def __init__(self, owner: str, values: Mapping[Any, Any]) -> None:
        """Take the values as the user wrote them; `owner` begins each message."""
        self.owner = owner
        self._values = values
        self._names: list[str] = []
        self._problems: list[Problem] = []

    def read(
        self,
        name: str,
        validate: Validate[T],
        *,
        required: str | None = None,
        no_output: str | None = None,
        validate_resolved: Validate[T] | None = None,
    ) -> ReadInput[T]:
        """Return the valid value of an input, or `Unresolved`, or `Invalid`.

        `required` says what to write if the input is missing, and `no_output` what to write instead of an Output.
        Without them, the rule takes `None`, and the input may be an Output. `validate_resolved` is the
        rule of what an Output resolves to, where that is a stricter one.
        """
        self._names.append(name)
        value = as_builtin(self._values.get(name))
        if value is None and required:
            self._problems.append(Problem(name, "None", "it is required", required))
            return Invalid()
        output_paths = _outputs_in(name, value)
        problems = [Problem(path, "", _NO_OUTPUT, no_output) for path in output_paths if no_output]
        valid: Any = None
        if not is_output(value):
            # The plain elements of a list are validated at once, although the list as a whole resolves later.
            try:
                valid = validate(value)
            except InvalidValue as invalid:
                problems.extend(invalid.problems(name, value))
        if problems:
            self._problems.extend(problems)
            return Invalid()
        return Unresolved(self.owner, name, validate_resolved or validate, value) if output_paths else cast("T", valid)

    def finish(self, *between_inputs: Iterable[Problem]) -> None:
        """Raise all problems: of inputs that do not exist, of wrong ones, and those between inputs."""
        unknown = [_unknown(key, self._names) for key in self._values if key not in self._names]
        raise_problems(self.owner, [*unknown, *self._problems, *chain.from_iterable(between_inputs)])


def as_output(read: ReadInput[T]) -> "pulumi.Output[T]":
    """Return an Output of the valid value of an input that is not `Invalid`."""
    return (
        cast("Unresolved[T]", read).output
        if isinstance(read, Unresolved)
        else pulumi.Output.from_input(cast("T", read))
    )


def read_check(reader: InputReader) -> EnforcementLevel:
    """Return the level of a component's check."""
    level = reader.read("check", enforcement_level, no_output=LEVEL_REMEDY)
    return "disabled" if isinstance(level, WithoutValue) else level


def component_reader(
    kind: str, name: object, args: Any, opts: object, keywords: Mapping[str, Any]
) -> tuple[str, InputReader]:
    """Return a component's name, and what reads its inputs, which come as one dict or as keyword arguments."""
    problems: list[Problem] = []
    owner = kind
    if isinstance(name, str) and name and not has_output_text(name):
        owner = f"{kind} {show(name)}"
    else:
        remedy = f'write the name first: {kind}("NAME", …)'
        problems.append(Problem("name", show(name), "a component's name is a plain string, and not empty", remedy))
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        remedy = "pass opts=pulumi.ResourceOptions(…)"
        problems.append(Problem("opts", show(opts), "it is not pulumi.ResourceOptions", remedy))
    if args is not None:
        problems.extend(_keyword_problems(keywords))
    raise_problems(owner, problems)
    values: Any = keywords if args is None else args
    if not isinstance(values, Mapping):
        rule, remedy = "it is not a dict of inputs", "write the inputs as keyword arguments, or as one dict"
        raise_problems(owner, [Problem("args", show(values), rule, remedy)])
    return as_builtin(name), InputReader(owner, cast("Mapping[Any, Any]", values))


def as_builtin(value: Any) -> Any:
    """Return a value with strings, dicts and lists of Python's own classes only.

    Pulumi finds no Outputs in other collections. An f-string shows the member's name of an `Enum` that is a `str`.
    """
    if isinstance(value, Mapping):
        return {_as_str(key): _as_str(value[key]) for key in cast("Mapping[object, object]", value)}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, UserString)):
        return [_as_str(element) for element in cast("Sequence[object]", value)]
    return _as_str(value)


def _as_str(value: Any) -> Any:
    return str.__str__(value) if isinstance(value, str) else value


def _outputs_in(name: str, value: object) -> list[str]:
    """Return the path of an input if it resolves later, or those of its elements that do."""
    if is_output(value):
        return [name]
    items: Iterable[tuple[object, object]] = ()
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
    elif isinstance(value, list):
        items = enumerate(cast("list[object]", value))
    return [f"{name}[{show(key)}]" for key, element in items if is_output(element)]


def _resolving(value: object) -> "pulumi.Output[Any]":
    """Return an Output of a value without Outputs in it, also where it resolves to a collection of another class."""

    def further(known: object) -> Any:
        builtin = as_builtin(known)
        return _resolving(builtin) if _outputs_in("", builtin) else builtin

    output: pulumi.Output[Any] = pulumi.Output.from_input(value)
    return output.apply(further)


def _keyword_problems(keywords: Iterable[str]) -> Iterator[Problem]:
    """Yield the problems of keyword arguments beside a dict of inputs."""
    yield from (_option(key) for key in keywords if key in _OPTIONS)
    if inputs := [show(key) for key in keywords if key not in _OPTIONS]:
        rule = "inputs are given as one dict and as keyword arguments"
        yield Problem(listed(inputs), "", rule, "write all of them as keyword arguments")


def _option(name: object) -> Problem:
    remedy = f"pass opts=pulumi.ResourceOptions(«{name}»=…)"
    return Problem(str(name), "", "it is a resource option, not an input", remedy)


def _unknown(key: object, names: Sequence[str]) -> Problem:
    if key in _OPTIONS:
        return _option(key)
    nearest = _nearest(as_builtin(key), names) if isinstance(key, str) else None
    remedy = f"did you mean «{nearest}»?" if nearest else f"the inputs are «{'», «'.join(names)}»"
    if component := _ELSEWHERE.get(str(key)):
        remedy += f"{'' if nearest else '.'} «{key}» is an input of {component}"
    return Problem(show(key), "", "there is no such input", remedy)


def _nearest(key: str, names: Iterable[str]) -> str | None:
    """Return the known name that is most like a key, which may be in camel case or end otherwise."""
    snake = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    known = {**{name: name for name in names}, **{_INTERCHANGEABLE_END.sub("", name): name for name in names}}
    close = difflib.get_close_matches(_INTERCHANGEABLE_END.sub("", snake), known, cutoff=_SIMILARITY)
    return known[close[0]] if close else None
