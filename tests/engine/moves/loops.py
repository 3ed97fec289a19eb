"""Components that a loop makes, one for each role of a list: roles come, go and swap."""

from collections.abc import Mapping
from typing import Final

from tests.documents import KEY
from tests.engine.moves.declarations import Secret, Single
from tests.engine.moves.items import nodes, outputs
from tests.engine.moves.stage import Row

LOOPS: Final[Mapping[str, Row]] = {
    "a role at the front": Row([nodes("web", "api"), nodes("old", "web", "api")], "a moment", "a moment"),
    "the first role goes": Row([nodes("web", "api"), nodes("api")], "loses", "loses"),
    "a role is handed over": Row([nodes("web", "api"), nodes("old", "web")], "a moment", "a moment"),
    "two components swap roles": Row([nodes("web", "api"), nodes("api", "web")], "loses", "loses"),
    "two components swap names": Row(
        [
            [Single("a", "web", "one"), Single("b", "web", "two", [KEY])],
            [Single("a", "web", "two", [KEY]), Single("b", "web", "one")],
        ],
        "loses",
        "loses",
    ),
    "generated names: a role at the front, and it goes": Row(
        [nodes("web", "api", name=None), nodes("new", "web", "api", name=None), nodes("web", "api", name=None)]
    ),
    "generated names: swapped": Row([nodes("web", "api", name=None), nodes("api", "web", name=None)]),
    "an Output, and plain again": Row([nodes("web", "api"), outputs("web", "api"), nodes("web", "api")]),
    "Outputs, and a role at the front": Row(
        [outputs("web", "api"), nodes("old", "web", "api")], "a moment", "a moment"
    ),
    "Outputs that swap": Row([outputs("web", "api"), outputs("api", "web")], "loses", "loses"),
    "a secret, and plain again": Row([nodes("web"), nodes(Secret("web")), nodes("web")]),
}
