"""The committed files that a command makes from the code: what differs is shown, and then the command."""

import json
import re
import runpy
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from development import picture, reference, registry
from tests.facts import assert_current

ROOT: Final = Path(__file__).parents[2]


def schema(_: str) -> str:
    """Return the schema of the components."""
    maker: Mapping[str, Any] = runpy.run_path(str(ROOT / "plugin/make_schema.py"))
    return json.dumps(maker["schema"](), indent=2) + "\n"


def drawn(page: str) -> str:
    """Return the page with the picture of the modules as they are."""
    return with_made_part(page, picture.drawn())


def described(page: str) -> str:
    """Return the page with the inputs as they are described in the code."""
    return with_made_part(page, reference.made()[Path(page).name])


def with_made_part(page: str, made: str) -> str:
    """Return a page with its made part as it is now; the rest is written by people."""
    return re.sub(r"(?s)(<!-- made by .*? -->\n).*?(<!-- end -->)", lambda it: it[1] + made + it[2], read(page))


def of_registry(page: str) -> str:
    """Return the page of Pulumi's registry that README.md makes."""
    return registry.pages(ROOT)[page]


@cache
def read(file: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / file).read_text()


MADE: Final[Mapping[str, tuple[str, Callable[[str], str]]]] = {
    "plugin/schema.json": ("make schema", schema),
    "docs/architecture.md": ("make picture", drawn),
    **{str(page.relative_to(ROOT)): ("make reference", described) for page in sorted(reference.PAGES.iterdir())},
    **dict.fromkeys((*registry.SECTIONS, registry.README), ("make registry", of_registry)),
}
"""Each made file, with the command that writes it, and what is to be in it."""


@pytest.mark.parametrize("file", MADE)
def test_a_made_file_is_what_the_code_says(file: str) -> None:
    """After a change of the code, the command writes the file anew."""
    command, make = MADE[file]

    assert_current(file, read(file), make(file), command)


def test_a_difference_is_shown_before_the_command() -> None:
    """Who reads a failure sees what changed, and at its end what to run if the change is wanted."""
    with pytest.raises(pytest.fail.Exception) as caught:
        assert_current("page.md", "one\ntwo\n", "one\nthree\n", "make page")

    assert str(caught.value).splitlines() == [
        "--- page.md, as committed",
        "+++ page.md, from the code",
        "@@ -1,2 +1,2 @@",
        " one",
        "-two",
        "+three",
        "",
        "Is this change wanted? `make page` writes it to page.md.",
    ]
