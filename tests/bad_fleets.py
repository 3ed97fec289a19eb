"""Every kind of wrong input of `SessionManagerManagedPolicy` alone, with the whole line that it is refused with."""

from collections.abc import Mapping
from typing import Any, Final

from tests.bad_inputs import NO_ROLES

WEB: Final = "arn:aws:iam::123456789012:role/web"

NO_OUTPUT: Final = "it cannot be an Output, which has no value yet when the program declares its resources"
PLAIN: Final = (
    "write plain names or ARNs, as each role is the key of its attachment; a function whose name ends with _output, "
    "such as get_roles_output, returns plain values without that end; for a role that is known only as an Output, "
    "declare a SessionManagerPermissions of its own"
)
LIST: Final = "write a list, even for a single value: [ … ]"
REQUIRED: Final = "it is required; write a list of role names or ARNs; an empty one makes a policy for others to attach"
ROLE: Final = "write the name or the ARN of an existing role"
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
DESCRIPTION: Final = "IAM takes printable characters up to U+00FF, tabs and line breaks only; leave the others out"
PATH: Final = (
    "a path begins and ends with /, with letters A-Z and a-z, digits and _+=,.@- between, 512 in all; "
    "write a path such as /session-manager/"
)
NAME: Final = (
    "a policy's name has 1 to 128 characters: letters A-Z and a-z, digits and _+=,.@- only; "
    "choose such a name, or leave it out to get one"
)
TAGS: Final = 'write tags such as {"team": "platform"}'
TAG_KEY: Final = "a tag's key has 1 to 128 letters, digits, spaces and _.:/=+-@; choose another key"
AWS_TAG: Final = "tag keys that begin with aws: are AWS's own; choose another key"
TAG_VALUE: Final = "a tag's value is a string of at most 256 letters, digits, spaces and _.:/=+-@; choose another value"
CUT_D, CUT_V = repr("d" * 120) + "… (1001 characters)", repr("v" * 120) + "… (257 characters)"
CUT_K, CUT_P = repr("k" * 120) + "… (129 characters)", repr("/" + "p" * 119) + "… (513 characters)"

BAD_ROLES: Final[Mapping[str, tuple[Any, str]]] = {
    "nothing": (None, f"roles None: {REQUIRED}"),
    "a name": ("web", f"roles 'web': it is not a list; {LIST}"),
    "a number": (5, f"roles 5: it is not a list; {LIST}"),
    "a set": ({"web"}, f"roles (set): it is not a list; {LIST}"),
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

BAD_VALUES: Final[Mapping[str, tuple[str, Any, str]]] = {
    "a long description": (
        "description",
        "d" * 1001,
        f"description {CUT_D}: it has 1,001 characters, and IAM takes 1,000; shorten it",
    ),
    "an odd description": ("description", "Größe ≤ 1", f"description 'Größe ≤ 1': {DESCRIPTION}"),
    "a control character": ("description", "a\x00b", f"description 'a\\x00b': {DESCRIPTION}"),
    "no text as description": (
        "description",
        5,
        "description 5: it is not a string; write a string of at most 1,000 characters",
    ),
    "a path without /": ("path", "team", f"path 'team': {PATH}"),
    "a path without first /": ("path", "team/", f"path 'team/': {PATH}"),
    "a path without last /": ("path", "/team", f"path '/team': {PATH}"),
    "a path with a space": ("path", "/my team/", f"path '/my team/': {PATH}"),
    "a path with an empty part": ("path", "//", f"path '//': {PATH}"),
    "an empty path": ("path", "", f"path '': {PATH}"),
    "a long path": ("path", "/" + "p" * 511 + "/", f"path {CUT_P}: {PATH}"),
    "a line break after the path": ("path", "/team/\n", f"path '/team/\\n': {PATH}"),
    "a number as path": ("path", 5, "path 5: it is not a string; write a path such as /session-manager/"),
    "an odd name": ("policy_name", "my policy", f"policy_name 'my policy': {NAME}"),
    "an empty name": ("policy_name", "", f"policy_name '': {NAME}"),
    "tags as text": ("tags", "team=a", f"tags 'team=a': it is not a mapping of keys to values; {TAGS}"),
    "tags as list": ("tags", ["team"], f"tags (list): it is not a mapping of keys to values; {TAGS}"),
    "51 tags": (
        "tags",
        {f"k{number}": "" for number in range(51)},
        "tags (dict): there are 51 tags, and IAM takes 50; leave some out",
    ),
    "an empty key": ("tags", {"": "a"}, f"tags '': {TAG_KEY}"),
    "a long key": ("tags", {"k" * 129: "a"}, f"tags {CUT_K}: {TAG_KEY}"),
    "an odd key": ("tags", {"a*": "a"}, f"tags 'a*': {TAG_KEY}"),
    "AWS's key": ("tags", {"AWS:team": "a"}, f"tags 'AWS:team': {AWS_TAG}"),
    "a long value": ("tags", {"team": "v" * 257}, f"tags['team'] {CUT_V}: {TAG_VALUE}"),
    "an odd value": ("tags", {"team": "a&b"}, f"tags['team'] 'a&b': {TAG_VALUE}"),
    "a number as value": ("tags", {"cost": 5}, f"tags['cost'] 5: {TAG_VALUE}"),
}
