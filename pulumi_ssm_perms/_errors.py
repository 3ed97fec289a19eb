"""What is wrong with an input, or not allowed to a role, and the errors that say so."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

import pulumi

T = TypeVar("T")

# The names of inputs are marked in messages, as in «policy_name». They are Python's, or in a plugin the schema's.
_MARKED: Final = re.compile("«([a-z0-9_]+)»")
_FIRST: Final = re.compile(r"^[a-z]\w*")
_in_schema = False

SECRET: Final = "[secret]"  # noqa: S105 - shown instead of a secret
_SHOWN_CHARACTERS: Final = 120
_SHOWN_NUMBER: Final = 10**_SHOWN_CHARACTERS
_LISTED: Final = 10
_WHOLE: Final = object()
VALUE: Final = "[value]"
"""Stands for the value in a remedy: the value is hidden there, too, if it is secret."""

_USERS_KEY: Final = re.compile(r"\[['\"].*", re.DOTALL)
# What an Output becomes in an f-string or a template literal, in Pulumi's SDKs for Python and TypeScript.
_OUTPUT_TEXT: Final = re.compile(r"Calling (?:__str__ on an Output|\[toString\] on an \[Output)")


class Problem(NamedTuple):
    """One wrong input, as in `InvalidInputError.problems`. As a string it is one line of the error's message.

    Attributes:
        path: The input, or the part of it that is wrong, such as `kms_key_arns[1]`.
        value: The value as the message shows it: short, on one line, and `[secret]` instead of a secret.
            Empty if there is no value to show.
        rule: The rule that the value breaks.
        remedy: What to write instead.

    """

    path: str
    value: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{' '.join(filter(None, (self.path, self.value)))}: {self.rule}; {self.remedy}"


class InvalidInputError(pulumi.RunError):
    """An input that cannot become a policy, found before the policy is written.

    The message has one line for each wrong input: who refuses it, the input, its value (never a secret one), the
    rule that it breaks, and what to write instead. It is a `pulumi.RunError`, so Pulumi prints it without a traceback.

    Attributes:
        problems: A `Problem` for each wrong input, in the order of the inputs.
        owner: Who refuses it: a component's type and name, or `policy_document`.

    """

    def __init__(self, owner: str, problems: Sequence[Problem]) -> None:
        self.owner = owner
        self.problems = tuple(map(_as_shown, problems))
        super().__init__("\n".join(f"{owner}: {problem}" for problem in self.problems))

    def __reduce__(self) -> tuple[type, tuple[str, tuple[Problem, ...]]]:
        """Copy and pickle it by what it is made of, which is not its message."""
        return type(self), (self.owner, self.problems)


class NotAllowedError(pulumi.RunError):
    """A mandatory check ended the run, before the component's policy was written.

    The message has one line for each cause, in the words of the warning of `check="advisory"`, and the way out. It is a
    `pulumi.RunError`, so Pulumi prints it without a traceback.

    Attributes:
        owner: A component's type and name.
        causes: The text of each cause.
        denied_actions: The denied actions, by role name, or by `[secret]` for a secret role. Empty if IAM could not be
            asked.

    """

    def __init__(self, owner: str, causes: Sequence[str], denied_actions: Mapping[str, Sequence[str]]) -> None:
        self.owner = owner
        self.causes = tuple(causes)
        self.denied_actions = {role: tuple(actions) for role, actions in denied_actions.items()}
        super().__init__("\n".join(f"{owner}: {cause}" for cause in self.causes))

    def __reduce__(self) -> tuple[type, tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]]]:
        """Copy and pickle it by what it is made of, which is not its message."""
        return type(self), (self.owner, self.causes, self.denied_actions)


class InvalidValue(Exception):  # noqa: N818 - never leaves the package: it becomes a Problem
    """Raised if an input cannot have this value.

    If only a part of the value is wrong, `part` is that part, at a `path` of AWS's or at a `key` of the user's.
    """

    def __init__(
        self, rule: str, remedy: str, *, path: str = "", key: str | None = None, part: object = _WHOLE
    ) -> None:
        self.rule = rule
        self.remedy = remedy
        self.path = path if key is None else f"[{show(key)}]"
        self.part = part

    def problems(self, name: str, value: object) -> Iterator[Problem]:
        """Yield the problem of the input `name` that has the value."""
        shown = show(value if self.part is _WHOLE else self.part)
        yield Problem(f"{name}{self.path}", shown, self.rule, self.remedy)


class InvalidElements(InvalidValue):
    """Raised if elements of a list are wrong, each with a problem whose path is its position, such as `[1]`."""

    def __init__(self, elements: Iterable[Problem]) -> None:
        self._elements = tuple(elements)

    def problems(self, name: str, value: object) -> Iterator[Problem]:  # noqa: ARG002 - the elements are shown
        """Yield the problems of the elements of the input `name`."""
        yield from (problem._replace(path=f"{name}{problem.path}") for problem in self._elements)


def raise_problems(owner: str, problems: Iterable[Problem], *, secret: bool = False) -> None:
    """Raise an error that names all problems, if there are any; with `secret` it shows no values."""
    all_problems = list(problems)
    if all_problems:
        raise invalid_input(owner, all_problems, secret=secret)


def invalid_input(owner: str, problems: Iterable[Problem], *, secret: bool) -> InvalidInputError:
    """Return an error that names all problems; with `secret` it shows no values."""
    return InvalidInputError(owner, [_hidden(problem) if secret else problem for problem in problems])


def _as_shown(problem: Problem) -> Problem:
    remedy = problem.remedy.replace(VALUE, problem.value.replace("'", ""))
    # A path begins with the name of an input; what follows may be the user's own.
    path = _FIRST.sub(lambda first: _name(first[0]), problem.path)
    return Problem(path, problem.value, with_input_names(problem.rule), with_input_names(remedy))


def _hidden(problem: Problem) -> Problem:
    """Hide the value, and the keys that the user chose: they may be as secret as their values."""
    return problem._replace(path=_USERS_KEY.sub("", problem.path), value=problem.value and SECRET)


def merge_problems(path: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Merge problems that break the same rule into one problem for the whole list at `path`."""
    for first, *others in grouped(problems, lambda problem: (problem.rule, problem.remedy)):
        values = [problem.value for problem in (first, *others)]
        yield first._replace(path=path, value=listed(values)) if others else first


