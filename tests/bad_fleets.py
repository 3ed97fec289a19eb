"""Wrong inputs that only `SessionManagerManagedPolicy` has, each with the rule that it breaks."""

from collections.abc import Iterator
from typing import Any, Final

from tests.bad_inputs import OUTPUT_TEXT, POLICY_NAMES, Bad, parts, table

WEB: Final = "arn:aws:iam::123456789012:role/web"
_LINKED: Final = ["AWSServiceRoleForSupport", "AWSServiceRoleForRDS", *(f"AWSServiceRoleFor{n}" for n in range(10))]
_TITLE: Final = "a managed policy"


def _roles() -> Iterator[Bad]:
    yield from table("any input", "roles", {"not a list": ["web", {"web"}]})
    yield from table(_TITLE, "roles", {"no roles": [None]})
    yield from parts("a role", "roles[1]", {"a number": [5], "not a string": [True]}, lambda part: ["web", part])
    same = {"the same role": ["web", WEB, "Web"]}
    yield from parts(_TITLE, "roles[2]", same, lambda part: ["web", "api", part])
    other = {"two accounts": ["arn:aws:iam::210987654321:role/web"]}
    yield from parts(_TITLE, "roles[2]", other, lambda part: ["api", WEB, part])


BAD_FLEET_ROLES: Final = tuple(_roles())
"""Its roles, which cannot be Outputs."""

MERGED: Final = {
    "two": (_LINKED[:2], "'AWSServiceRoleForSupport', 'AWSServiceRoleForRDS'"),
    "twelve": (_LINKED, f"{', '.join(map(repr, _LINKED[:10]))} and 2 more"),
}
"""Roles that break the same rule, and how its one line names them."""


def _others() -> Iterator[Bad]:
    yield from table(
        _TITLE,
        "description",
        {"a long description": ["d" * 1001], "other characters": ["Größe ≤ 1", "a\x00b"], "a number": [5]},
    )
    paths = ["team", "team/", "/team", "/my team/", "//", "", "/" + "p" * 511 + "/", "/team/\n"]
    yield from table(_TITLE, "path", {"not a path": paths, "not a string": [True]})
    yield from table("a policy's name", "policy_name", POLICY_NAMES)
    many = {f"k{number}": "" for number in range(51)}
    yield from table(_TITLE, "tags", {"not a mapping": ["team=a", ["team"]], "too many tags": [many]})
    keys: dict[str, list[Any]] = {"a tag's key": ["", "k" * 129, "a*"], "a tag's key of AWS": ["AWS:team"]}
    yield from parts(_TITLE, "tags", {**keys, "an Output in a tag": [OUTPUT_TEXT]}, lambda key: {key: "a"})
    values: dict[str, list[Any]] = {
        "a tag's value": ["v" * 257, "a&b"],
        "no string as a tag": [True],
        "a number as a tag": [5],
        "an Output in a tag": [OUTPUT_TEXT],
    }
    yield from parts(_TITLE, "tags['team']", values, lambda value: {"team": value})


BAD_FLEETS: Final = tuple(_others())
"""Its other inputs; those that are grants are in `bad_inputs`."""
