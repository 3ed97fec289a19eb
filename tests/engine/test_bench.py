"""`make bench`: each of its parts measures, here once and with one role."""

from sandbox import Sandbox
from tools import bench


def test_each_part_measures_what_it_compares(box: Sandbox) -> None:
    """Updates, and previews with a check, run."""
    rows = [next(measured(box, 1, 1)) for measured in (bench.engine, bench.checks)]

    assert [row.what for row in rows] == [
        "up, 1: component to raw",
        "preview, 1: check to its questions in turn",
    ]
