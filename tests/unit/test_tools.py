"""What `make bench` makes of what was measured."""

from tools import bench


def test_a_figure_over_its_limit_is_bold() -> None:
    """One at the limit is not over it; without a limit, none is."""
    rows = [bench.Row("a", 1.01, 1), bench.Row("a", 1, 1), bench.Row("a", 3.7)]

    assert [*map(str, rows)] == ["| a | **1.01** | 1 |", "| a | 1.00 | 1 |", "| a | 3.70 |  |"]
