"""Every kind of wrong input of `SessionManagerManagedPolicy` alone, with the whole line that it is refused with."""

from typing import Final

from tests.bad_inputs import NO_LIST, POLICY_NAME, Bad, parts, table
from tests.bad_roles import NO_STRING, ROLE

WEB: Final = "arn:aws:iam::123456789012:role/web"

NO_OUTPUT: Final = "it cannot be an Output, which has no value yet when the program declares its resources"
PLAIN: Final = (
    "write plain names or ARNs, as each role is the key of its attachment; a function whose name ends with _output, "
    "such as get_roles_output, returns plain values without that end; for a role that is known only as an Output, "
    "declare a SessionManagerPermissions of its own"
)
REQUIRED: Final = "it is required; write a list of role names or ARNs; an empty one makes a policy for others to attach"
SAME: Final = (
    "it is the same role as roles[0]: a name, its ARN and another case of it are one role; name each role once"
)
FOREIGN: Final = (
    "it belongs to another account than 123456789012, and a policy can be attached only in its own account; declare "
    "one component for each account, with a provider of that account"
)
PATH: Final = (
    "a path begins and ends with /, with letters A-Z and a-z, digits and _+=,.@- between, 512 in all; "
    "write a path such as /session-manager/"
)
TAG_KEY: Final = "a tag's key has 1 to 128 letters, digits, spaces and _.:/=+-@; choose another key"
AWS_TAG: Final = "tag keys that begin with aws: are AWS's own; choose another key"
TAG_VALUE: Final = "a tag's value is a string of at most 256 letters, digits, spaces and _.:/=+-@; choose another value"

_LINKED: Final = ["AWSServiceRoleForSupport", "AWSServiceRoleForRDS", *(f"AWSServiceRoleFor{n}" for n in range(10))]


def _together(number: int, shown: str) -> Bad:
    """Return what is said of as many service-linked roles, which are named in one line."""
    why = f"it is a service-linked role, which only its AWS service can change; {ROLE}"
    return Bad("roles", ["web", *_LINKED[:number]], shown, why)


BAD_FLEET_ROLES: Final = (
    Bad("roles", None, "None", REQUIRED),
    *table("roles", {NO_LIST: ["web", {"web"}]}),
    *parts("roles", "[1]", {f"{NO_STRING}; {ROLE}": [5]}, lambda wrong: ["web", wrong]),
    _together(2, "'AWSServiceRoleForSupport', 'AWSServiceRoleForRDS'"),
    _together(12, f"{', '.join(map(repr, _LINKED[:10]))} and 2 more"),
    *parts("roles", "[2]", {SAME: ["web", WEB, "Web"]}, lambda wrong: ["web", "api", wrong]),
    *parts("roles", "[2]", {FOREIGN: ["arn:aws:iam::210987654321:role/web"]}, lambda wrong: ["api", WEB, wrong]),
)
"""Its roles, which cannot be Outputs."""

BAD_FLEETS: Final = (
    *table(
        "description",
        {
            "it has 1,001 characters, and IAM takes 1,000; shorten it": ["d" * 1001],
            "IAM takes printable characters up to U+00FF, tabs and line breaks only; leave the others out": [
                *("Größe ≤ 1", "a\x00b"),
            ],
            f"{NO_STRING}; write a string of at most 1,000 characters": [5],
        },
    ),
    *table(
        "path",
        {
            PATH: ["team", "team/", "/team", "/my team/", "//", "", "/" + "p" * 511 + "/", "/team/\n"],
            f"{NO_STRING}; write a path such as /session-manager/": [5],
        },
    ),
    *table("policy_name", {POLICY_NAME: ["my policy", ""]}),
    *table(
        "tags",
        {
            'it is not a mapping of keys to values; write tags such as {"team": "platform"}': ["team=a", ["team"]],
            "there are 51 tags, and IAM takes 50; leave some out": [{f"k{number}": "" for number in range(51)}],
        },
    ),
    *parts("tags", "", {TAG_KEY: ["", "k" * 129, "a*"], AWS_TAG: ["AWS:team"]}, lambda wrong: {wrong: "a"}),
    *parts("tags", "", {TAG_VALUE: ["v" * 257, "a&b", 5]}, lambda wrong: {"team": wrong}, key="['team']"),
)
"""Its other inputs; those that are grants are in `bad_inputs`."""
