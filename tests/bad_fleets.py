"""Every kind of wrong input of `SessionManagerManagedPolicy` alone; `messages.txt` has what its user is told."""

from typing import Final

from tests.bad_inputs import POLICY_NAMES, parts, table

WEB: Final = "arn:aws:iam::123456789012:role/web"
_LINKED: Final = ["AWSServiceRoleForSupport", "AWSServiceRoleForRDS", *(f"AWSServiceRoleFor{n}" for n in range(10))]

BAD_FLEET_ROLES: Final = (
    *table(
        "roles",
        {
            "missing": [None],
            "not a list": ["web", {"web"}],
            "not a string": [["web", 5]],
            "two service-linked roles": [["web", *_LINKED[:2]]],
            "twelve service-linked roles": [["web", *_LINKED]],
            "the same role": [["web", "api", "web"], ["web", "api", WEB], ["web", "api", "Web"]],
            "two accounts": [["api", WEB, "arn:aws:iam::210987654321:role/web"]],
        },
    ),
)
"""Its roles, which cannot be Outputs."""

BAD_FLEETS: Final = (
    *table(
        "description",
        {
            "too long": ["d" * 1001],
            "other characters": ["Größe ≤ 1", "a\x00b"],
            "not a string": [5],
        },
    ),
    *table(
        "path",
        {
            "not a path": ["team", "team/", "/team", "/my team/", "//", "", "/" + "p" * 511 + "/", "/team/\n"],
            "not a string": [5],
        },
    ),
    *table("policy_name", POLICY_NAMES),
    *table("tags", {"not a mapping": ["team=a", ["team"]], "too many": [{f"k{number}": "" for number in range(51)}]}),
    *parts("tags", {"a key": ["", "k" * 129, "a*"], "a key of AWS": ["AWS:team"]}, lambda key: {key: "a"}),
    *parts("tags", {"a value": ["v" * 257, "a&b", 5]}, lambda value: {"team": value}),
)
"""Its other inputs; those that are grants are in `bad_inputs`."""
