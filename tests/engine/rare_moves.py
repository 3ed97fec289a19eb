"""Rare moves as rows: taints, options of `pulumi up`, and other accounts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.documents import KEY, OTHER_KEY
from tests.engine.fleet_moves import FLEET, NAMED, many
from tests.engine.inline_moves import SQUAD, SSM, TEAM, WEB, there
from tests.moves import THERE, Each, Item
from tests.outcomes import FAILS, GAP, LOSES
from tests.stage import Row, Update

INLINE, MANAGED, ATTACHMENT = "rolePolicy:RolePolicy", "policy:Policy", "rolePolicyAttachment:RolePolicyAttachment"


def recreated(item: Item, *worst: str, **options: Any) -> Row:
    """Recreate a resource that is as it should be."""
    return Row([[item], Update([item], **options), [item]], *worst)


def replaced(item: Item, type_: str, *worst: str) -> Row:
    """Recreate it with `--replace`."""
    return recreated(item, *worst, how={"replace": f"**{type_}::**"})


RECREATED: Final[Mapping[str, Row]] = {
    "--replace: a generated name": replaced(WEB, INLINE),
    "--replace: an exact name": replaced(SSM, INLINE, LOSES, GAP),
    "--replace: a fleet's policy": replaced(FLEET, MANAGED, GAP, GAP),
    "--replace: a fleet's policy of an exact name": replaced(NAMED, MANAGED, FAILS, FAILS),
    "--replace: an attachment": replaced(FLEET, ATTACHMENT, LOSES, GAP),
    "a taint: a generated name": recreated(WEB, taint=INLINE),
    "a taint: an exact name": recreated(SSM, LOSES, GAP, taint=INLINE),
    "a taint: a fleet's policy": recreated(FLEET, GAP, GAP, taint=MANAGED),
    "a taint: an attachment": recreated(FLEET, LOSES, GAP, taint=ATTACHMENT),
}
APP: Final = WEB._replace(name="app")
OLD, NEW = many(description="old"), many(description="new")
GO_ON: Final[Mapping[str, Any]] = {"continue_on_error": True}
COMMANDS: Final[Mapping[str, Row]] = {
    "--exclude has the new policy": Row([[WEB], Update([APP], how={"exclude": "**::app"}), [APP]], LOSES, LOSES),
    "--target has the old policy": Row([[WEB], Update([APP], how={"target": "**::web"}), [APP]], LOSES, LOSES),
    "--continue-on-error: another component name": Row(
        [[WEB], Update([APP], "PutRolePolicy", how=GO_ON), [APP]], FAILS, FAILS
    ),
    "--continue-on-error: another description": Row(
        [[OLD], Update([NEW], "CreatePolicy", how=GO_ON), [NEW]], FAILS, FAILS
    ),
    "a permission goes from one policy of a role to another": Row(
        [
            [Each("one", "web", keys=[KEY]), Each("two", "web", keys=[OTHER_KEY])],
            [Each("one", "web", keys=[OTHER_KEY]), Each("two", "web", keys=[KEY])],
        ],
        GAP,
        GAP,
    ),
}
STRAY: Final = SSM._replace(account=THERE)


def moved(before: Sequence[Item], after: Sequence[Item], bare: str = "") -> Row:
    """Change the accounts in an update, and refresh in the next one."""
    return Row([before, after, Update(after, how={"refresh": True})], bare, LOSES)


ACCOUNTS: Final[Mapping[str, Row]] = {
    "the credentials of another account, and back": Row([[SSM], Update([STRAY], account=THERE), [SSM]], LOSES, LOSES),
    "another account, the same component": moved([SSM], [there("web")], LOSES),
    "another account, component and provider": moved([SSM], [there("app")]),
    "another account in a parent of another type": moved([SSM._replace(within=[TEAM])], [there("app", within=[SQUAD])]),
    "components of two accounts swap their roles": moved(
        [SSM, there("api", "api")], [SSM._replace(role="api"), there("api")]
    ),
}
WORSE: Final = {*list(ACCOUNTS)[-3:], "--continue-on-error: another description"}
"""The rows in which ours is worse."""
RARE: Final = {**RECREATED, **COMMANDS, **ACCOUNTS}
