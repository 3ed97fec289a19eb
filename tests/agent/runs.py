"""The runs that are recorded, as data: runs.json, where a run can be like another one with other actions denied."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("runs.json")


def runs_of(text: str) -> Sequence[Mapping[str, Any]]:
    """Return each run in full."""
    runs: dict[str, dict[str, Any]] = {}
    for written in json.loads(text):
        like = runs[written["like"]] if "like" in written else {"mode": "session", "denied": []}
        runs[written["name"]] = {**like, **{key: value for key, value in written.items() if key != "like"}}
    return [*runs.values()]


def digest(text: str) -> str:
    """Return the hash of the data that a record names."""
    return hashlib.sha256(text.encode()).hexdigest()
