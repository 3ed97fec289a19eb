"""A managed policy and its roles, for a bare Policy with attachments and for a component."""

from collections.abc import Mapping
from typing import Final

from tests.documents import KEY
from tests.engine.moves.declarations import TEAM, Alias, Fleet
from tests.engine.moves.items import FLEET, NAMED, fleet_with
from tests.engine.moves.stage import Row

OLD_AND_NEW, NEW_AND_OLD = (
    [fleet_with(policy_name=one), Fleet("other", ["app"], {"policy_name": two})]
    for one, two in (("old", "new"), ("new", "old"))
)
FLEETS: Final[Mapping[str, Row]] = {
    "fleet: another document": Row([[FLEET], [fleet_with(kms_key_arns=[KEY])]]),
    "a description, another, none": Row(
        [[FLEET], [fleet_with(description="old")], [fleet_with(description="new")], [FLEET]], "a moment"
    ),
    "a path, another, none": Row(
        [[FLEET], [fleet_with(path="/old/")], [fleet_with(path="/new/")], [FLEET]], "a moment"
    ),
    "a name, another, none": Row(
        [[FLEET], [fleet_with(policy_name="old")], [fleet_with(policy_name="new")], [FLEET]], "a moment"
    ),
    "name and description": Row(
        [[fleet_with(policy_name="old", description="old")], [fleet_with(policy_name="new", description="new")]],
        "a moment",
    ),
    "fleet: another component name": Row([[FLEET], [FLEET._replace(name="squad")]]),
    "fleet: another component name, with an alias": Row(
        [[FLEET], [FLEET._replace(name="squad", aliases=[Alias("fleet")])]]
    ),
    "the same of an exact name": Row([[NAMED], [NAMED._replace(name="squad", aliases=[Alias("fleet")])]]),
    # Both create the policy before they delete the old one, and IAM has one policy of a name.
    "the same of an exact name, without an alias, then with one": Row(
        [[NAMED], [NAMED._replace(name="squad")], [NAMED._replace(name="squad", aliases=[Alias("fleet")])]],
        "fails",
        "fails",
    ),
    "fleet: another parent": Row([[FLEET], [FLEET._replace(within=[TEAM])]]),
    "fleet: another parent, with an alias": Row([[NAMED], [NAMED._replace(within=[TEAM], aliases=[Alias(within=())])]]),
    "fleets of exact names swap them, and back": Row([OLD_AND_NEW, NEW_AND_OLD, OLD_AND_NEW], "fails", "fails"),
    "roles in another case": Row([[FLEET], [FLEET._replace(roles=["API", "WEB"])]], "a moment"),
    "a role more, a role less": Row(
        [[FLEET], [FLEET._replace(roles=["new", "api", "web"])], [FLEET._replace(roles=["web"])]]
    ),
    "a role goes to another fleet": Row([[FLEET], [FLEET._replace(roles=["web"]), Fleet("other", ["api"])]]),
}
