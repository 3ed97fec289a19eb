"""Every kind of wrong input of `SessionManagerManagedPolicy` alone, with the whole line that it is refused with."""

from collections.abc import Mapping
from typing import Any, Final

from tests.bad_inputs import NO_LIST, NO_ROLES, NO_STRING, POLICY_NAME, ROLE, Bad, table

WEB: Final = "arn:aws:iam::123456789012:role/web"

NO_OUTPUT: Final = "it cannot be an Output, which has no value yet when the program declares its resources"
PLAIN: Final = (
    "write plain names or ARNs, as each role is the key of its attachment; a function whose name ends with _output, "
    "such as get_roles_output, returns plain values without that end; for a role that is known only as an Output, "
    "declare a SessionManagerPermissions of its own"
)
REQUIRED: Final = "it is required; write a list of role names or ARNs; an empty one makes a policy for others to attach"
LINKED: Final = "it is a service-linked role, which only its AWS service can change"
SAME: Final = "a name, its ARN and another case of it are one role; name each role once"
FOREIGN: Final = (
    "it belongs to another account than 123456789012, and a policy can be attached only in its own account; declare "
    "one component for each account, with a provider of that account"
)
OVERSIZE: Final = (
    "the policy document: it has 6,198 characters without white space, and IAM takes 6,144 for a managed policy; use "
    "fewer keys or log groups, or spread them over several SessionManagerManagedPolicy"
)
PATH: Final = (
    "a path begins and ends with /, with letters A-Z and a-z, digits and _+=,.@- between, 512 in all; "
    "write a path such as /session-manager/"
)
TAGS: Final = 'write tags such as {"team": "platform"}'
TAG_KEY: Final = "a tag's key has 1 to 128 letters, digits, spaces and _.:/=+-@; choose another key"
AWS_TAG: Final = "tag keys that begin with aws: are AWS's own; choose another key"
TAG_VALUE: Final = "a tag's value is a string of at most 256 letters, digits, spaces and _.:/=+-@; choose another value"
BAD_ROLES: Final[Mapping[str, tuple[Any, str]]] = {
    "nothing": (None, f"roles None: {REQUIRED}"),
    "a name": ("web", f"roles 'web': {NO_LIST}"),
    "a number": (5, f"roles 5: {NO_LIST}"),
    "a set": ({"web"}, f"roles (set): {NO_LIST}"),
    "an empty name": ([""], f"roles[0] '': it names no role; {ROLE}"),
    "a number in it": (["web", 5], f"roles[1] 5: it is not a string; {ROLE}"),
    "a service-linked role": (
        ["AWSServiceRoleForSupport"],
        f"roles[0] 'AWSServiceRoleForSupport': {LINKED}; {ROLE}",
    ),
    "service-linked roles": (
        ["AWSServiceRoleForSupport", "web", "AWSServiceRoleForRDS"],
        f"roles 'AWSServiceRoleForSupport', 'AWSServiceRoleForRDS': {LINKED}; {ROLE}",
    ),
    "many service-linked roles": (
        [f"AWSServiceRoleFor{number}" for number in range(12)],
        f"roles {', '.join(repr(f'AWSServiceRoleFor{number}') for number in range(10))} and 2 more: {LINKED}; {ROLE}",
    ),
    "a user": (
        ["arn:aws:iam::123456789012:user/me"],
        f"roles[0] 'arn:aws:iam::123456789012:user/me': it is the ARN of a user, not of a role; {ROLE}",
    ),
    **{f"{given}, no role": (["web", given], f"roles[1] '{given}': {why}") for given, why in NO_ROLES.items()},
    "a name twice": (["web", "api", "web"], f"roles[2] 'web': it is the same role as roles[0]: {SAME}"),
    "name and ARN": (["web", WEB], f"roles[1] '{WEB}': it is the same role as roles[0]: {SAME}"),
    "another case": ([WEB, "api", "Web"], f"roles[2] 'Web': it is the same role as roles[0]: {SAME}"),
    "two accounts": (
        ["api", WEB, "arn:aws:iam::210987654321:role/web"],
        f"roles[2] 'arn:aws:iam::210987654321:role/web': {FOREIGN}",
    ),
}

BAD_VALUES: Final = (
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
            f"it is not a mapping of keys to values; {TAGS}": ["team=a", ["team"]],
            "there are 51 tags, and IAM takes 50; leave some out": [{f"k{number}": "" for number in range(51)}],
        },
    ),
    Bad("tags", {"": "a"}, f"tags '': {TAG_KEY}"),
    Bad("tags", {"k" * 129: "a"}, f"tags '{'k' * 120}'… (129 characters): {TAG_KEY}"),
    Bad("tags", {"a*": "a"}, f"tags 'a*': {TAG_KEY}"),
    Bad("tags", {"AWS:team": "a"}, f"tags 'AWS:team': {AWS_TAG}"),
    Bad("tags", {"team": "v" * 257}, f"tags['team'] '{'v' * 120}'… (257 characters): {TAG_VALUE}"),
    Bad("tags", {"team": "a&b"}, f"tags['team'] 'a&b': {TAG_VALUE}"),
    Bad("tags", {"cost": 5}, f"tags['cost'] 5: {TAG_VALUE}"),
)
