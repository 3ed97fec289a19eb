"""What is wrong with an input, and the one error that says so."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import pulumi

SECRET: Final = "[secret]"  # noqa: S105 - what is shown in place of one
_SHOWN_CHARACTERS: Final = 120
_WHOLE: Final = object()


class Problem(NamedTuple):
    """One wrong input: where it is, what was given, the rule it breaks and what to write instead."""

    path: str
    value: str
    rule: str
    way_out: str

    def __str__(self) -> str:
        return f"{' '.join(filter(None, (self.path, self.value)))}: {self.rule}; {self.way_out}"


class Refused(Exception):  # noqa: N818 - never leaves the package: it becomes a Problem
    """A check's answer to a value that it does not take."""

    def __init__(
        self, rule: str, way_out: str, *, path: str = "", key: str | None = None, part: object = _WHOLE
    ) -> None:
        super().__init__(rule, way_out)
        self.rule = rule
        self.way_out = way_out
        self.path = path
        self.key = key
        self.part = part

    def problem(self, name: str, value: object, *, secret: bool) -> Problem:
        """Return it as the problem of an input; where only a part of the value is wrong, that part is shown.

        The part is at `path`, or at a `key` of the user's own choice, which may be as secret as the value.
        """
        shown = SECRET if secret else show(value if self.part is _WHOLE else self.part)
        path = self.path if self.key is None or secret else f"[{show(self.key)}]"
        return Problem(f"{name}{path}", shown, self.rule, self.way_out)


class InvalidInputError(pulumi.RunError):
    """An input that cannot become a policy, found before anything is written.

    The message has one line for each wrong input: who refuses it, the input, its value (never a secret one), the
    rule that it breaks, and what to write instead. A Pulumi program prints it without a traceback, as it does for
    every `pulumi.RunError`.

    Attributes:
        problems: What is wrong, in the order of the inputs.
        owner: Who refuses it: a component's type and name, or `policy_document`.

    """

    def __init__(self, owner: str, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{owner}: {problem}" for problem in problems))
        self.owner = owner
        self.problems = tuple(problems)


def show(value: object) -> str:
    """Return a value for an error message: on one line, short, and quoted where it is text."""
    if isinstance(value, str):
        text = repr(value[:_SHOWN_CHARACTERS])
        return text if len(value) <= _SHOWN_CHARACTERS else f"{text}… ({len(value)} characters)"
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    return f"({type(value).__name__})"
