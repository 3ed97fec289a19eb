"""Resource options of a component: provider, protect, retain_on_delete, delete_before_replace."""

from collections.abc import Mapping
from typing import Final

from tests.engine.moves.declarations import TEAM, Wrapper
from tests.engine.moves.items import SSM, options, provider, retain
from tests.engine.moves.stage import Row

OPTIONS: Final[Mapping[str, Row]] = {
    "an explicit provider of the account": Row([[SSM], [SSM._replace(opts=provider("one"))]]),
    "another Region of the account": Row(
        [[SSM._replace(opts=provider("one", region="eu-west-1"))], [SSM._replace(opts=provider("two"))]]
    ),
    "protect, and none": Row([[SSM._replace(opts=options(protect=True))], [SSM], []]),
    "protect of a parent, and none": Row(
        [[SSM._replace(within=[Wrapper("Team", "team", opts=options(protect=True))])], [SSM._replace(within=[TEAM])]]
    ),
    "retain_on_delete, and gone": Row([[SSM._replace(opts=options(retain_on_delete=True))], []], "leaves", "leaves"),
    "retain_on_delete by a transform, and gone": Row(
        [[SSM._replace(opts=options(transforms=[retain]))], []], "leaves", "leaves"
    ),
    "delete_before_replace, and another name": Row(
        [
            [SSM._replace(policy_name="old", opts=options(delete_before_replace=True))],
            [SSM._replace(opts=options(delete_before_replace=True))],
        ],
        "a moment",
        "a moment",
    ),
}
