"""Options of `pulumi up`: --replace and taints, --target and --exclude, --continue-on-error."""

from collections.abc import Mapping
from typing import Any, Final

from tests.documents import KEY, OTHER_KEY
from tests.engine.moves.declarations import Attached, Item, Single
from tests.engine.moves.items import FLEET, NAMED, SSM, WEB, fleet_with
from tests.engine.moves.outcomes import FAILS, GAP, LOSES
from tests.engine.moves.stage import Row, Update

INLINE, POLICY, ATTACHMENT = "**:RolePolicy::**", "**:Policy::**", "**:RolePolicyAttachment::**"
KINDS: Final[Mapping[str, tuple[Item, str, str, str]]] = {
    "a generated name": (WEB, INLINE, "", ""),
    "an exact name": (SSM, INLINE, LOSES, GAP),
    "a fleet's policy": (FLEET, POLICY, GAP, ""),
    "an attachment": (FLEET, ATTACHMENT, LOSES, LOSES),
}
RECREATED: Final = {
    **{
        f"{how}: {kind}": Row(
            [[item], Update([item], how={how: type_}), [item], Update([item], how={"refresh": True})], bare, ours
        )
        for kind, (item, type_, bare, ours) in KINDS.items()
        for how in ("replace", "taint")
    },
    "replace: a fleet's policy of an exact name": Row(
        [[NAMED], Update([NAMED], how={"replace": POLICY}), [NAMED]], FAILS, FAILS
    ),
}
APP: Final = WEB._replace(name="app")
NAMED_API: Final = NAMED._replace(roles=["api"])
OLD, NEW = fleet_with(description="old"), fleet_with(description="new")
GO_ON: Final[Mapping[str, Any]] = {"continue_on_error": True}
TARGETS: Final[Mapping[str, Row]] = {
    "--exclude has the new policy": Row([[WEB], Update([APP], how={"exclude": "**::app"}), [APP]], LOSES, LOSES),
    "--target has the old policy": Row([[WEB], Update([APP], how={"target": "**::web"}), [APP]], LOSES, LOSES),
    "--continue-on-error: another component name": Row(
        [[WEB], Update([APP], "PutRolePolicy", how=GO_ON), [APP]], FAILS, FAILS
    ),
    "--continue-on-error: another description": Row(
        [[OLD], Update([NEW], "CreatePolicy", how=GO_ON), [NEW]], FAILS, FAILS
    ),
    "a role leaves a fleet for an attachment of its own": Row(
        [[NAMED], [NAMED_API, Attached("web")], [NAMED_API]], LOSES, LOSES
    ),
    "a permission goes from one policy of a role to another": Row(
        [
            [Single("one", "web", keys=[KEY]), Single("two", "web", keys=[OTHER_KEY])],
            [Single("one", "web", keys=[OTHER_KEY]), Single("two", "web", keys=[KEY])],
        ],
        GAP,
        GAP,
    ),
}
