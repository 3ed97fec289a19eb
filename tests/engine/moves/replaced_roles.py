"""A role of the same program goes and comes back."""

from collections.abc import Mapping
from typing import Final

from tests.engine.moves.declarations import BY, MADE, SQUAD, TEAM, Role
from tests.engine.moves.items import SSM, WEB
from tests.engine.moves.stage import Row, Update

REPLACED_ROLES: Final[Mapping[str, Row]] = {
    **{
        f"a role of the program is replaced: {form}": Row(
            [[Role(), SSM._replace(role=form)], [Role("/team/"), SSM._replace(role=form)]], "a moment", "a moment"
        )
        for form in BY
    },
    "it is replaced, and its name is text": Row(
        [
            [Role(name="web")],
            [Role(name="web"), SSM],
            [Role("/team/", "web"), SSM],
            Update([Role("/team/", "web"), SSM], how={"refresh": True}),
        ],
        "loses",
        "loses",
    ),
    "it is replaced, and the component renamed": Row(
        [
            [Role(), SSM._replace(role=MADE, within=[TEAM])],
            [Role("/team/"), SSM._replace(name="app", role=MADE, within=[SQUAD])],
        ],
        "a moment",
        "a moment",
    ),
    "generated names: a role of the program is replaced": Row(
        [[Role(), WEB._replace(role=MADE)], [Role("/team/"), WEB._replace(role=MADE)]],
        "a moment",
        "a moment",
    ),
}
