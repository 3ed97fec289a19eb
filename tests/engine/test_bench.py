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


def test_a_figure_over_its_limit_is_bold() -> None:
    """One at the limit is not over it; without a limit, none is."""
    rows = [bench.Row("a", 1.01, 1), bench.Row("a", 1, 1), bench.Row("a", 3.7)]

    assert [*map(str, rows)] == ["| a | **1.01** | 1 |", "| a | 1.00 | 1 |", "| a | 3.70 |  |"]
