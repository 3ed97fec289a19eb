"""Wrong levels of a check, and wrong inputs that only `SessionManagerManagedPolicy` has, each with its rule."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from tests.bad_inputs import OUTPUT_TEXT, Bad, rows
from tests.components import PERMISSIONS
from tests.fleets import FLEET

WEB: Final = "arn:aws:iam::123456789012:role/web"
_TITLE: Final = "a managed policy"
_rows = partial(rows, kind=FLEET)
_LEVELS: Final[list[Any]] = ["warn", "Advisory", "mandatory ", "", True, False, 1, ["advisory"], OUTPUT_TEXT]


def _plain() -> Iterator[Bad]:
    yield from _rows("any input", "roles", {"not a list": ["web", {"web"}]})
    yield from _rows(_TITLE, "roles", {"no roles": [None]})
    yield from _rows("a role", "roles[1]", {"a number": [5], "not a string": [True]}, lambda part: ["web", part])
    yield from _rows(_TITLE, "roles[2]", {"the same role": ["web", WEB, "Web"]}, lambda part: ["web", "api", part])
    other = {"two accounts": ["arn:aws:iam::210987654321:role/web"]}
    yield from _rows(_TITLE, "roles[2]", other, lambda part: ["api", WEB, part])
    yield from _rows(
        _TITLE, "tags", {"no string as a tag's key": [True], "a number as a tag's key": [1]}, lambda key: {key: "a"}
    )
    for kind in (PERMISSIONS, FLEET):
        yield from rows("any input", "check", {"not a level": _LEVELS}, kind=kind)


BAD_PLAIN: Final = tuple(_plain())
"""What cannot come as an Output: levels, roles, and a tag's key that the SDK refuses."""


def _others() -> Iterator[Bad]:
    texts: dict[str, list[Any]] = {"other characters": ["Größe ≤ 1", "a\x00b"], "a number": [5]}
    yield from _rows(_TITLE, "description", {"a long description": ["d" * 1001], **texts})
    paths = ["team", "team/", "/team", "/my team/", "//", "", "/" + "p" * 511 + "/", "/team/\n"]
    yield from _rows(_TITLE, "path", {"not a path": paths, "not a string": [True]})
    yield from _rows("a policy's name", "policy_name", {"not a name": [""]})
    many = {f"k{number}": "" for number in range(51)}
    yield from _rows(_TITLE, "tags", {"not a mapping": ["team=a", ["team"]], "too many tags": [many]})
    keys: dict[str, list[Any]] = {"a tag's key": ["", "k" * 129, "a*"], "a tag's key of AWS": ["AWS:team"]}
    yield from _rows(_TITLE, "tags", {**keys, "an Output in a tag": [OUTPUT_TEXT]}, lambda key: {key: "a"})
    values: dict[str, list[Any]] = {"a tag's value": ["v" * 257, "a&b"], "no string as a tag": [True]}
    more: dict[str, list[Any]] = {"a number as a tag": [5], "an Output in a tag": [OUTPUT_TEXT]}
    yield from _rows(_TITLE, "tags['team']", {**values, **more}, lambda value: {"team": value})


BAD_FLEETS: Final = tuple(_others())
"""Its other inputs; those that are grants are in `bad_inputs`."""
