"""`make bench`: each of its parts measures, here once and with one role."""

import pytest

from sandbox import Sandbox
from tools import bench


def test_each_part_measures_what_it_compares(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs in Python, previews with a check, and programs in YAML with a plugin that is written for it all run."""
    monkeypatch.setitem(box.env, "PATH", box.env["PATH"])  # to which a part adds the plugins
    rows = [next(measured(box, 1, 1)) for measured in (bench.engine, bench.checks, bench.from_yaml)]

    assert [row.what for row in rows] == [
        "up, 1: component to raw",
        "preview, 1: check to its questions in turn",
        "up from YAML, 1: fleet to attachments",
    ]