def grouped(items: Iterable[T], key: Callable[[T], object]) -> Iterable[list[T]]:
    """Return the items that have the same key together, in the order of their first ones."""
    groups: dict[object, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups.values()


def listed(names: Sequence[str]) -> str:
    """Return names for a message: all of them up to ten, else the first ten and how many more."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{', '.join(names[:_LISTED])}{more}"


def has_output_text(text: str) -> bool:
    """Return whether an Output was put into a text, which then has an explanation of the SDK instead of its value."""
    return _OUTPUT_TEXT.search(text) is not None


def show(value: object) -> str:
    """Return a value for a message: on one line, short, and quoted if it is a string."""
    if isinstance(value, str) and not has_output_text(value):
        text = repr(value[:_SHOWN_CHARACTERS])
        return text if len(value) <= _SHOWN_CHARACTERS else f"{text}… ({len(value)} characters)"
    if isinstance(value, float):
        # The other languages send each number as a float.
        return repr(value).removesuffix(".0")
    if value is None or (isinstance(value, int) and abs(value) < _SHOWN_NUMBER):
        return repr(value)
    return f"({type(value).__name__})"


def escape(text: str) -> str:
    """Return a text of AWS's for a message: on one line, short, and not quoted."""
    return show(text).replace("'", "")


def use_schema_names() -> None:
    """Show inputs by their names in the schema from now on, in this process."""
    global _in_schema  # noqa: PLW0603 - a plugin's process serves other languages only
    _in_schema = True


def with_input_names(text: str) -> str:
    """Return a message with the names of the inputs that it marks."""
    return _MARKED.sub(lambda marked: _name(marked[1]), text)


def _name(name: str) -> str:
    return re.sub("_([a-z0-9])", lambda letter: letter[1].upper(), name) if _in_schema else name
