"""How one input is read: by its check, and as its type says."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NotRequired, Union, get_args, get_origin

from ._errors import Problem


@dataclass(frozen=True)
class Spec:
    """How one input is read.

    Attributes:
        check: Returns what a value becomes, or raises `InvalidValue`; in a list, for each element.
        required: What to write where the input is missing; `None` if it may be missing.
        if_missing: Returns what is wrong with leaving the input out, if anything is.
        plain: What to do where an input that cannot be an Output is one; `None` if it may be one.
        many: Whether the input is a list, as its type says.
        default: What stands for a missing input, as its type says.

    """

    check: Callable[[Any], Any]
    required: str | None = None
    if_missing: Callable[[], Problem | None] | None = None
    plain: str | None = None
    many: bool = False
    default: Any = None


def specs(args: type, checked: Mapping[str, Spec]) -> dict[str, Spec]:
    """Return how each field of a TypedDict is read, completed by what the field's type says.

    Raises:
        TypeError: A field has no spec, or a spec has no field.

    """
    fields = inspect.get_annotations(args)
    if unpaired := sorted(fields.keys() ^ checked.keys()):
        raise TypeError(f"{args.__name__}: every field needs a spec, and every spec a field: {', '.join(unpaired)}")
    return {name: _completed(spec, _kind(fields[name])) for name, spec in checked.items()}


def _completed(spec: Spec, kind: object) -> Spec:
    if kind is Sequence:
        return replace(spec, many=True, default=())
    return replace(spec, default=False if kind is bool else None)


def _kind(annotation: Any) -> object:
    """Return the kind of a field's plain values, the first alternative of its type: `Sequence`, `str`, `bool` …."""
    field = get_args(annotation)[0] if get_origin(annotation) is NotRequired else annotation
    first = get_args(field)[0] if get_origin(field) is Union else field
    return get_origin(first) or first
