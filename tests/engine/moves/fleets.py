"""A managed policy and its roles, for a bare Policy with attachments and for a component."""

from collections.abc import Mapping
from typing import Final

from tests.documents import KEY
from tests.engine.moves.items import FLEET, NAMED, many
from tests.moves import TEAM, Many, Was
from tests.stage import Row

OLD_AND_NEW, NEW_AND_OLD = (
    [many(policy_name=one), Many("other", ["app"], {"policy_name": two})]
    for one, two in (("old", "new"), ("new", "old"))
)
FLEETS: Final[Mapping[str, Row]] = {
    "fleet: another document": Row([[FLEET], [many(kms_key_arns=[KEY])]]),
    "a description, another, none": Row(
        [[FLEET], [many(description="old")], [many(description="new")], [FLEET]], "a moment"
    ),
    "a path, another, none": Row([[FLEET], [many(path="/old/")], [many(path="/new/")], [FLEET]], "a moment"),
    "a name, another, none": Row([[FLEET], [many(policy_name="old")], [many(policy_name="new")], [FLEET]], "a moment"),
    "name and description": Row(
        [[many(policy_name="old", description="old")], [many(policy_name="new", description="new")]], "a moment"
    ),
    "fleet: another component name": Row([[FLEET], [FLEET._replace(name="squad")]]),
    "fleet: another component name, with an alias": Row([[FLEET], [FLEET._replace(name="squad", was=[Was("fleet")])]]),
    "the same of an exact name": Row([[NAMED], [NAMED._replace(name="squad", was=[Was("fleet")])]]),
    # Both create the policy before they delete the old one, and IAM has one policy of a name.
    "the same of an exact name, without an alias, then with one": Row(
        [[NAMED], [NAMED._replace(name="squad")], [NAMED._replace(name="squad", was=[Was("fleet")])]], "fails", "fails"
    ),
    "fleet: another parent": Row([[FLEET], [FLEET._replace(within=[TEAM])]]),
    "fleet: another parent, with an alias": Row([[NAMED], [NAMED._replace(within=[TEAM], was=[Was(within=())])]]),
    "fleets of exact names swap them, and back": Row([OLD_AND_NEW, NEW_AND_OLD, OLD_AND_NEW], "fails", "fails"),
    "roles in another case": Row([[FLEET], [FLEET._replace(roles=["API", "WEB"])]], "a moment"),
    "a role more, a role less": Row(
        [[FLEET], [FLEET._replace(roles=["new", "api", "web"])], [FLEET._replace(roles=["web"])]]
    ),
    "a role goes to another fleet": Row([[FLEET], [FLEET._replace(roles=["web"]), Many("other", ["api"])]]),
}
