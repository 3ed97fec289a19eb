"""How a message shows a value: short, on one line, and as the user has written it."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from pulumi_ssm_perms._errors import show
from tests.bad_inputs import OUTPUT_TEXT

BIG: Final = 10**120
SHOWN: Final[Mapping[str, tuple[Any, str]]] = {
    "two lines": ("two\nlines", r"'two\nlines'"),
    "120 characters": ("a" * 120, f"'{'a' * 120}'"),
    "121 characters": ("a" * 121, f"'{'a' * 120}'… (121 characters)"),
    "an Output in a string": (OUTPUT_TEXT, "(str)"),
    "a number of another language": (7.0, "7"),
    "a part of a number": (0.5, "0.5"),
    "120 digits": (1 - BIG, str(1 - BIG)),
    "121 digits": (BIG, "(int)"),
    "121 digits below zero": (-BIG, "(int)"),
    "a boolean": (True, "True"),
    "nothing": (None, "None"),
}


@pytest.mark.parametrize(("value", "shown"), SHOWN.values(), ids=SHOWN)
def test_a_value_is_shown(value: object, shown: str) -> None:
    """A long string is cut, a number of another language has no `.0`, and of the rest only the type is said."""
    assert show(value) == shown
