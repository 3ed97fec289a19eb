"""From a component's arguments to valid values, plain or as Outputs. Nothing here asks AWS."""

import dataclasses
import difflib
import inspect
import re
from collections import UserString
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, Union, cast

import pulumi

from . import _validators
from ._errors import InvalidInputError, InvalidValue, Problem, has_output_text, merged, raise_problems, show
from ._outputs import then

T = TypeVar("T")
D = TypeVar("D")
Given = Union[T, pulumi.Output[T]]
"""A value that is plain or resolves later."""

INVALID: Final = object()
"""Stands for a wrong value. Rules between inputs skip it."""

SPEC: Final = "spec"
"""Where a field of a component's inputs has its rules: a `Spec`, or a table of them if the field has several inputs."""

NO_ARGS: Final[Any] = None
"""The default of a component's `args`: the inputs come as keyword arguments."""

# How similar an unknown input must be to a known one, and the ends by which people call one and the same thing.
_LIKE: Final = 0.5
_END: Final = re.compile("_(?:names?|arns?|ids?)$")
_OPTIONS: Final = frozenset(inspect.signature(pulumi.ResourceOptions).parameters)
_ELSEWHERE: Final = {"role": "SessionManagerPermissions", "roles": "SessionManagerManagedPolicy"}


@dataclass(frozen=True)
class Spec:
    """The rules of one input: `validate` returns the valid value or raises `InvalidValue`; of a list, each element."""

    validate: Callable[[Any], Any]
    # What to write if the input is missing; `None` if it is optional.
    required: str | None = None
    # What to write instead of an Output; `None` if the input may be an Output.
    plain: str | None = None
    many: bool = False
    # Whether list elements that break the same rule are named in one line.
    merged: bool = False
    default: Any = None


@dataclass(frozen=True)
class Deferred:
    """A value that is not validated yet: an Output, an awaitable, or a collection that contains one."""

    given: Any


def arguments(kind: str, name: object, args: Any, opts: object, keywords: Mapping[str, Any]) -> tuple[str, str, Any]:
    """Return a component's name, its owner for messages, and its inputs from one dict or from keyword arguments."""
    problems: list[Problem] = []
    owner = kind
    if isinstance(name, str) and not has_output_text(name):
        owner = f"{kind} {exact(name)!r}"
    else:
        remedy = f'write the name first: {kind}("NAME", …)'
        problems.append(Problem("name", show(name), "a component's name is a plain string", remedy))
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        problems.append(
            Problem("opts", show(opts), "it is not pulumi.ResourceOptions", "pass opts=pulumi.ResourceOptions(…)")
        )
    if args is not None:
        problems.extend(_beside_a_dict(keywords))
    raise_problems(owner, problems)
    return exact(name), owner, keywords if args is None else args


def read(owner: str, args: object, kind: type[D], rules: Callable[[D], Iterable[Problem]]) -> D:
    """Return the valid inputs, or raise all problems: of each input, and those that the rules between them yield.

    `kind` is the dataclass of the inputs. The rules see a wrong value as `INVALID` and one that resolves later as
    `Deferred`. It is returned as an Output, which is validated when it resolves.
    """
    specs: dict[str, Spec] = {}
    for field, own in _fields(kind).items():
        specs |= {field: own} if isinstance(own, Spec) else own
    if not isinstance(args, Mapping):
        first = next(iter(specs))
        rule, remedy = "it is not a dict of inputs", f'write {first}=…, or one dict, {{"{first}": …}}'
        raise InvalidInputError(owner, [Problem("args", show(args), rule, remedy)])
    given = cast("Mapping[object, Any]", args)
    problems = [_unknown(key, specs) for key in given if key not in specs]
    values = {name: _read_one(name, spec, given.get(name), problems) for name, spec in specs.items()}
    problems.extend(rules(_made(kind, values)))
    raise_problems(owner, problems)
    return _made(kind, {name: _valid_later(owner, name, specs[name], value) for name, value in values.items()})


def _fields(kind: type) -> dict[str, Spec | Mapping[str, Spec]]:
    return {field.name: field.metadata[SPEC] for field in dataclasses.fields(kind)}


def _made(kind: type[D], values: Mapping[str, Any]) -> D:
    fields = _fields(kind).items()
    return kind(
        **{f: values[f] if isinstance(own, Spec) else {name: values[name] for name in own} for f, own in fields}
    )


def exact(value: Any) -> Any:
    """Return a value with exact strings, dicts and lists only.

    Pulumi finds no Outputs in other collections. An f-string shows the member's name of an `Enum` that is a `str`.
    """
    if isinstance(value, Mapping):
        return {_exact(key): _exact(element) for key, element in _items(value)}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, UserString)):
        return [_exact(element) for _, element in _items(value)]
    return _exact(value)


