"""How far a proof goes: every day a part that stands for the whole, with `ASSURANCE=long` all of it."""

import os
from typing import Final, TypeVar

_Extent = TypeVar("_Extent")
SEEDS: Final = os.environ.get("SEEDS", "7").split()
"""What decides the walks of the check's oracle; `make assurance` says which."""


def extent(short: _Extent, long: _Extent) -> _Extent:
    """Return what is to be proved in this run."""
    return long if os.environ.get("ASSURANCE") == "long" else short
