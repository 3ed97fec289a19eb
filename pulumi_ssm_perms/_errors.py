"""What is wrong with an input, and the one error that says so."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import pulumi

SECRET: Final = "[secret]"  # noqa: S105 - what is shown in place of one
_SHOWN_CHARACTERS: Final = 120
_WHOLE: Final = object()


class Problem(NamedTuple):
    """One wrong input, as `InvalidInputError.problems` lists it; as a string it is a line of the error's message.

    Attributes:
        path: The input, or the part of it that is wrong, such as `kms_key_arns[1]`.
        value: What was given, as the message shows it: short, on one line, and `[secret]` in place of a secret.
            Empty where there is no value to show.
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
    """An input that cannot become a policy, found before anything is written.

    The message has one line for each wrong input: who refuses it, the input, its value (never a secret one), the
    rule that it breaks, and what to write instead. A Pulumi program prints it without a traceback, as it does for
    every `pulumi.RunError`.

    Attributes:
        problems: What is wrong, in the order of the inputs; each is a `Problem`.
        owner: Who refuses it: a component's type and name, or `policy_document`.

    """

    def __init__(self, owner: str, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{owner}: {problem}" for problem in problems))
        self.owner = owner
        self.problems = tuple(problems)


class InvalidValue(Exception):  # noqa: N818 - never leaves the package: it becomes a Problem
    """A check's answer to a value that the input cannot have.

    Where only a part of the value is wrong, `part` is that part. It is found at `path`, or under a `key` of the user's
    own choice, which may be as secret as the value.
    """

    def __init__(
        self, rule: str, remedy: str, *, path: str = "", key: str | None = None, part: object = _WHOLE
    ) -> None:
        super().__init__(rule, remedy)
        self.rule = rule
        self.remedy = remedy
        self.path = path
        self.key = key
        self.part = part

    def problem(self, name: str, value: object, *, secret: bool) -> Problem:
        """Return it as the problem of the input that has the value."""
        shown = show(value if self.part is _WHOLE else self.part, secret=secret)
        path = self.path if self.key is None or secret else f"[{show(self.key)}]"
        return Problem(f"{name}{path}", shown, self.rule, self.remedy)


def raise_problems(owner: str, problems: Iterable[Problem]) -> None:
    """Raise an error that names all problems, if there are any."""
    if found := list(problems):
        raise InvalidInputError(owner, found)


def show(value: object, *, secret: bool = False) -> str:
    """Return a value for a message: on one line, short, and quoted where it is a string; a secret is not shown."""
    if secret:
        return SECRET
    if isinstance(value, str):
        text = repr(value[:_SHOWN_CHARACTERS])
        return text if len(value) <= _SHOWN_CHARACTERS else f"{text}… ({len(value)} characters)"
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    return f"({type(value).__name__})"
