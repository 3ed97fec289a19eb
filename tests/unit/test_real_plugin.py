"""`make test-plugin`: what the page says of tests that passed, that differ, and that were not run."""

from importlib.metadata import version
from pathlib import Path

from development.real_plugin import outcomes, page

RESULTS = """
<testsuites><testsuite>
  <testcase classname="tests.engine.test_lifecycle" name="test_up"/>
  <testcase classname="tests.engine.test_secrets" name="test_shown[a|b]">
    <failure message="one | two&#10;three"/>
  </testcase>
  <testcase classname="tests.engine.test_verification" name="test_left"><skipped message="it is too large"/></testcase>
  <testcase classname="tests.engine.test_yaml" name="test_run">
    <error message="CommandError:">E   Diagnostics:&#10;E     error: no role&#10;E     error: more</error>
  </testcase>
</testsuite></testsuites>
"""


def test_the_page_names_what_differs_and_what_was_not_run(tmp_path: Path) -> None:
    """Each has its test and the first line of its reason; of what passed there is the number."""
    results = tmp_path / "results.xml"
    results.write_text(RESULTS)

    assert (
        page(outcomes(results))
        == f"""\
# Pulumi's own AWS plugin against the sandbox's AWS

pulumi-aws {version("pulumi-aws")}: 1 passed, 2 differs, 1 not run.

## Differs

| test | why |
|---|---|
| `tests.engine.test_secrets::test_shown[a\\|b]` | one \\| two |
| `tests.engine.test_yaml::test_run` | error: no role |

## Not run

| test | why |
|---|---|
| `tests.engine.test_verification::test_left` | it is too large |
"""
    )


def test_a_page_without_a_difference_is_a_line(tmp_path: Path) -> None:
    """Where all pass, there is no table."""
    results = tmp_path / "results.xml"
    results.write_text('<testsuite><testcase classname="tests.engine.test_lifecycle" name="test_up"/></testsuite>')

    assert page(outcomes(results)).splitlines()[2:] == [
        f"pulumi-aws {version('pulumi-aws')}: 1 passed, 0 differs, 0 not run."
    ]
