"""What tests of a check have in common: what is asked, and what is said."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.answers import SIMULATE
from tests.components import PERMISSIONS
from tests.fleets import FLEET
from tests.mocks import Record

KINDS: Final = pytest.mark.parametrize("kind", [PERMISSIONS, FLEET], ids=str)
LEVELS: Final = pytest.mark.parametrize("level", ["advisory", "mandatory"])
ADVISORY: Final = ' With check="advisory", this is a warning.'
UNSEEN: Final = "IAM's simulator does not see key policies, bucket policies, endpoint policies or RCPs."


def said(record: Record) -> list[str]:
    """Return what is logged, as in a world, but for what the simulator does not see."""
    return [text if text in record.warned else f"- {text}" for _, text in record.logged if text != UNSEEN]


def asked(record: Record) -> list[Mapping[str, Any]]:
    """Return the arguments of each simulation."""
    return [each.args for each in record.invokes if each.token == SIMULATE]