def is_deferred(value: object) -> bool:
    """Return whether a value resolves later: an Output or an awaitable."""
    # The result of a provider's function, such as aws.iam.get_role, has its value already, although it can be awaited.
    is_result = type(value).__name__.startswith("Awaitable")
    return isinstance(value, (pulumi.Output, Deferred)) or (inspect.isawaitable(value) and not is_result)


def is_known(value: object) -> bool:
    """Return whether a value is plain and not wrong."""
    return value is not INVALID and not is_deferred(value)


def _items(collection: Any) -> list[tuple[Any, Any]]:
    """Return the keys or positions of a collection with its elements."""
    keys: Iterable[Any] = collection if issubclass(type(collection), Mapping) else range(len(collection))
    return [(key, collection[key]) for key in keys]


def _exact(value: Any) -> Any:
    return str.__str__(value) if isinstance(value, str) else value


def _beside_a_dict(keywords: Iterable[str]) -> Iterator[Problem]:
    yield from (_option(key) for key in keywords if key in _OPTIONS)
    if inputs := [key for key in keywords if key not in _OPTIONS]:
        rule = "inputs are given as one dict and as keyword arguments"
        yield Problem(", ".join(inputs), "", rule, "write all of them as keyword arguments")


def _option(name: object) -> Problem:
    return Problem(
        str(name), "", "it is a resource option, not an input", f"pass opts=pulumi.ResourceOptions(«{name}»=…)"
    )


def _unknown(key: object, specs: Mapping[str, Spec]) -> Problem:
    if key in _OPTIONS:
        return _option(key)
    nearest = _nearest(exact(key), specs) if isinstance(key, str) else None
    remedy = f"did you mean «{nearest}»?" if nearest else f"the inputs are «{'», «'.join(specs)}»"
    if component := _ELSEWHERE.get(str(key)):
        remedy += f" «{key}» is an input of {component}"
    return Problem(show(key), "", "there is no such input", remedy)


def _nearest(key: str, names: Iterable[str]) -> str | None:
    """Return the known name that is most like a key, which may be in camel case or end otherwise."""
    snake = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    named = {**{name: name for name in names}, **{_END.sub("", name): name for name in names}}
    found = difflib.get_close_matches(_END.sub("", snake), named, cutoff=_LIKE)
    return named[found[0]] if found else None


def _read_one(name: str, spec: Spec, given: Any, problems: list[Problem]) -> Any:
    if given is None and spec.required:
        problems.append(Problem(name, "None", "it is required", spec.required))
        return INVALID
    value = exact(given)
    deferred = [path for path, part in _parts(name, value) if is_deferred(part)]
    if deferred and spec.plain:
        rule = "it cannot be an Output, which has no value yet when the program declares its resources"
        problems.extend(Problem(path, "", rule, spec.plain) for path in deferred)
        return INVALID
    if name in deferred:
        return Deferred(value)
    valid = _validated(name, spec, value, problems)
    return Deferred(value) if deferred and valid is not INVALID else valid


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield an input and its elements, each with its path."""
    yield name, value
    if isinstance(value, (dict, list)):
        yield from ((f"{name}[{key!r}]", element) for key, element in _items(value))


def _valid_later(owner: str, name: str, spec: Spec, value: Any) -> Any:
    """Return a valid value as it is, and for a deferred one an Output that is validated when it resolves."""

    async def validate(resolved: Any, *, secret: bool) -> Any:
        problems: list[Problem] = []
        found = exact(resolved)
        if any(is_deferred(part) for _, part in _parts(name, found)):
            inner = pulumi.Output.from_input(found)
            return _valid_later(owner, name, spec, Deferred(pulumi.Output.secret(inner) if secret else inner))
        valid = _validated(name, spec, found, problems)
        raise_problems(owner, problems, secret=secret)
        return valid

    return then(pulumi.Output.from_input(value.given), validate) if isinstance(value, Deferred) else value


def _validated(name: str, spec: Spec, value: Any, problems: list[Problem]) -> Any:
    """Return the valid value, and add its problems to the list. Deferred elements are left out."""
    if isinstance(value, dict):
        value = {key: element for key, element in _items(value) if not is_deferred(element)}
    if value is None and not spec.required:
        return spec.default
    if not spec.many:
        return _attempt(spec.validate, name, value, problems)
    elements = _attempt(_validators.sequence, name, value, problems)
    if elements is INVALID:
        return INVALID
    found: list[Problem] = []
    valid = [
        _attempt(spec.validate, f"{name}[{position}]", element, found)
        for position, element in enumerate(elements)
        if not is_deferred(element)
    ]
    problems.extend(merged(name, found) if spec.merged else found)
    return INVALID if INVALID in valid else valid


def _attempt(validate: Callable[[Any], Any], path: str, value: object, problems: list[Problem]) -> Any:
    try:
        return validate(value)
    except InvalidValue as invalid:
        problems.append(invalid.problem(path, value))
        return INVALID
