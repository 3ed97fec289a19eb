"""What `make mutation` and `make bench` make of what was measured: which results fail."""

from typing import Final

import pytest

from tools import bench, mutation

KNOWN: Final = "pulumi_ssm_perms._run.x_known__mutmut_1"
NEW: Final = "pulumi_ssm_perms._run.x_new__mutmut_2"
NAMED: Final = [NEW, "No test notices these, and survivors.txt does not have them. `mutmut show NAME` shows one."]


@pytest.mark.parametrize(
    ("results", "wrong"),
    [
        ([f"    {KNOWN}: killed", f"    {NEW}: timeout"], []),
        ([f"    {KNOWN}: survived", f"    {NEW}: killed"], []),
        ([f"    {KNOWN}: killed", f"    {NEW}: survived"], NAMED),
        ([f"    {KNOWN}: killed", f"    {NEW}: not checked"], NAMED),
        ([f"    {KNOWN}: survived"], ["No test noticed any change: did the tests run?"]),
        ([], ["No test noticed any change: did the tests run?"]),
    ],
)
def test_a_change_that_no_test_notices_is_named(results: list[str], wrong: list[str]) -> None:
    """It fails unless the list of survivors has it; and so does a run in which nothing was tested."""
    assert mutation.wrong(results, ["# a comment", KNOWN]) == wrong


def test_a_figure_over_its_limit_is_bold() -> None:
    """One at the limit is not over it; without a limit, none is."""
    rows = [bench.Row("a", 1.01, 1), bench.Row("a", 1, 1), bench.Row("a", 3.7)]

    assert [*map(str, rows)] == ["| a | **1.01** | 1 |", "| a | 1.00 | 1 |", "| a | 3.70 |  |"]
