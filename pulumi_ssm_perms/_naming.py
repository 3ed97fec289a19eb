"""Names: what the AWS provider makes of a component's, and how inputs are called in the user's language."""

import re
from collections.abc import Callable
from typing import Final

from ._errors import Problem, show

spell: Callable[[str], str] = str
"""How an input is called where a warning is read; the plugin puts the schema's spelling in place of Python's."""

SUFFIX: Final = "-session-manager"
_RANDOM: Final = "-1234567"
_MAXIMUM: Final = 128 - len(SUFFIX) - len(_RANDOM)
_AUTO_NAMED: Final = re.compile(rf"[A-Za-z0-9_+=,.@-]{{1,{_MAXIMUM}}}")


def auto_name_problem(name: object, unique: str) -> Problem | None:
    """Return why IAM would refuse the policy name that is generated from a component's name, if it would.

    `unique` says where a name that is given instead has to be the only one.
    """
    if isinstance(name, str) and _AUTO_NAMED.fullmatch(name):
        return None
    rule = (
        f"the policy is named after it, NAME{SUFFIX}{_RANDOM}, and IAM takes at most 128 letters, digits and _+=,.@-, "
        f"which leaves {_MAXIMUM} for the component's name"
    )
    way_out = f"choose another component name, or give policy_name, which then has to be unique {unique}"
    return Problem("name", show(name), rule, way_out)
