"""Another account of a component, a parent or a provider."""

from collections.abc import Mapping, Sequence
from typing import Final

from tests.engine.moves.items import SQUAD, SSM, TEAM, there
from tests.moves import Item
from tests.outcomes import LOSES
from tests.stage import Row, Update


def moved(before: Sequence[Item], after: Sequence[Item], worst: str = "") -> Row:
    """Change the accounts in an update, and refresh in the next one."""
    return Row([before, after, Update(after, how={"refresh": True})], worst, worst)


SWAPPED: Final = [SSM._replace(role="api"), there("api")]
ACCOUNTS: Final[Mapping[str, Row]] = {
    "another account, the same component": moved([SSM], [there("web")], LOSES),
    "another account, component and provider": moved([SSM], [there("app")]),
    "another account in a parent of another type": moved([SSM._replace(within=[TEAM])], [there("app", within=[SQUAD])]),
    "components of two accounts swap their roles": moved([SSM, there("api", "api")], SWAPPED),
    "components of two accounts swap their roles, in the other order": moved([SSM, there("api", "api")], SWAPPED[::-1]),
}
