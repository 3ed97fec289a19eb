"""What holds for the tests themselves: tests/README.md leads to each, and none is left out in silence."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import pytest_runtest_setup

TESTS: Final = Path(__file__).parents[1]


def test_the_map_names_what_several_folders_share() -> None:
    """tests/README.md names each helper that lies beside the folders, and no file that is gone."""
    named = set(re.findall(r"`([a-z_/]+\.py)`", (TESTS / "README.md").read_text()))
    files = {str(file.relative_to(TESTS)) for file in TESTS.rglob("*.py")}
    shared = {file for file in files if "/" not in file} - {"conftest.py"}

    assert (shared - named, named - files) == (set(), set())


@pytest.mark.parametrize(("setting", "end"), [("", pytest.skip.Exception), ("required", pytest.fail.Exception)])
def test_a_missing_language_host_fails_where_it_is_required(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, setting: str, end: type[BaseException]
) -> None:
    """The workflows require the hosts. Elsewhere the test is skipped, and what is missing is named."""
    monkeypatch.setattr("tests.hosts.missing", lambda _: ["pulumi-language-go"])
    monkeypatch.setenv("LANGUAGE_HOSTS", setting)
    request.node.add_marker(pytest.mark.hosts("go"))
    with pytest.raises((pytest.skip.Exception, pytest.fail.Exception)) as ended:
        pytest_runtest_setup(request.node)

    assert (ended.type, str(ended.value)) == (end, "neither beside the Pulumi CLI nor on PATH: pulumi-language-go")
