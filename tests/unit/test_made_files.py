"""The committed files that a command makes from the code: what differs is shown, and then the command."""

import difflib
import json
import re
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tools import reference

ROOT: Final = Path(__file__).parents[2]


def schema() -> str:
    """Return the schema of the components."""
    maker: Mapping[str, Any] = runpy.run_path(str(ROOT / "plugin/make_schema.py"))
    return json.dumps(maker["schema"](), indent=2) + "\n"


def with_made_part(page: str, made: str) -> str:
    """Return a page with its made part as it is now; the rest is written by people."""
    text = (ROOT / page).read_text()
    return re.sub(r"(?s)(<!-- made by .*? -->\n).*?(<!-- end -->)", lambda found: found[1] + made + found[2], text)


def described(page: str) -> str:
    """Return a page of the reference, which takes the inputs' types from the committed schema."""
    try:
        return with_made_part(page, reference.made()[page.removeprefix("docs/")])
    except KeyError as missing:
        pytest.fail(f"plugin/schema.json does not have {missing}. `make generate` writes it.", pytrace=False)


def pages() -> list[str]:
    """Name the pages of the reference that `make generate` writes a part of."""
    found = [page for page in sorted(reference.PAGES.rglob("*.md")) if "made by `make generate`" in page.read_text()]
    return [str(page.relative_to(ROOT)) for page in found]


MADE: Final[Mapping[str, Callable[[str], str]]] = {
    "plugin/schema.json": lambda _: schema(),
    **dict.fromkeys(pages(), described),
}
"""Each made file, and what it is to have."""


@pytest.mark.parametrize("file", MADE)
def test_a_made_file_is_what_the_code_says(file: str) -> None:
    """After a change of the code, `make generate` writes the file anew."""
    committed, made = (ROOT / file).read_text(), MADE[file](file)
    names = (f"{file}, as committed", f"{file}, from the code")
    changes = difflib.unified_diff(committed.splitlines(), made.splitlines(), *names, n=1, lineterm="")
    if committed != made:
        asked = f"Is this change wanted? `make generate` writes it to {file}."
        pytest.fail("\n".join([*changes, "", asked]), pytrace=False)
